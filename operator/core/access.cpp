#include "core/access.h"

#include <fmt/format.h>

#include <algorithm>

namespace core {
namespace {

bool any_matches(const std::vector<std::string>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [name](const std::string& pattern) { return matches(pattern, name); });
}

bool admits_namespace(const AccessRule& rule, const std::string& name, const Labels& labels) {
  const auto& named = rule.namespaces;
  return std::find(named.begin(), named.end(), name) != named.end() ||
         (rule.namespace_selector && matches(*rule.namespace_selector, labels));
}

bool holds(const LabelSelector::Requirement& wanted, const Labels& labels) {
  const auto label = labels.find(wanted.key);
  const bool is_there = label != labels.end();
  const auto is_listed = [&] {
    return is_there && std::find(wanted.values.begin(), wanted.values.end(), label->second) !=
                           wanted.values.end();
  };
  switch (wanted.operation) {
    case LabelSelector::Operator::In:
      return is_listed();
    case LabelSelector::Operator::NotIn:
      return !is_listed();
    case LabelSelector::Operator::Exists:
      return is_there;
    case LabelSelector::Operator::DoesNotExist:
      return !is_there;
  }
  return false;  // unreachable: every enumerator is above
}

}  // namespace

bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == name;
}

bool matches(const LabelSelector& selector, const Labels& labels) {
  const auto& wanted = selector.match_labels;
  const auto& rules = selector.match_expressions;
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](const auto& label) {
                       const auto found = labels.find(label.first);
                       return found != labels.end() && found->second == label.second;
                     }) &&
         std::all_of(rules.begin(), rules.end(),
                     [&](const auto& rule) { return holds(rule, labels); });
}

bool needs_labels(const ConnectionSpec& spec) {
  return std::any_of(spec.access.begin(), spec.access.end(),
                     [](const AccessRule& rule) { return rule.namespace_selector.has_value(); });
}

std::optional<std::string> refused_part(const ConnectionSpec& spec, const Claim& claim,
                                        const Labels& labels) {
  const auto is_admitted = [&](const std::string& group, const std::string* topic) {
    return std::any_of(spec.access.begin(), spec.access.end(), [&](const AccessRule& rule) {
      return admits_namespace(rule, claim.namespace_name, labels) &&
             any_matches(rule.groups, group) &&
             (topic == nullptr || any_matches(rule.topics, *topic));
    });
  };
  for (const std::string& group : claim.groups) {
    if (!is_admitted(group, nullptr)) return fmt::format("group {}", group);
    for (const std::string& topic : claim.topics) {
      if (!is_admitted(group, &topic)) return fmt::format("group {} on topic {}", group, topic);
    }
  }
  return std::nullopt;
}

}  // namespace core
