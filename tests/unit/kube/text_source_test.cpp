#include "kube/text_source.h"

#include <doctest/doctest.h>

#include "support/folder.h"

namespace {

using namespace std::chrono_literals;
using kube::TextSource;

// A clock that the test moves.
struct Time {
  std::chrono::steady_clock::time_point now{1000s};
  TextSource::Clock clock() {
    return [this] { return now; };
  }
};

TEST_CASE("a text that was given stays") {
  TextSource source("  abc\n");
  CHECK(source.current() == "abc");
  source.refresh();
  CHECK(source.current() == "abc");
}

TEST_CASE("a file is read again when it is old enough, not before") {
  const tests::Folder folder;
  Time time;
  const auto file = folder.write("token", "first\n");
  const auto source = TextSource::from_file(
      {.field = "token", .path = file, .max_age = 60s, .clock = time.clock()});
  REQUIRE(source);
  folder.write("token", "second\n");
  time.now += 59s;
  CHECK((*source)->current() == "first");
  time.now += 1s;
  CHECK((*source)->current() == "second");
}

TEST_CASE("a file is read again at once when that is asked for") {
  const tests::Folder folder;
  const auto source = TextSource::from_file(
      {.field = "token", .path = folder.write("token", "first"), .max_age = 60s});
  REQUIRE(source);
  folder.write("token", "second");
  CHECK((*source)->current() == "first");
  (*source)->refresh();
  CHECK((*source)->current() == "second");
}

TEST_CASE("while the file can't be read, or is empty, its last content counts") {
  const tests::Folder folder;
  Time time;
  const auto file = folder.write("token", "first");
  const auto source = TextSource::from_file(
      {.field = "token", .path = file, .max_age = 60s, .clock = time.clock()});
  REQUIRE(source);
  folder.write("token", "\n");
  time.now += 60s;
  CHECK((*source)->current() == "first");
  std::filesystem::remove(file);
  time.now += 60s;
  CHECK((*source)->current() == "first");
  folder.write("token", "second");
  time.now += 60s;
  CHECK((*source)->current() == "second");
}

TEST_CASE("a file that can't be read at the beginning is an error that names field and file") {
  const tests::Folder folder;
  const auto source =
      TextSource::from_file({.field = "user me: tokenFile", .path = folder / "token"});
  REQUIRE_FALSE(source);
  CHECK(source.error().message ==
        "user me: tokenFile: can't read " + (folder / "token").string() + ", or it is empty");
}

TEST_CASE("a content with a fault is not used, and at the beginning an error that says so") {
  const tests::Folder folder;
  TextSource::File file{.field = "CA", .path = folder.write("ca", "good"), .max_age = 60s};
  file.fault_of = [](const std::string& text) { return text == "good" ? "" : "is half written"; };
  const auto source = TextSource::from_file(file);
  REQUIRE(source);
  folder.write("ca", "go");
  (*source)->refresh();
  CHECK((*source)->current() == "good");
  const auto refused = TextSource::from_file(file);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "CA: " + file.path.string() + " is half written");
}

}  // namespace
