#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "core/reason.h"

namespace kube {

// A credential or a certificate: a text that was given once, or a file that somebody rotates and
// that is therefore read again when its content is older than `max_age`. While a read fails, the
// last content that could be read stays good. Surrounding white space does not count. Thread-safe.
class TextSource {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  explicit TextSource(const std::string& text);
  TextSource(const std::string& text, std::filesystem::path file, std::chrono::seconds max_age,
             Clock clock);

  // Reads the file now; it must be readable and not empty. The error names `field` and the file.
  static core::Result<std::shared_ptr<TextSource>> from_file(
      const std::string& field, std::filesystem::path file, std::chrono::seconds max_age,
      Clock clock = std::chrono::steady_clock::now);

  std::string current();

  // Reads the file again at once, however young its content; true if it is another one now.
  bool refresh();

 private:
  bool read_again();  // with mutex_ held

  const std::filesystem::path file_;  // empty: a text that was given
  const std::chrono::seconds max_age_{0};
  const Clock clock_ = std::chrono::steady_clock::now;

  std::mutex mutex_;
  std::string text_;
  std::chrono::steady_clock::time_point read_at_;
};

}  // namespace kube
