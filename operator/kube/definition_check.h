#pragma once

#include <prometheus/gauge.h>

#include <chrono>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "kube/http.h"

namespace kube {

// Looks once, on a thread of its own, whether the installed resource definitions know every field
// that this operator knows. An older one prunes them without a word: a wish of a spec is lost, or
// what a status should keep. Then it is told in the log and by a metric, as is a kind that is not
// there; nothing else depends on it. It reads the OpenAPI document, which every service account
// may, and so needs no right to definitions.
class DefinitionCheck {
 public:
  // `http` and `metrics` must live longer. The server follows a new definition after a moment: only
  // what is missing still when it is looked at again after `patience` is told.
  DefinitionCheck(Http& http, base::Metrics& metrics,
                  std::chrono::milliseconds patience = std::chrono::seconds(10));

 private:
  void run(const std::stop_token& stop);
  core::Result<std::vector<std::string>> look(const std::stop_token& stop);

  Http& http_;
  const std::chrono::milliseconds patience_;
  prometheus::Gauge& missing_;

  std::jthread thread_;  // the last member: it ends before the others do
};

}  // namespace kube
