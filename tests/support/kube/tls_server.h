#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/certificates.h"

namespace httplib {
class SSLServer;
struct Request;
struct Response;
}  // namespace httplib

namespace tests {

// Answers every request on 127.0.0.1 with an empty object, if it likes who asks. As the API server
// does, it asks for a client's certificate, and looks at it with each request. Thread-safe.
class TlsServer {
 public:
  explicit TlsServer(const Certified& certificate);
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer();

  std::string url() const;  // https://127.0.0.1:PORT

  // From now on this certificate, on the same port; connections that are open are closed.
  void present(const Certified& certificate);

  void require_client(std::string common_name);  // 401 without a certificate of that name
  void require_token(std::string token);         // 401 without it

  std::vector<std::string> clients() const;  // common names, one a request; empty: no certificate

 private:
  void start(const Certified& certificate);
  void stop();
  void handle(const httplib::Request& request, httplib::Response& response);

  mutable std::mutex mutex_;
  std::string required_client_;
  std::string required_token_;
  std::vector<std::string> clients_;

  int port_ = 0;
  std::unique_ptr<httplib::SSLServer> server_;
  std::jthread thread_;
};

}  // namespace tests
