#include "listener.h"

#include <httplib.h>
#include <sys/socket.h>

#include <utility>

Listener::Listener(config::BindAddress address)
    : address_(std::move(address)), server_(std::make_unique<httplib::Server>()) {
  // Probes and scrapes are rare and quick; httplib's default is a thread a core, eight at least.
  server_->new_task_queue = [] {
    return new httplib::ThreadPool(2);
  };                                   // httplib owns and deletes it
  server_->set_keep_alive_timeout(1);  // seconds; a kept connection holds one of the threads
  // httplib's default (0.41) is SO_REUSEPORT: a second process would get half of the connections
  // instead of an error. This one only lets a restart bind while old connections linger.
  server_->set_socket_options([](int socket) {
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  });
}

Listener::~Listener() { stop(); }

void Listener::serve(const std::string& path, Handler handler) {
  server_->Get(path, [handler = std::move(handler)](const httplib::Request& request,
                                                    httplib::Response& response) {
    const controller::Reply reply = handler(request.has_param("verbose"));
    response.status = reply.status;
    response.set_content(reply.body, "text/plain; version=0.0.4; charset=utf-8");
  });
}

// Every address: of both families where the host has IPv6.
bool Listener::bind() {
  if (!address_.host.empty()) return server_->bind_to_port(address_.host, address_.port);
  return server_->bind_to_port("::", address_.port) ||
         server_->bind_to_port("0.0.0.0", address_.port);
}

bool Listener::start() {
  if (!address_.is_enabled) return true;
  if (!bind()) return false;
  thread_ = std::jthread([this] { server_->listen_after_bind(); });
  return true;
}

void Listener::stop() {
  server_->stop();
  if (thread_.joinable()) thread_.join();
}
