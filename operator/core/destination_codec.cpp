#include "core/destination_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <utility>

#include "core/duration.h"
#include "core/limits.h"
#include "core/overloaded.h"
#include "core/rfc3339.h"

namespace core {
namespace {

using nlohmann::json;

constexpr auto kMaxOffset = std::numeric_limits<std::int64_t>::max();

Destination decode_ago(const Fields& to) {
  ToAgo ago;
  ago.text = to.text("ago", kMaxDurationLength);
  const auto duration = parse_duration(ago.text);
  if (!duration) {
    to.refuse(fmt::format("{}: \"{}\" is no duration; write such as \"2h30m\" or \"PT2H30M\"",
                          to.path_of("ago"), ago.text));
  }
  ago.ago = duration.value_or(std::chrono::milliseconds(0));
  return ago;
}

Destination decode_undo(const Fields& to) {
  return ToUndo{to.object_name("undo"), to.flag("undoMoved")};
}

Destination decode_offsets(const Fields& to) {
  ToOffsets map;
  for (Fields& entry : to.objects("offsets", kMaxPartitions)) {
    entry.refuse_others_than({"partition", "offset"});
    const auto partition = entry.optional_integer("partition", 0, kMaxPartitionNumber);
    const auto offset = entry.optional_integer("offset", 0, kMaxOffset);
    if (!partition || !offset) entry.refuse_this("write a partition and its offset");
    map.offsets.push_back({static_cast<std::int32_t>(partition.value_or(0)), offset.value_or(0)});
  }
  const auto partition_of = [](const PartitionOffset& at) { return at.partition; };
  std::ranges::sort(map.offsets, {}, partition_of);
  const auto twice = std::ranges::adjacent_find(map.offsets, {}, partition_of);
  if (twice != map.offsets.end()) {
    to.refuse(fmt::format("{} names partition {} twice", to.path_of("offsets"), twice->partition));
  }
  return map;
}

bool is_config_map_key(std::string_view key) {
  return std::ranges::all_of(key, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
}

Destination decode_csv(const Fields& to) {
  Fields from = to.object("csvFrom");
  from.refuse_others_than({"configMapKeyRef"});
  Fields reference = from.object("configMapKeyRef");
  reference.refuse_others_than({"name", "key"});
  auto key = reference.text("key", kMaxNameLength);
  if (!is_config_map_key(key)) {
    reference.refuse(
        fmt::format("{}: \"{}\" is no key of a ConfigMap; write letters, digits, '-', "
                    "'_' and '.'",
                    reference.path_of("key"), key));
  }
  return ToCsv{reference.object_name("name"), std::move(key)};
}

Destination decode_position(const Fields& to) {
  return ToPosition{to.choice<Position>("position").value_or(Position::Earliest)};
}

Destination decode_offset(const Fields& to) {
  return ToOffset{to.integer("offset", 0, kMaxOffset, 0)};
}

Destination decode_timestamp(const Fields& to) {
  return ToTimestamp{to.instant("timestamp").value_or(TimePoint{})};
}

Destination decode_shift(const Fields& to) {
  return ToShift{to.integer("shiftBy", std::numeric_limits<std::int64_t>::min(), kMaxOffset, 0)};
}

Destination decode_group(const Fields& to) { return ToGroup{to.text("group", kMaxGroupLength)}; }

struct Form {
  const char* key;
  Destination (*decode)(const Fields& to);
};
constexpr std::array<Form, 9> kForms{{{"offset", decode_offset},
                                      {"timestamp", decode_timestamp},
                                      {"ago", decode_ago},
                                      {"position", decode_position},
                                      {"shiftBy", decode_shift},
                                      {"group", decode_group},
                                      {"undo", decode_undo},
                                      {"offsets", decode_offsets},
                                      {"csvFrom", decode_csv}}};

}  // namespace

Destination decode_destination(const Fields& parent, const char* key) {
  Fields to = parent.object(key);
  to.refuse_others_than({"offset", "timestamp", "ago", "position", "shiftBy", "group", "undo",
                         "undoMoved", "offsets", "csvFrom"});
  const auto is_given = [&to](const Form& form) { return to.has(form.key); };
  if (std::ranges::count_if(kForms, is_given) != 1) {
    to.refuse_this(
        "write exactly one of offset, timestamp, ago, position, shiftBy, group, undo, offsets and "
        "csvFrom, such as to: {position: Earliest}");
    return {};
  }
  if (to.has("undoMoved") && !to.has("undo")) {
    to.refuse(to.path_of("undoMoved") + " belongs beside undo; leave it out");
  }
  return std::ranges::find_if(kForms, is_given)->decode(to);
}

json encode_destination(const Destination& destination) {
  return std::visit(
      Overloaded{
          [](const ToOffset& to) {
            return json{{"offset", to.offset}};
          },
          [](const ToTimestamp& to) {
            return json{{"timestamp", format_rfc3339(to.timestamp)}};
          },
          [](const ToAgo& to) {
            return json{{"ago", to.text}};
          },
          [](const ToPosition& to) {
            return json{{"position", name_of(to.position)}};
          },
          [](const ToShift& to) {
            return json{{"shiftBy", to.by}};
          },
          [](const ToGroup& to) {
            return json{{"group", to.group}};
          },
          [](const ToUndo& to) {
            return json{{"undo", to.name}, {"undoMoved", to.even_if_moved}};
          },
          [](const ToOffsets& to) {
            json offsets = json::array();
            for (const auto& [partition, offset] : to.offsets) {
              offsets.push_back({{"partition", partition}, {"offset", offset}});
            }
            return json{{"offsets", std::move(offsets)}};
          },
          [](const ToCsv& to) {
            return json{
                {"csvFrom", {{"configMapKeyRef", {{"name", to.config_map}, {"key", to.key}}}}}};
          },
      },
      destination);
}

}  // namespace core
