#pragma once

#include <memory>
#include <mutex>

#include "core/reason.h"
#include "kube/pem.h"
#include "kube/text_source.h"

namespace kube {

// A client certificate and its key, which may be files that are rotated. Two files can't be
// replaced at once, so while they don't belong together, the last pair that did stays. Thread-safe.
class KeyPairSource {
 public:
  KeyPairSource(std::shared_ptr<TextSource> certificate, std::shared_ptr<TextSource> key);

  // They must belong together now. The error begins with `label`.
  static core::Result<std::shared_ptr<KeyPairSource>> of(const std::string& label,
                                                         std::shared_ptr<TextSource> certificate,
                                                         std::shared_ptr<TextSource> key);

  KeyPair current();

  // Reads the files again at once, however young their content.
  void refresh();

 private:
  KeyPair read() const;
  void note_mismatch(const KeyPair& pair);

  const std::shared_ptr<TextSource> certificate_;
  const std::shared_ptr<TextSource> key_;

  std::mutex mutex_;
  KeyPair good_;
  KeyPair mismatched_;  // the last one that was told
};

}  // namespace kube
