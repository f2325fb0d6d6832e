#include "kube/http.h"

#include <fmt/format.h>

#include <csignal>
#include <optional>
#include <utility>

#include "base/log.h"
#include "kube/pause.h"
#include "kube/retry.h"

namespace kube {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kIdleConnections = 8;
constexpr std::size_t kErrorLimit = 64 * 1024;

bool is_success(int code) { return code >= 200 && code < 300; }

std::chrono::milliseconds until(Clock::time_point end) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
}

Failure no_answer(const Config& config, std::string_view what) {
  return {.code = 0,
          .reason = {},
          .message = fmt::format("{}: {}", config.server.to_string(), what),
          .retry_after = {}};
}

Failure failure_of(const Head& head, std::string_view body) {
  Failure failure = kube::failure_of(head.code, body);
  if (head.retry_after) failure.retry_after = head.retry_after;
  return failure;
}

void log_throttled(const Request& request, const Head& head) {
  base::log_warning("throttled by the API server", {{"method", request.method},
                                                    {"path", request.path},
                                                    {"flow_schema", head.flow_schema},
                                                    {"priority_level", head.priority_level}});
}

}  // namespace

Http::Http(Config config, base::Metrics& metrics)
    : config_(std::move(config)),
      requests_(metrics.counter("rest_client_requests_total",
                                "Requests to the Kubernetes API server, by status code")),
      durations_(metrics.histogram("rest_client_request_duration_seconds",
                                   "Duration of a request to the Kubernetes API server")) {
  // OpenSSL writes without MSG_NOSIGNAL: a connection that is gone would end the process.
  std::signal(SIGPIPE, SIG_IGN);
  for (const char* method : {"GET", "PUT", "POST", "PATCH", "DELETE"}) {
    requests_.Add({{"code", "200"}, {"method", method}, {"host", config_.server.authority()}});
    durations_.Add({{"verb", method}, {"host", config_.server.authority()}},
                   base::request_seconds_buckets());
  }
}

Http::~Http() = default;

Answer Http::send(const Request& request, const std::stop_token& stop) {
  std::string body;
  bool is_too_large = false;
  const auto collect = [&](std::string_view bytes) {
    body.append(bytes);
    is_too_large = body.size() > request.answer_limit;
    return !is_too_large;
  };
  const auto begun = Clock::now();
  const auto performed = perform(request, collect, stop);
  const std::chrono::duration<double> seconds = Clock::now() - begun;
  durations_
      .Add({{"verb", request.method}, {"host", config_.server.authority()}},
           base::request_seconds_buckets())
      .Observe(seconds.count());
  if (!performed) return tl::unexpected(performed.error());
  if (is_too_large) return tl::unexpected(no_answer(config_, "the answer is too large"));
  auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_discarded()) return tl::unexpected(no_answer(config_, "the answer is no JSON"));
  return json;
}

tl::expected<void, Failure> Http::stream(const Request& request, const Pieces& receive,
                                         const std::stop_token& stop) {
  return perform(request, receive, stop);
}

tl::expected<void, Failure> Http::perform(const Request& request, const Pieces& receive,
                                          const std::stop_token& stop) {
  const Patience patience{Clock::now() + request.deadline, stop};
  std::optional<int> looked_at;  // for another identity: once a request and code
  for (int number = 1;; ++number) {
    const Attempt done = attempt(request, patience, receive);
    if (done.result || !done.may_try_again || stop.stop_requested()) return done.result;
    const Failure& failure = done.result.error();
    const bool is_looked_at = std::exchange(looked_at, failure.code) == failure.code;
    const bool is_identity_new = !is_looked_at && has_new_identity(done, patience);
    const auto wait =
        pause_before_retry({failure, number, request.is_repeatable, done.was_used_connection,
                            done.is_unsent, is_identity_new});
    if (!wait || *wait >= until(patience.until) || !pause(*wait, stop)) return done.result;
  }
}

Http::Attempt Http::attempt(const Request& request, const Patience& patience,
                            const Pieces& receive) {
  const auto fail = [&](std::string_view why) {
    return Attempt{.result = tl::unexpected(no_answer(config_, why))};
  };
  const auto identity = current_identity(config_, patience);
  if (!identity) return fail(identity.error().message);
  auto connection = take_connection(identity->tls);
  if (!connection) return fail(connection.error().message);
  const auto deadline = until(patience.until);
  if (deadline.count() <= 0) return fail("no time was left for it");

  Attempt done{.was_used_connection = (*connection)->is_used(), .identity = *identity};
  std::string error_body;
  bool is_enough = false;
  done.may_try_again = true;
  const auto sort = [&](const Head& head, std::string_view bytes) {
    if (is_success(head.code)) {
      done.may_try_again = false;
      is_enough = !receive(bytes);
      return !is_enough;
    }
    error_body.append(bytes.substr(0, kErrorLimit - std::min(kErrorLimit, error_body.size())));
    return true;
  };
  const auto head =
      (*connection)
          ->exchange({request.method, request.path, request.body, identity->token, deadline}, sort,
                     patience.stop);
  if (!head && is_enough) return done;
  count(head ? std::to_string(head->code) : "<error>", request.method);
  if (!head) {
    forget_idle();  // those that were kept as long have probably met the same end
    done.is_unsent = head.error().is_unsent;
    done.result = tl::unexpected(no_answer(config_, head.error().message));
    return done;
  }
  give_back(*std::move(connection));
  if (head->code == 429) log_throttled(request, *head);
  if (!is_success(head->code)) done.result = tl::unexpected(failure_of(*head, error_body));
  return done;
}

bool Http::has_new_identity(const Attempt& failed, const Patience& patience) const {
  const int code = failed.result.error().code;
  if (code == 401) return renew_identity(config_, failed.identity, Refused::Credentials, patience);
  // A kept connection has just been closed by the server, unless it was being made anew.
  const bool may_be_distrust = code == 0 && (failed.is_unsent || !failed.was_used_connection);
  return may_be_distrust && renew_identity(config_, failed.identity, Refused::Connection, patience);
}

core::Result<std::unique_ptr<Connection>> Http::take_connection(const TlsIdentity& identity) {
  {
    const std::lock_guard lock(mutex_);
    // What was opened with a certificate that has been replaced is not used any more.
    std::erase_if(idle_, [&](const auto& idle) { return idle->identity() != identity; });
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  return Connection::open(config_, identity, deadlines_);
}

void Http::forget_idle() {
  const std::lock_guard lock(mutex_);
  idle_.clear();
}

void Http::give_back(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleConnections) idle_.push_back(std::move(connection));
}

void Http::count(const std::string& code, const std::string& method) {
  requests_.Add({{"code", code}, {"method", method}, {"host", config_.server.authority()}})
      .Increment();
}

}  // namespace kube
