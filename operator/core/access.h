#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/kafka_connection.h"

// Who may reset what by a ClusterKafkaConnection. Pure.
namespace core {

// What a namespace wants to touch: these groups, each on every one of these topics. Without topics:
// the groups as such, as it is not known yet on which topics.
struct Claim {
  std::string namespace_name;
  std::set<std::string> groups;
  std::set<std::string> topics;
};

// A name, or a prefix that ends in "*".
bool matches(std::string_view pattern, std::string_view name);

bool matches(const LabelSelector& selector, const Labels& labels);

// Whether labels of the namespace have to be known to tell.
bool needs_labels(const ConnectionSpec& spec);

// What of the claim no entry of `access` admits, for people: "group orders on topic payments".
// None: all of it is admitted.
std::optional<std::string> refused_part(const ConnectionSpec& spec, const Claim& claim,
                                        const Labels& labels);

}  // namespace core
