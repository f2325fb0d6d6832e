#pragma once

#include <prometheus/counter.h>
#include <prometheus/histogram.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/metrics.h"
#include "kube/config.h"
#include "kube/connection.h"
#include "kube/errors.h"
#include "kube/identity.h"

namespace kube {

struct Request {
  std::string method = "GET";
  std::string path;                            // with its query, encoded
  std::string body;                            // JSON, of a PATCH a merge patch; empty: none
  std::chrono::milliseconds deadline{10'000};  // for all attempts
  // May be sent again when it is not known whether it arrived: a GET, or a write that the server
  // refuses the second time (resourceVersion).
  bool is_repeatable = true;
  std::size_t answer_limit = std::size_t{128} << 20;  // bytes; a page of 500 objects is far smaller
};

using Answer = tl::expected<nlohmann::json, Failure>;

// Requests to one API server, over a few connections that are kept open. Any number of threads may
// call it. It tries again where that is safe: on a kept connection that turns out to be dead, on
// 401 or a failure of TLS when credentials or certificates have been rotated, on 429 and 503 when
// the server says when (Retry-After).
class Http {
 public:
  Http(Config config, base::Metrics& metrics);
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;
  ~Http();

  const Config& config() const { return config_; }

  // One request, its whole answer. When `stop` is requested it ends at once.
  Answer send(const Request& request, const std::stop_token& stop = {});

  // Hands on what a 200's body brings as it comes, until the server ends it or `receive` returns
  // false, which is an end like another.
  tl::expected<void, Failure> stream(const Request& request,
                                     const std::function<bool(std::string_view)>& receive,
                                     const std::stop_token& stop);

 private:
  struct Attempt {
    tl::expected<void, Failure> result = {};
    bool may_try_again = false;  // nothing has been handed on
    bool was_used_connection = false;
    bool is_unsent = false;
    Identity identity = {};  // that was used
  };
  using Pieces = std::function<bool(std::string_view)>;

  tl::expected<void, Failure> perform(const Request& request, const Pieces& receive,
                                      const std::stop_token& stop);
  Attempt attempt(const Request& request, const Patience& patience, const Pieces& receive);
  bool has_new_identity(const Attempt& failed, const Patience& patience) const;
  core::Result<std::unique_ptr<Connection>> take_connection(const TlsIdentity& identity);
  void forget_idle();
  void give_back(std::unique_ptr<Connection> connection);
  void count(const std::string& code, const std::string& method);

  const Config config_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& durations_;

  DeadlineWatch deadlines_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_
};

}  // namespace kube
