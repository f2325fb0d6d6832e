#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/connection.h"
#include "core/reason.h"

namespace kafka {

// What a client shows to brokers with OAUTHBEARER.
struct Token {
  std::string value;      // a secret
  std::string principal;  // whose it is: the claim `sub`, else the client's id
  std::chrono::system_clock::time_point expires_at;
};

// What a token endpoint answered.
struct TokenAnswer {
  long status = 0;  // of HTTP
  std::string body;
};

// RFC 6749, 5.1 and 5.2. Errors name the endpoint and the client, and of the answer only the code
// of the error: NotAuthenticated (the client is refused, or what answers is no token endpoint),
// KafkaUnavailable (it fails for now).
core::Result<Token> token_in(const TokenAnswer& answer, const core::Connection& connection,
                             std::chrono::system_clock::time_point now);

// Asks the connection's token endpoint (client credentials, RFC 6749, 4.4) and waits, at most 4 s.
// librdkafka could do it, but 2.14 reads past the end of a buffer of its answer. Errors: as above,
// KafkaUnavailable where nobody answers, NotAuthenticated where the certificate can't be verified.
core::Result<Token> fetch_token(const core::Connection& connection);

// "https://login.example.com/token": without user, query and fragment, which may be secret.
std::string plain_url(std::string_view url);

}  // namespace kafka
