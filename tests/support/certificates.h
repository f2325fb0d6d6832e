#pragma once

#include <string>

namespace tests {

// In PEM.
struct Certified {
  std::string certificate;
  std::string key;
};

// A certificate authority of this test's own, and what it issues.
class Authority {
 public:
  Authority();

  const std::string& certificate() const { return own_.certificate; }
  Certified server() const;  // of 127.0.0.1 and localhost
  // Good for an hour around now, or around that many hours from now.
  Certified client(const std::string& common_name, int hours_from_now = 0) const;

 private:
  Certified own_;
};

}  // namespace tests
