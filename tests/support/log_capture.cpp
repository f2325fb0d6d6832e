#include "support/log_capture.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace tests {
namespace {

constexpr const char* kFile = "log";

}  // namespace

LogCapture::LogCapture() : kept_(::dup(STDERR_FILENO)) {
  const int file = ::open((folder_ / kFile).c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  if (kept_ < 0 || file < 0) throw std::runtime_error("standard error can't be captured");
  ::dup2(file, STDERR_FILENO);
  ::close(file);
}

LogCapture::~LogCapture() {
  ::dup2(kept_, STDERR_FILENO);
  ::close(kept_);
}

std::string LogCapture::text() const {
  std::ifstream file(folder_ / kFile);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<nlohmann::json> LogCapture::lines(std::string_view message) const {
  std::vector<nlohmann::json> found;
  std::istringstream text(this->text());
  for (std::string line; std::getline(text, line);) {
    auto entry = nlohmann::json::parse(line, nullptr, false);
    if (entry.is_object() && entry.value("msg", std::string()) == message) {
      found.push_back(std::move(entry));
    }
  }
  return found;
}

}  // namespace tests
