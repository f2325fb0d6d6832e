#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/names.h"
#include "core/reason.h"
#include "core/time_point.h"

namespace core {

// Reads the fields of one object of a manifest. Absent and null are the same. The first thing that
// is wrong is kept as InvalidSpec, with the field's path and what to write; what is read after it
// means nothing.
class Fields {
 public:
  using Json = nlohmann::json;
  // `path` is where the object stands, for messages: "spec.to".
  Fields(const Json& object, std::string path, std::optional<Error>& error);

  bool has(const char* key) const { return !at(key).is_null(); }
  const Json& at(const char* key) const;
  std::string path_of(const char* key) const { return path_ + "." + key; }

  // A field of a newer CRD could turn the meaning of a reset round (a dry run, a guard): refused,
  // not ignored.
  void refuse_others_than(std::initializer_list<std::string_view> known);
  void refuse(std::string message) const;
  // "spec.to: write exactly one of ..."
  void refuse_this(std::string_view advice) const { refuse(path_ + ": " + std::string(advice)); }

  Fields object(const char* key) const;
  // The object's elements as objects: at least one, at most `most`.
  std::vector<Fields> objects(const char* key, std::size_t most) const;

  std::string text(const char* key, std::size_t longest) const;  // required
  std::string topic(const char* key) const;                      // required
  std::string object_name(const char* key) const;                // required; as Kubernetes has them
  std::int64_t integer(const char* key, std::int64_t least, std::int64_t most,
                       std::int64_t by_default) const;
  std::optional<std::int64_t> optional_integer(const char* key, std::int64_t least,
                                               std::int64_t most) const;
  // A list of at least one, at most `longest`.
  std::vector<std::int64_t> integers(const char* key, std::int64_t least, std::int64_t most,
                                     std::size_t longest) const;
  // A list of at least one, at most `most`; none of them empty.
  std::vector<std::string> texts(const char* key, std::size_t most, std::size_t longest) const;
  // Texts by key, at most `most`; none where it is absent.
  std::map<std::string, std::string> text_map(const char* key, std::size_t most,
                                              std::size_t longest) const;
  bool flag(const char* key) const;                           // false by default
  std::optional<TimePoint> date_time(const char* key) const;  // RFC 3339, from 1970 to 9999
  std::optional<TimePoint> instant(const char* key) const;  // the same, or milliseconds since 1970

  template <typename Enum>
  std::optional<Enum> choice(const char* key) const {
    const Json& value = at(key);
    if (value.is_null()) return std::nullopt;
    const auto choice =
        value.is_string() ? value_of<Enum>(value.get_ref<const std::string&>()) : std::nullopt;
    if (!choice) refuse(path_of(key) + " must be " + choices<Enum>());
    return choice;
  }

 private:
  // The list under that key; an empty one, if it is none of 1 to `most`.
  const Json& list(const char* key, std::size_t most) const;

  const Json* object_;
  std::string path_;
  std::optional<Error>* error_;
};

}  // namespace core
