#include "kube/listing.h"

#include <doctest/doctest.h>

#include <string>

namespace {

core::ObjectKey named(const std::string& name) { return {"shop", name}; }

std::string taken(kube::Listing<std::string>& listing) {
  std::string text;
  for (const auto& resource : listing.take()) text += resource + " ";
  return text;
}

TEST_CASE("a list holds what came, by name, and each resource once") {
  kube::Listing<std::string> listing;
  for (const char* name : {"b", "c", "a"}) listing.put(named(name), name);
  listing.put(named("b"), "b2");
  CHECK(taken(listing) == "a b2 c ");
  CHECK(listing.take().empty());
}

TEST_CASE("what is deleted while the list comes is not in it") {
  kube::Listing<std::string> listing;
  for (const char* name : {"a", "b"}) listing.put(named(name), name);
  listing.erase(named("a"));
  listing.erase(named("nobody"));
  CHECK(taken(listing) == "b ");
}

TEST_CASE("a list that is begun anew holds nothing of the one before") {
  kube::Listing<std::string> listing;
  listing.put(named("a"), "a");
  listing.clear();
  listing.put(named("b"), "b");
  CHECK(taken(listing) == "b ");
}

}  // namespace
