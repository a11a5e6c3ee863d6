// A list of metrics in the making.
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

  // Each begins a family, whose name has "kvstore_" before it unless it is a process's. `help` is
  // one line. Samples follow.
  MetricFamilies& counter(std::string_view name, std::string_view help) {
    return begin(Type::Counter, name, help);
  }
  MetricFamilies& gauge(std::string_view name, std::string_view help) {
    return begin(Type::Gauge, name, help);
  }
  // Neither, to those who judge metrics by their names.
  MetricFamilies& untyped(std::string_view name, std::string_view help) {
    return begin(Type::Untyped, name, help);
  }
  MetricFamilies& histogram(std::string_view name, std::string_view help) {
    return begin(Type::Histogram, name, help);
  }

  // Of the newest family; without a label, or with one.
  MetricFamilies& add(double value) { return add({}, {}, value); }
  MetricFamilies& add(std::uint64_t value) { return add({}, {}, static_cast<double>(value)); }
  MetricFamilies& add(std::string_view label, std::string_view of, double value);
  MetricFamilies& add(std::string_view label, std::string_view of, std::uint64_t value) {
    return add(label, of, static_cast<double>(value));
  }
  // `unit`: what a bound, and the sum, is divided by (1e6: microseconds to seconds). A division
  // gives the number nearest to 0.0001, which is printed so; a product with 1e-6 does not.
  MetricFamilies& add(std::string_view label, std::string_view of, const BucketCounts& counts,
                      double unit);

  // Families without a sample are left out.
  std::string to_text() const;

 private:
  MetricFamilies& begin(Type type, std::string_view name, std::string_view help);
  prometheus::ClientMetric& sample(std::string_view label, std::string_view of);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace kvstore::server
