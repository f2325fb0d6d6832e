#include "kube/connection.h"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "kube/client_factory.h"
#include "version.h"

namespace kube {
namespace {

constexpr std::chrono::milliseconds kConnectDeadline{5'000};

#if defined(__x86_64__)
constexpr const char* kArchitecture = "amd64";
#elif defined(__aarch64__)
constexpr const char* kArchitecture = "arm64";
#else
constexpr const char* kArchitecture = "unknown";
#endif

std::string user_agent() {
  return fmt::format("{} (linux/{})", version::user_agent, kArchitecture);
}

std::optional<std::chrono::seconds> seconds_of(const std::string& header) {
  int seconds = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), seconds);
  if (error != std::errc{} || seconds < 0) return std::nullopt;
  return std::chrono::seconds(seconds);
}

Head head_of(const httplib::Response& response) {
  return {response.status, seconds_of(response.get_header_value("Retry-After")),
          response.get_header_value("X-Kubernetes-PF-FlowSchema-UID"),
          response.get_header_value("X-Kubernetes-PF-PriorityLevel-UID")};
}

void set_deadlines(httplib::ClientImpl& client, std::chrono::milliseconds deadline) {
  client.set_connection_timeout(std::min(kConnectDeadline, deadline));
  client.set_read_timeout(deadline);
  client.set_write_timeout(deadline);
}

httplib::Request request_of(const Outgoing& outgoing) {
  httplib::Request request;
  request.method = outgoing.method;
  request.path = outgoing.path;
  request.body = outgoing.body;
  request.headers = {{"Accept", "application/json"}, {"User-Agent", user_agent()}};
  if (!outgoing.body.empty()) {
    const bool is_patch = outgoing.method == "PATCH";
    request.headers.emplace("Content-Type",
                            is_patch ? "application/merge-patch+json" : "application/json");
  }
  if (!outgoing.token.empty()) {
    request.headers.emplace("Authorization", "Bearer " + outgoing.token);
  }
  return request;
}

ExchangeFailure broken_by(const httplib::Result& result) {
  switch (result.error()) {
    case httplib::Error::SSLServerVerification:
    case httplib::Error::SSLServerHostnameVerification:
      return {
          "the server's certificate is refused: " + certificate_error(result.ssl_backend_error()),
          true};
    case httplib::Error::SSLConnection:
      return {httplib::to_string(result.error()), true};
    default:
      return {httplib::to_string(result.error()), false};
  }
}

ExchangeFailure late(std::chrono::milliseconds deadline) {
  return {fmt::format("no complete answer within {} s",
                      std::chrono::duration<double>(deadline).count())};
}

}  // namespace

core::Result<std::unique_ptr<Connection>> Connection::open(const Config& config,
                                                           const TlsIdentity& identity,
                                                           DeadlineWatch& deadlines) {
  return make_client(config, identity).map([&](std::unique_ptr<httplib::ClientImpl> client) {
    return std::make_unique<Connection>(std::move(client), config.server, identity, deadlines);
  });
}

Connection::Connection(std::unique_ptr<httplib::ClientImpl> client, const ServerUrl& server,
                       TlsIdentity identity, DeadlineWatch& deadlines)
    : deadlines_(deadlines),
      client_(std::move(client)),
      host_header_(server.authority()),
      base_path_(server.base_path),
      identity_(std::move(identity)) {
  client_->set_keep_alive(true);
  client_->set_follow_location(false);
  client_->set_path_encode(false);  // paths come encoded
  client_->set_socket_options([this](int socket) {
    set_tcp_options(socket);
    cutter_.adopt(socket);
  });
}

Connection::~Connection() = default;

tl::expected<Head, ExchangeFailure> Connection::exchange(const Outgoing& outgoing,
                                                         const Receive& receive,
                                                         const std::stop_token& stop) {
  Head head;
  httplib::Request request = request_of(outgoing);
  request.path = base_path_ + outgoing.path;
  request.headers.emplace("Host", host_header_);
  request.response_handler = [&](const httplib::Response& response) {
    head = head_of(response);
    return true;
  };
  request.content_receiver = [&](const char* data, std::size_t size, std::size_t, std::size_t) {
    return receive(head, {data, size});
  };
  set_deadlines(*client_, outgoing.deadline);

  cutter_.rearm();
  // Cuts at once where it has been stopped already.
  const std::stop_callback cut_when_stopped(stop, [this] { cutter_.cut(); });
  const DeadlineWatch::Watched watched(deadlines_, cutter_,
                                       std::chrono::steady_clock::now() + outgoing.deadline);
  const httplib::Result result = client_->send(request);
  if (stop.stop_requested()) return tl::unexpected(ExchangeFailure{"stopped"});
  if (!result && watched.is_over()) return tl::unexpected(late(outgoing.deadline));
  if (!result) return tl::unexpected(broken_by(result));
  is_used_ = true;
  return head_of(*result);
}

}  // namespace kube
