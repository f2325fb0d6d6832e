#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>

namespace base {

// The process's metrics. Every folder registers its own families once, at construction, and adds
// the series it knows then, so that each starts at 0. Never a resource's name as a label.
class Metrics {
 public:
  prometheus::Family<prometheus::Counter>& counter(const std::string& name,
                                                   const std::string& help);
  prometheus::Family<prometheus::Gauge>& gauge(const std::string& name, const std::string& help);
  prometheus::Family<prometheus::Histogram>& histogram(const std::string& name,
                                                       const std::string& help);

  // The text exposition format, version 0.0.4.
  std::string text() const;

 private:
  prometheus::Registry registry_;
};

// Upper bounds in seconds for the duration of a request, 1 ms to 30 s.
prometheus::Histogram::BucketBoundaries request_seconds_buckets();

}  // namespace base
