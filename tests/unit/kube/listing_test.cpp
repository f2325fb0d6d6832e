#include "kube/listing.h"

#include <doctest/doctest.h>

#include <string>

namespace {

core::OffsetReset named(const std::string& name, const std::string& version = "1") {
  core::OffsetReset resource;
  resource.key = {"shop", name};
  resource.resource_version = version;
  return resource;
}

std::string taken(kube::Listing& listing) {
  std::string text;
  for (const auto& resource : listing.take()) {
    text += resource.key.name + resource.resource_version + " ";
  }
  return text;
}

TEST_CASE("a list holds what came, by name, and each resource once") {
  kube::Listing listing;
  for (const char* name : {"b", "c", "a"}) listing.put(named(name));
  listing.put(named("b", "2"));
  CHECK(taken(listing) == "a1 b2 c1 ");
  CHECK(listing.take().empty());
}

TEST_CASE("what changes while the list comes is in it as it is at the end") {
  kube::Listing listing;
  for (const char* name : {"a", "b", "c"}) listing.apply(core::Applied{named(name)});
  listing.apply(core::Applied{named("b", "2")});
  listing.apply(core::Deleted{{"shop", "c"}, "uid"});
  listing.apply(core::Deleted{{"shop", "nobody"}, "uid"});
  CHECK(taken(listing) == "a1 b2 ");
}

TEST_CASE("a list that is begun anew holds nothing of the one before") {
  kube::Listing listing;
  listing.put(named("a"));
  listing.clear();
  listing.put(named("b"));
  CHECK(taken(listing) == "b1 ");
}

}  // namespace
