#include "kube/yaml_json.h"

#include <string>

namespace kube {
namespace {

using nlohmann::json;

struct TooLarge {};

class Converter {
 public:
  json convert(const YAML::Node& node, int depth) {
    constexpr int kDeepest = 32;
    constexpr int kMost = 10'000;
    if (depth > kDeepest || ++values_ > kMost) throw TooLarge();
    if (node.IsMap()) return map(node, depth);
    if (node.IsSequence()) return list(node, depth);
    return node.IsScalar() ? scalar(node) : json();
  }

 private:
  json map(const YAML::Node& node, int depth) {
    json object = json::object();
    for (const auto& entry : node) {
      object[entry.first.as<std::string>()] = convert(entry.second, depth + 1);
    }
    return object;
  }

  json list(const YAML::Node& node, int depth) {
    json array = json::array();
    for (const auto& item : node) array.push_back(convert(item, depth + 1));
    return array;
  }

  static json scalar(const YAML::Node& node) {
    const bool is_quoted = node.Tag() == "!";
    json value = is_quoted ? json() : json::parse(node.Scalar(), nullptr, false);
    if (is_quoted || !value.is_primitive() || value.is_string()) return node.Scalar();
    return value;
  }

  int values_ = 0;
};

}  // namespace

std::optional<nlohmann::json> to_json(const YAML::Node& node) {
  try {
    return Converter().convert(node, 0);
  } catch (const TooLarge&) {
    return std::nullopt;
  }
}

}  // namespace kube
