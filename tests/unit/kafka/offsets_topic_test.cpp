#include "kafka/offsets_topic.h"

#include <doctest/doctest.h>

using kafka::offsets_partition;

// Expected values: Kafka's Utils.abs(name.hashCode()) % 50, computed by Kafka's own class.
TEST_CASE("a group's partition of the offsets topic is Java's hash of its name") {
  CHECK(offsets_partition("", 50) == 0);
  CHECK(offsets_partition("a", 50) == 47);
  CHECK(offsets_partition("orders-consumer", 50) == 40);
  CHECK(offsets_partition("gr\xC3"
                          "\xBC"
                          "ppe",
                          50) == 12);
  CHECK(offsets_partition("\xE9"
                          "\x9B"
                          "\xBB",
                          50) == 1);
  CHECK(offsets_partition("elephant \xF0"
                          "\x9F"
                          "\x90"
                          "\x98",
                          50) == 30);
  CHECK(offsets_partition("a group with a long name that overflows thirty-two bits", 50) == 37);
  CHECK(offsets_partition("polygenelubricants", 50) == 0);  // its hash is the least number
}

// Expected bytes: a key of the offsets log, as Kafka 4.3 wrote it.
TEST_CASE("a commit's key in the offsets topic is its version, group, topic and partition") {
  using namespace std::string_literals;
  CHECK(kafka::offset_commit_key(1, "gr\xC3\xBC", {"orders", 258}) ==
        "\0\1\0\4gr\xC3\xBC\0\6orders\0\0\1\2"s);
  CHECK(kafka::offset_commit_key(0, "", {"t", 0}) == "\0\0\0\0\0\1t\0\0\0\0"s);
}
