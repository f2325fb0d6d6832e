#include "core/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "core/topic_name.h"

namespace core {
namespace {

using Fields = std::vector<std::string>;

tl::unexpected<Error> broken(std::size_t line, std::string_view what) {
  return fail(Reason::InvalidSpec, fmt::format("line {}: {}", line, what));
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// The text between quotes, of which two stand for one. None: no quote ends it.
std::optional<std::string> unquoted(std::string_view& left) {
  std::string text;
  left.remove_prefix(1);
  while (!left.empty()) {
    const char c = left.front();
    left.remove_prefix(1);
    if (c != '"') {
      text.push_back(c);
    } else if (!left.empty() && left.front() == '"') {
      text.push_back('"');
      left.remove_prefix(1);
    } else {
      return text;
    }
  }
  return std::nullopt;
}

Result<Fields> split(std::string_view line, std::size_t number) {
  Fields fields;
  while (true) {
    std::string_view left = trimmed(line);
    if (!left.empty() && left.front() == '"') {
      auto field = unquoted(left);
      left = trimmed(left);
      if (!field) return broken(number, "a quote is not closed");
      if (!left.empty() && left.front() != ',') {
        return broken(number, "there is something between a closing quote and the next comma");
      }
      fields.push_back(std::move(*field));
    } else {
      const auto comma = left.find(',');
      fields.emplace_back(trimmed(left.substr(0, comma)));
      left = comma == std::string_view::npos ? std::string_view() : left.substr(comma);
    }
    if (left.empty()) return fields;
    line = left.substr(1);
  }
}

template <typename Integer>
std::optional<Integer> number_in(const std::string& text) {
  Integer value{};
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || parsed != end || value < 0) return std::nullopt;
  return value;
}

class Reader {
 public:
  explicit Reader(std::string_view group) : group_(group) {}

  Result<void> take(std::string_view line, std::size_t number) {
    auto fields = split(line, number);
    if (!fields) return tl::unexpected(std::move(fields.error()));
    if (fields->size() != 3 && fields->size() != 4) {
      return broken(number, fmt::format("it has {} fields; write topic,partition,offset or "
                                        "group,topic,partition,offset",
                                        fields->size()));
    }
    if (columns_ == 0) columns_ = fields->size();
    if (fields->size() != columns_) {
      return broken(number, fmt::format("it has {} fields and the lines before it have {}",
                                        fields->size(), columns_));
    }
    auto row = row_of(*fields, number);
    if (!row) return tl::unexpected(std::move(row.error()));
    if (columns_ == 4 && fields->front() != group_) return {};
    const auto [first, is_new] = lines_.try_emplace({row->topic, row->partition}, number);
    if (!is_new) {
      return broken(number, fmt::format("partition {} of topic {} is in line {} already",
                                        row->partition, row->topic, first->second));
    }
    rows_.push_back(std::move(*row));
    return {};
  }

  Result<std::vector<CsvOffset>> rows() && {
    if (rows_.empty() && columns_ == 4) {
      return fail(Reason::InvalidSpec, fmt::format("there is no line for group {}", group_));
    }
    if (rows_.empty()) return fail(Reason::InvalidSpec, "it has no lines");
    std::sort(rows_.begin(), rows_.end(), [](const CsvOffset& a, const CsvOffset& b) {
      return std::tie(a.topic, a.partition) < std::tie(b.topic, b.partition);
    });
    return std::move(rows_);
  }

 private:
  Result<CsvOffset> row_of(const Fields& fields, std::size_t number) const {
    const std::size_t first = columns_ - 3;
    const std::string& topic = fields[first];
    const auto partition = number_in<std::int32_t>(fields[first + 1]);
    const auto offset = number_in<std::int64_t>(fields[first + 2]);
    if (!is_topic_name(topic)) {
      return broken(number, fmt::format("\"{}\" is no name of a topic", topic));
    }
    if (!partition) {
      return broken(number, fmt::format("\"{}\" is no partition", fields[first + 1]));
    }
    if (!offset) return broken(number, fmt::format("\"{}\" is no offset", fields[first + 2]));
    return CsvOffset{topic, *partition, *offset};
  }

  std::string_view group_;
  std::size_t columns_ = 0;  // 0: not known yet
  std::vector<CsvOffset> rows_;
  std::map<std::pair<std::string, std::int32_t>, std::size_t> lines_;
};

}  // namespace

Result<std::vector<CsvOffset>> parse_csv(std::string_view text, std::string_view group) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    text.remove_prefix(kByteOrderMark.size());
  }
  Reader reader(group);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    if (auto taken = reader.take(line, number); !taken) {
      return tl::unexpected(std::move(taken.error()));
    }
  }
  return std::move(reader).rows();
}

}  // namespace core
