#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "config.h"
#include "controller/health.h"

namespace httplib {
class Server;
}

// Serves GET requests of probes and scrapers at one address, on threads of its own.
class Listener {
 public:
  using Handler = std::function<controller::Reply(bool verbose)>;

  explicit Listener(config::BindAddress address);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Before start(). `verbose` is whether the query has ?verbose.
  void serve(const std::string& path, Handler handler);

  // False if the address can't be listened at. True, and nothing done, if it is not enabled.
  bool start();

  // Answers what it is answering, and nothing more.
  void stop();

 private:
  bool bind();

  config::BindAddress address_;
  std::unique_ptr<httplib::Server> server_;
  std::jthread thread_;
};
