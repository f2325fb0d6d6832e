#include "kube/text_source.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
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

using Content = tl::expected<std::string, std::string>;

// Or what is wrong. An empty file is as good as none: kubelet and others replace files in two
// steps.
Content read(const TextSource::File& file) {
  std::ifstream stream(file.path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  std::string content = trimmed(text);
  const auto name = file.path.string();
  if (!stream || stream.bad() || content.empty()) {
    return tl::unexpected(fmt::format("can't read {}, or it is empty", name));
  }
  const std::string fault = file.fault_of(content);
  if (!fault.empty()) return tl::unexpected(fmt::format("{} {}", name, fault));
  return content;
}

}  // namespace

TextSource::TextSource(const std::string& text) : text_(trimmed(text)) {}

TextSource::TextSource(const std::string& text, File file)
    : file_(std::move(file)), text_(trimmed(text)), read_at_(file_.clock()) {}

core::Result<std::shared_ptr<TextSource>> TextSource::from_file(File file) {
  const auto content = read(file);
  if (!content) {
    return core::fail(core::Reason::InternalError,
                      fmt::format("{}: {}", file.field, content.error()));
  }
  return std::make_shared<TextSource>(*content, std::move(file));
}

std::string TextSource::current() {
  const std::lock_guard lock(mutex_);
  if (!file_.path.empty() && file_.clock() - read_at_ >= file_.max_age) read_again();
  return text_;
}

void TextSource::refresh() {
  const std::lock_guard lock(mutex_);
  if (!file_.path.empty()) read_again();
}

void TextSource::read_again() {
  read_at_ = file_.clock();
  auto content = read(file_);
  if (!content) {
    return base::log_warning("credential file is of no use; its last content is used",
                             {{"field", file_.field}, {"error", content.error()}});
  }
  if (*content == text_) return;
  text_ = *std::move(content);
  base::log_info("credential file has changed",
                 {{"field", file_.field}, {"file", file_.path.string()}});
}

}  // namespace kube
