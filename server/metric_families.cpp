#include "server/metric_families.h"

#include <limits>
#include <sstream>

#include <prometheus/text_serializer.h>

#include "src/base/check.h"

namespace kvstore::server {

MetricFamilies& MetricFamilies::begin(Type type, std::string_view name, std::string_view help) {
  if (!families_.empty() && families_.back().metric.empty()) families_.pop_back();
  const bool is_process = name.starts_with("process_");
  KV_CHECK(help.find('\n') == help.npos);
  prometheus::MetricFamily& family = families_.emplace_back();
  family.name = is_process ? std::string(name) : "kvstore_" + std::string(name);
  family.help = help;
  family.type = type;
  return *this;
}

prometheus::ClientMetric& MetricFamilies::sample(std::string_view label, std::string_view of) {
  prometheus::ClientMetric& metric = families_.back().metric.emplace_back();
  if (!label.empty()) metric.label.push_back({std::string(label), std::string(of)});
  return metric;
}

MetricFamilies& MetricFamilies::add(std::string_view label, std::string_view of, double value) {
  prometheus::ClientMetric& metric = sample(label, of);
  switch (families_.back().type) {
    case Type::Counter:
      metric.counter.value = value;
      break;
    case Type::Gauge:
      metric.gauge.value = value;
      break;
    default:
      metric.untyped.value = value;
  }
  return *this;
}

// In a histogram the count of a bound includes all smaller bounds, and the last bound is infinite.
MetricFamilies& MetricFamilies::add(std::string_view label, std::string_view of,
                                    const BucketCounts& counts, double unit) {
  auto& histogram = sample(label, of).histogram;
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < counts.counts.size(); ++i) {
    so_far += counts.counts[i];
    const double bound = i < counts.bounds.size() ? static_cast<double>(counts.bounds[i]) / unit
                                                  : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({so_far, bound});
  }
  histogram.sample_count = so_far;
  histogram.sample_sum = static_cast<double>(counts.sum) / unit;
  return *this;
}

std::string MetricFamilies::to_text() const {
  std::ostringstream out;
  const bool ends_empty = !families_.empty() && families_.back().metric.empty();
  if (ends_empty) {
    prometheus::TextSerializer().Serialize(out, {families_.begin(), families_.end() - 1});
  } else {
    prometheus::TextSerializer().Serialize(out, families_);
  }
  return std::move(out).str();
}

}  // namespace kvstore::server
