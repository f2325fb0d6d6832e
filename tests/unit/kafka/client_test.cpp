#include "kafka/client.h"

#include <doctest/doctest.h>

#include "support/reach.h"

namespace {

TEST_CASE("The library that is linked is new enough, and says which it is") {
  CHECK(kafka::check_library_version());
  CHECK(kafka::library_version().find('.') != std::string::npos);
}

TEST_CASE("A list that is none is refused before a client is made") {
  const auto client = kafka::Client::open(tests::reach("kafka-0:9092,nonsense"));
  REQUIRE_FALSE(client);
  CHECK(client.error().reason == core::Reason::InvalidSpec);
}

}  // namespace
