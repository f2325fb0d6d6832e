#include "kube/key_pair_source.h"

#include <fmt/format.h>

#include <utility>

#include "base/log.h"

namespace kube {

KeyPairSource::KeyPairSource(std::shared_ptr<TextSource> certificate,
                             std::shared_ptr<TextSource> key)
    : certificate_(std::move(certificate)), key_(std::move(key)), good_(read()) {}

core::Result<std::shared_ptr<KeyPairSource>> KeyPairSource::of(
    const std::string& label, std::shared_ptr<TextSource> certificate,
    std::shared_ptr<TextSource> key) {
  auto source = std::make_shared<KeyPairSource>(std::move(certificate), std::move(key));
  if (is_of_one_another(source->good_)) return source;
  return core::fail(
      core::Reason::InternalError,
      fmt::format("{}: client-certificate and client-key are not of one another, or not in PEM "
                  "without a passphrase",
                  label));
}

KeyPair KeyPairSource::current() {
  const std::lock_guard lock(mutex_);
  KeyPair pair = read();
  if (pair == good_) return good_;
  if (!is_of_one_another(pair)) {
    // The two files have been read at different times; maybe they are complete by now.
    certificate_->refresh();
    key_->refresh();
    pair = read();
  }
  if (is_of_one_another(pair)) {
    good_ = std::move(pair);
  } else {
    note_mismatch(pair);
  }
  return good_;
}

void KeyPairSource::refresh() {
  certificate_->refresh();
  key_->refresh();
}

KeyPair KeyPairSource::read() const { return {certificate_->current(), key_->current()}; }

void KeyPairSource::note_mismatch(const KeyPair& pair) {
  if (pair == mismatched_) return;
  mismatched_ = pair;
  base::log_warning("client certificate and key are not of one another; the last pair is used");
}

}  // namespace kube
