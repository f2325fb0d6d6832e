#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "core/reason.h"
#include "kube/config.h"
#include "kube/deadline_watch.h"
#include "kube/identity.h"
#include "kube/socket_cutter.h"

namespace httplib {
class ClientImpl;
}

namespace kube {

struct Outgoing {
  std::string method;
  std::string path;                       // with its query, encoded
  std::string body;                       // JSON; empty: none
  std::string token;                      // empty: none
  std::chrono::milliseconds deadline{0};  // for the whole exchange, connecting too
};

// What an answer begins with.
struct Head {
  int code = 0;
  std::optional<std::chrono::seconds> retry_after;
  std::string flow_schema;  // X-Kubernetes-PF-*: who was throttled, by the server's ids
  std::string priority_level;
};

// An exchange that broke; how far the request came is known only where it is `is_unsent`.
struct ExchangeFailure {
  std::string message;
  bool is_unsent = false;  // it broke in the TLS handshake, before anything of the request was sent
};

// The body as it comes, piece by piece; false: no more of it is wanted.
using Receive = std::function<bool(const Head&, std::string_view)>;

// One connection to the API server, kept alive, opened when needed. For one thread at a time. The
// watch over deadlines must live longer.
class Connection {
 public:
  // The server is not asked yet.
  static core::Result<std::unique_ptr<Connection>> open(const Config& config,
                                                        const TlsIdentity& identity,
                                                        DeadlineWatch& deadlines);
  Connection(std::unique_ptr<httplib::ClientImpl> client, const ServerUrl& server,
             TlsIdentity identity, DeadlineWatch& deadlines);
  ~Connection();

  // `stop` ends it at once, as an error, except while a host's name is being resolved.
  tl::expected<Head, ExchangeFailure> exchange(const Outgoing& outgoing, const Receive& receive,
                                               const std::stop_token& stop);

  // Whether an exchange succeeded on it, so that the next one may meet a connection that the server
  // has closed meanwhile.
  bool is_used() const { return is_used_; }

  // What it was opened with.
  const TlsIdentity& identity() const { return identity_; }

 private:
  DeadlineWatch& deadlines_;
  SocketCutter cutter_;
  std::unique_ptr<httplib::ClientImpl> client_;
  std::string host_header_;
  std::string base_path_;
  TlsIdentity identity_;
  bool is_used_ = false;
};

}  // namespace kube
