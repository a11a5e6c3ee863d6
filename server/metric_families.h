// Builds a list of metrics.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/metric_family.h>

#include "src/base/buckets.h"

namespace kvstore::server {

class MetricFamilies {
 public:
  using Type = prometheus::MetricType;

  // Each begins a family; its name gets the prefix "kvstore_" unless it is about the process.
  // `help` is one line. Its samples follow.
  MetricFamilies& counter(std::string_view name, std::string_view help) {
    return begin(Type::Counter, name, help);
  }
  MetricFamilies& gauge(std::string_view name, std::string_view help) {
    return begin(Type::Gauge, name, help);
  }
  // A metric without a type, for tools that judge types by names.
  MetricFamilies& untyped(std::string_view name, std::string_view help) {
    return begin(Type::Untyped, name, help);
  }
  MetricFamilies& histogram(std::string_view name, std::string_view help) {
    return begin(Type::Histogram, name, help);
  }

  // Adds a sample to the last family, with or without a label.
  MetricFamilies& add(double value) { return add({}, {}, value); }
  MetricFamilies& add(std::uint64_t value) { return add({}, {}, static_cast<double>(value)); }
  MetricFamilies& add(std::string_view label, std::string_view of, double value);
  MetricFamilies& add(std::string_view label, std::string_view of, std::uint64_t value) {
    return add(label, of, static_cast<double>(value));
  }
  // `unit` divides the bounds and the sum (1e6: microseconds to seconds). A division yields the
  // number nearest to 0.0001, which is printed as such; a product with 1e-6 does not.
  MetricFamilies& add(std::string_view label, std::string_view of, const BucketCounts& counts,
                      double unit);

  // Omits families without a sample.
  std::string to_text() const;

 private:
  MetricFamilies& begin(Type type, std::string_view name, std::string_view help);
  prometheus::ClientMetric& sample(std::string_view label, std::string_view of);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace kvstore::server
