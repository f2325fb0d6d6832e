#include "kafka/oauth_token.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "kafka/handle.h"
#include "kafka/json_web_token.h"
#include "kafka/words.h"

namespace kafka {
namespace {

using core::Connection;
using core::Reason;
using core::Result;
using nlohmann::json;
using std::chrono::system_clock;

using Curl = std::unique_ptr<CURL, Destroy<curl_easy_cleanup>>;
using Escaped = std::unique_ptr<char, Destroy<curl_free>>;

constexpr long kTimeoutMs = 4000;
constexpr long kConnectTimeoutMs = 3000;
constexpr std::size_t kLongestAnswer = 65'536;
// Of a token that does not tell.
constexpr std::chrono::seconds kUsualLifetime{300};
constexpr std::chrono::seconds kLongestLifetime = std::chrono::hours(24 * 365);

const core::OAuth& oauth_of(const Connection& connection) { return *connection.sasl->oauth; }

std::string endpoint_of(const Connection& connection) {
  return "the token endpoint " + plain_url(oauth_of(connection).token_endpoint_url);
}

tl::unexpected<core::Error> unavailable(const Connection& connection, std::string_view why) {
  return core::fail(Reason::KafkaUnavailable,
                    of_connection(connection, fmt::format("{}: {}", endpoint_of(connection), why)));
}

// The codes of RFC 6749, 5.2. Nothing else of a refusal is told: whoever answers wrote it.
std::string error_code_in(const json& body) {
  constexpr std::array<std::string_view, 6> kCodes{"invalid_request",        "invalid_client",
                                                   "invalid_grant",          "unauthorized_client",
                                                   "unsupported_grant_type", "invalid_scope"};
  if (!body.is_object() || !body.contains("error") || !body["error"].is_string()) return {};
  const auto& code = body["error"].get_ref<const std::string&>();
  const bool is_known = std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
  return is_known ? code + ", " : "";
}

tl::unexpected<core::Error> refusal(const TokenAnswer& answer, const Connection& connection) {
  constexpr long kRequestTimeout = 408;
  constexpr long kTooManyRequests = 429;
  if (answer.status >= 500 || answer.status == kRequestTimeout ||
      answer.status == kTooManyRequests) {
    return unavailable(connection, fmt::format("HTTP status {}", answer.status));
  }
  if (answer.status < 400) {
    return not_authenticated(
        connection,
        "{} answers with HTTP status {}; it must be the one that gives tokens, "
        "correct sasl.oauth.tokenEndpointUrl",
        endpoint_of(connection), answer.status);
  }
  return not_authenticated(
      connection,
      "{} refuses client {} ({}HTTP status {}); correct the client's id, secret or scope",
      endpoint_of(connection), oauth_of(connection).client_id,
      error_code_in(json::parse(answer.body, nullptr, false)), answer.status);
}

std::optional<std::chrono::seconds> seconds_in(const json& value) {
  if (value.is_string()) {  // Some write numbers so.
    const auto number = json::parse(value.get_ref<const std::string&>(), nullptr, false);
    return number.is_number() ? seconds_in(number) : std::nullopt;
  }
  if (!value.is_number()) return std::nullopt;
  constexpr double kMost = 1e11;  // Some thousand years.
  return std::chrono::seconds(
      static_cast<std::int64_t>(std::clamp(value.get<double>(), 0., kMost)));
}

// A token goes into SASL's exchange as it is (RFC 6750, 2.1).
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("-._~+/=").find(c) != std::string_view::npos;
  });
}

// The earlier one of what the answer tells and what the token itself does.
system_clock::time_point end_of(const json& body, const json& claims,
                                system_clock::time_point now) {
  using std::chrono::seconds;
  const auto since_1970 = std::chrono::duration_cast<seconds>(now.time_since_epoch());
  const auto told = seconds_in(body.value("expires_in", json()));
  const auto end = claims.is_object() ? seconds_in(claims.value("exp", json())) : std::nullopt;
  if (!told && !end) return now + kUsualLifetime;
  return now + std::min<seconds>({told.value_or(kLongestLifetime),
                                  end ? *end - since_1970 : kLongestLifetime, kLongestLifetime});
}

std::size_t append(const char* bytes, std::size_t one, std::size_t count, void* opaque) {
  auto& body = *static_cast<std::string*>(opaque);
  const auto size = one * count;
  if (body.size() + size > kLongestAnswer) return 0;  // Which ends the transfer.
  body.append(bytes, size);
  return size;
}

