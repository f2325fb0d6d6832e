#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/reason.h"

namespace core {

// One partition's offset out of a CSV.
struct CsvOffset {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;  // >= 0
  bool operator==(const CsvOffset&) const = default;
};

// Reads what `kafka-consumer-groups.sh --reset-offsets --export` writes and `--from-file` takes, no
// header: lines "topic,partition,offset", or "group,topic,partition,offset", of which those of
// other groups are left out. Fields may be quoted ("a ""quoted"" one"); blanks around a field,
// blank lines, lines that begin with '#', a byte order mark and CRLF are tolerated.
// The result is in order of topic and partition, and never empty. The error is InvalidSpec and
// names the line: other forms or a mix of both, a topic or number that is none, a partition twice,
// no line for `group`.
Result<std::vector<CsvOffset>> parse_csv(std::string_view text, std::string_view group);

}  // namespace core
