#include "kafka/offsets_topic.h"

#include <cstdlib>
#include <limits>
#include <string_view>

namespace kafka {
namespace {

// The code units of Java's strings.
std::u16string to_utf16(std::string_view utf8) {
  std::u16string units;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i++]);
    const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    std::uint32_t point = more == 0 ? lead : lead & (0x3FU >> more);
    for (int left = more; left > 0 && i < utf8.size(); --left) {
      point = (point << 6U) | (static_cast<unsigned char>(utf8[i++]) & 0x3FU);
    }
    if (point >= 0x10000) units.push_back(static_cast<char16_t>(0xD7C0U + (point >> 10U)));
    units.push_back(static_cast<char16_t>(point >= 0x10000 ? 0xDC00U | (point & 0x3FFU) : point));
  }
  return units;
}

template <typename Integer>
void append_big_endian(std::string& bytes, Integer number) {
  for (int shift = 8 * (static_cast<int>(sizeof(number)) - 1); shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>((number >> shift) & 0xFF));
  }
}

void append_string(std::string& bytes, const std::string& text) {
  append_big_endian(bytes, static_cast<std::int16_t>(text.size()));
  bytes += text;
}

}  // namespace

std::int32_t offsets_partition(const std::string& group, std::int32_t partitions) {
  std::uint32_t hash = 0;
  for (const char16_t unit : to_utf16(group)) hash = 31 * hash + unit;
  // Kafka's Utils.abs: of the one number that has no positive counterpart it is 0.
  const auto with_sign = static_cast<std::int32_t>(hash);
  constexpr auto kLeast = std::numeric_limits<std::int32_t>::min();
  return with_sign == kLeast ? 0 : std::abs(with_sign) % partitions;
}

std::string offset_commit_key(std::int16_t version, const std::string& group,
                              const core::TopicPartition& at) {
  std::string key;
  append_big_endian(key, version);
  append_string(key, group);
  append_string(key, at.topic);
  append_big_endian(key, at.partition);
  return key;
}

}  // namespace kafka
