#pragma once

#include <memory>
#include <string>
#include <thread>

namespace httplib {
class Server;
}

namespace tests {

// A token endpoint of OpenID Connect: client credentials for signed tokens, which the rig's
// listeners "signed" and "signedtls" believe. The client's id says what it is given:
//   resetter    with the secret "oauth-secret": a good token, whose subject is oscar
//   elsewhere   with the same secret: a token for another audience
//   forger      with the same secret: a token whose signature is broken
//   brief       with the same secret: a good token that is said to last for 4 s
//   broken      HTTP status 503
//   chatty      HTTP status 401 and, in its body, what must not be told: "told-secret"
// Every other client, and a wrong secret, is an invalid_client; a scope other than "reset" is an
// invalid_scope.
class TokenServer {
 public:
  enum class Scheme { Http, Https };

  explicit TokenServer(Scheme scheme = Scheme::Http);
  ~TokenServer();
  TokenServer(const TokenServer&) = delete;
  TokenServer& operator=(const TokenServer&) = delete;

  std::string url() const { return url_; }
  int requests() const;

 private:
  struct State;

  std::unique_ptr<State> state_;
  std::unique_ptr<httplib::Server> server_;
  std::string url_;
  std::thread thread_;
};

}  // namespace tests