std::string form_of(CURL* curl, const core::OAuth& oauth) {
  std::string form = "grant_type=client_credentials";
  if (oauth.scope.empty()) return form;
  const Escaped scope(
      curl_easy_escape(curl, oauth.scope.c_str(), static_cast<int>(oauth.scope.size())));
  return form + "&scope=" + scope.get();
}

void set_authorities(CURL* curl, const std::string& pem) {
  if (pem.empty()) return;
  curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_COPY};
  curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
  curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);  // Else the public ones would do as well.
}

// `form` and `body` are only referred to.
void prepare(CURL* curl, const core::OAuth& oauth, const std::string& form, std::string& body) {
  curl_easy_setopt(curl, CURLOPT_URL, oauth.token_endpoint_url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  // The thread that resolves a name ends by itself; nobody waits for it.
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, kTimeoutMs);
  curl_easy_setopt(curl, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
  curl_easy_setopt(curl, CURLOPT_USERNAME, oauth.client_id.c_str());
  curl_easy_setopt(curl, CURLOPT_PASSWORD, oauth.client_secret.c_str());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(form.size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form.c_str());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  set_authorities(curl, oauth.ca);
}

// What curl says of an error holds times, so that each would be another text.
std::string words_of(CURL* curl, CURLcode code) {
  long system_error = 0;
  curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &system_error);
  if (code == CURLE_COULDNT_CONNECT && system_error != 0) {
    return std::generic_category().message(static_cast<int>(system_error));
  }
  return curl_easy_strerror(code);
}

tl::unexpected<core::Error> failure(CURL* curl, CURLcode code, const Connection& connection) {
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    long found = X509_V_OK;
    curl_easy_getinfo(curl, CURLINFO_SSL_VERIFYRESULT, &found);
    return not_authenticated(
        connection,
        "{}: its certificate can't be verified: {}; set sasl.oauth.ca to the authority "
        "that it is from",
        endpoint_of(connection),
        found == X509_V_OK ? "it is for another host" : X509_verify_cert_error_string(found));
  }
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    return not_authenticated(connection,
                             "{} is not a URL of http or https; correct "
                             "sasl.oauth.tokenEndpointUrl",
                             endpoint_of(connection));
  }
  if (code == CURLE_WRITE_ERROR) {
    return not_authenticated(connection,
                             "{} answers more than any token; correct "
                             "sasl.oauth.tokenEndpointUrl",
                             endpoint_of(connection));
  }
  return unavailable(connection, words_of(curl, code));
}

}  // namespace

std::string plain_url(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const auto scheme = url.find("://");
  const auto start = scheme == std::string_view::npos ? 0 : scheme + 3;
  const auto host = url.substr(start, url.substr(start).find('/'));
  const auto user = host.rfind('@');
  if (user == std::string_view::npos) return std::string(url);
  return std::string(url.substr(0, start)) + std::string(url.substr(start + user + 1));
}

Result<Token> token_in(const TokenAnswer& answer, const Connection& connection,
                       system_clock::time_point now) {
  constexpr long kOk = 200;
  if (answer.status != kOk) return refusal(answer, connection);
  const auto body = json::parse(answer.body, nullptr, false);
  const auto value = body.is_object() ? body.value("access_token", json()) : json();
  if (!value.is_string() || !is_token(value.get_ref<const std::string&>())) {
    return not_authenticated(connection,
                             "{} answers without a token; correct "
                             "sasl.oauth.tokenEndpointUrl",
                             endpoint_of(connection));
  }
  Token token{value.get<std::string>(), oauth_of(connection).client_id, {}};
  const auto claims = claims_in(token.value);
  token.expires_at = end_of(body, claims, now);
  if (token.expires_at <= now) {
    return not_authenticated(connection,
                             "{} gives a token that has expired already; is the clock "
                             "right?",
                             endpoint_of(connection));
  }
  const auto subject = claims.is_object() ? claims.value("sub", json()) : json();
  if (subject.is_string() && !subject.get_ref<const std::string&>().empty()) {
    token.principal = subject.get<std::string>();
  }
  return token;
}

Result<Token> fetch_token(const Connection& connection) {
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  const Curl curl(curl_easy_init());
  if (initialized != CURLE_OK || !curl) return unavailable(connection, "curl does not start");
  const auto& oauth = oauth_of(connection);
  const auto form = form_of(curl.get(), oauth);
  TokenAnswer answer;
  prepare(curl.get(), oauth, form, answer.body);
  if (const auto code = curl_easy_perform(curl.get()); code != CURLE_OK) {
    return failure(curl.get(), code, connection);
  }
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  return token_in(answer, connection, system_clock::now());
}

}  // namespace kafka
