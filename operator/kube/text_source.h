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
// that is therefore read again when its content is older than `max_age`. While a read fails, or
// brings nothing that could be used, the last good content stays. Surrounding white space does not
// count. Thread-safe.
class TextSource {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  struct File {
    std::string field;  // for messages: "user me in /home/me/.kube/config: tokenFile"
    std::filesystem::path path;
    std::chrono::seconds max_age{0};
    // What is wrong with a content, as "holds no certificate"; empty: nothing.
    std::function<std::string(const std::string&)> fault_of = [](const std::string&) {
      return std::string();
    };
    Clock clock = std::chrono::steady_clock::now;
  };

  explicit TextSource(const std::string& text);
  TextSource(const std::string& text, File file);

  // Reads the file now; it must be readable, not empty and good. The error names field and file.
  static core::Result<std::shared_ptr<TextSource>> from_file(File file);

  std::string current();

  // Reads the file again at once, however young its content.
  void refresh();

 private:
  void read_again();  // with mutex_ held

  const File file_;  // without a path: a text that was given

  std::mutex mutex_;
  std::string text_;
  std::chrono::steady_clock::time_point read_at_;
};

}  // namespace kube
