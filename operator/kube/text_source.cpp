#include "kube/text_source.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "base/log.h"

namespace kube {
namespace {

std::string trimmed(const std::string& text) {
  constexpr const char* kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// Nothing if it can't be read or is empty: kubelet and others replace files in two steps.
std::optional<std::string> read(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (stream.bad()) return std::nullopt;
  std::string content = trimmed(text);
  return content.empty() ? std::nullopt : std::optional(std::move(content));
}

}  // namespace

TextSource::TextSource(const std::string& text) : text_(trimmed(text)) {}

TextSource::TextSource(const std::string& text, std::filesystem::path file,
                       std::chrono::seconds max_age, Clock clock)
    : file_(std::move(file)),
      max_age_(max_age),
      clock_(std::move(clock)),
      text_(trimmed(text)),
      read_at_(clock_()) {}

core::Result<std::shared_ptr<TextSource>> TextSource::from_file(const std::string& field,
                                                                std::filesystem::path file,
                                                                std::chrono::seconds max_age,
                                                                Clock clock) {
  auto content = read(file);
  if (!content) {
    return core::fail(core::Reason::InternalError,
                      fmt::format("{}: can't read {}, or it is empty", field, file.string()));
  }
  return std::make_shared<TextSource>(*std::move(content), std::move(file), max_age,
                                      std::move(clock));
}

std::string TextSource::current() {
  const std::lock_guard lock(mutex_);
  if (!file_.empty() && clock_() - read_at_ >= max_age_) read_again();
  return text_;
}

bool TextSource::refresh() {
  const std::lock_guard lock(mutex_);
  return !file_.empty() && read_again();
}

bool TextSource::read_again() {
  read_at_ = clock_();
  auto content = read(file_);
  if (!content) {
    base::log_warning("credential file can't be read; its last content is used",
                      {{"file", file_.string()}});
    return false;
  }
  return std::exchange(text_, *std::move(content)) != text_;
}

}  // namespace kube
