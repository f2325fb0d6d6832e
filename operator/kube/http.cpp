#include "kube/http.h"

#include <fmt/format.h>

#include <csignal>
#include <utility>

#include "base/log.h"
#include "kube/pause.h"
#include "kube/retry.h"

namespace kube {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kIdleConnections = 8;
constexpr std::size_t kAnswerLimit = 128 * 1024 * 1024;  // a page of 500 objects is far smaller
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
    is_too_large = body.size() > kAnswerLimit;
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
  const auto end = Clock::now() + request.deadline;
  for (int number = 1;; ++number) {
    const Attempt done = attempt(request, until(end), receive, stop);
    if (done.result || !done.may_try_again || stop.stop_requested()) return done.result;
    const Failure& failure = done.result.error();
    const bool is_token_new = failure.code == 401 && config_.token && config_.token->refresh();
    const auto wait = pause_before_retry(
        {failure, number, request.is_repeatable, done.was_used_connection, is_token_new});
    if (!wait || *wait >= until(end) || !pause(*wait, stop)) return done.result;
  }
}

Http::Attempt Http::attempt(const Request& request, std::chrono::milliseconds deadline,
                            const Pieces& receive, const std::stop_token& stop) {
  auto connection = take_connection();
  if (!connection) {
    return {tl::unexpected(no_answer(config_, connection.error().message))};
  }
  const bool was_used = (*connection)->is_used();
  std::string error_body;
  bool has_handed_on = false;
  bool is_enough = false;
  const auto sort = [&](const Head& head, std::string_view bytes) {
    if (is_success(head.code)) {
      has_handed_on = true;
      is_enough = !receive(bytes);
      return !is_enough;
    }
    error_body.append(bytes.substr(0, kErrorLimit - std::min(kErrorLimit, error_body.size())));
    return true;
  };
  const std::string token = config_.token ? config_.token->current() : std::string();
  const auto head =
      (*connection)
          ->exchange({request.method, request.path, request.body, token, deadline}, sort, stop);
  if (!head && is_enough) return {};
  count(head ? std::to_string(head->code) : "<error>", request.method);
  if (!head) {
    const std::lock_guard lock(mutex_);
    idle_.clear();  // those that were kept as long have probably met the same end
    return {tl::unexpected(no_answer(config_, head.error())), !has_handed_on, was_used};
  }
  give_back(*std::move(connection));
  if (is_success(head->code)) return {};
  if (head->code == 429) log_throttled(request, *head);
  Failure failure = failure_of(head->code, error_body);
  if (head->retry_after) failure.retry_after = head->retry_after;
  return {tl::unexpected(std::move(failure)), true, was_used};
}

core::Result<std::unique_ptr<Connection>> Http::take_connection() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  return Connection::open(config_);
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
