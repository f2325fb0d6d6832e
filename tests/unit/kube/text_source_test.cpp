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
  CHECK_FALSE(source.refresh());
}

TEST_CASE("a file is read again when it is old enough, not before") {
  const tests::Folder folder;
  Time time;
  const auto file = folder.write("token", "first\n");
  const auto source = TextSource::from_file("token", file, 60s, time.clock());
  REQUIRE(source);
  folder.write("token", "second\n");
  time.now += 59s;
  CHECK((*source)->current() == "first");
  time.now += 1s;
  CHECK((*source)->current() == "second");
}

TEST_CASE("a file is read again at once when that is asked for") {
  const tests::Folder folder;
  const auto source = TextSource::from_file("token", folder.write("token", "first"), 60s);
  REQUIRE(source);
  CHECK_FALSE((*source)->refresh());
  folder.write("token", "second");
  CHECK((*source)->refresh());
  CHECK((*source)->current() == "second");
}

TEST_CASE("while the file can't be read, or is empty, its last content counts") {
  const tests::Folder folder;
  Time time;
  const auto file = folder.write("token", "first");
  const auto source = TextSource::from_file("token", file, 60s, time.clock());
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
  const auto source = TextSource::from_file("user me: tokenFile", folder / "token", 60s);
  REQUIRE_FALSE(source);
  CHECK(source.error().message ==
        "user me: tokenFile: can't read " + (folder / "token").string() + ", or it is empty");
}

}  // namespace
