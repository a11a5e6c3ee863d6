#include "src/bench/report.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/base/human.h"

namespace kvstore::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kMega = 1e6;
constexpr std::string_view kColumns =
    "{:<10} {:>8} {:>7} {:>11} {:>8} {:>7} {:>7} {:>7} {:>8} {:>8}\n";

std::string rounded(double number) {
  return with_commas(static_cast<std::uint64_t>(std::llround(number)));
}

std::string three_digits(double number) {
  if (number < 9.995) return fmt::format("{:.2f}", number);
  if (number < 99.95) return fmt::format("{:.1f}", number);
  return rounded(number);
}

Json latency_json(const Measured& measured) {
  const Histogram& latencies = *measured.latencies;
  return {{"from", measured.plan.rate > 0 ? "schedule" : "sending"},
          {"p50", to_us(latencies.at(0.5))},
          {"p95", to_us(latencies.at(0.95))},
          {"p99", to_us(latencies.at(0.99))},
          {"p99.9", to_us(latencies.at(0.999))},
          {"max", to_us(latencies.max())}};
}

Json to_json_object(const Measured& measured) {
  const Plan& plan = measured.plan;
  Json json{{"workload", plan.workload->name},
            {"size", plan.size},
            {"clients", plan.clients},
            {"pipeline", plan.depth},
            {"keys", plan.workload->starts_empty ? 0 : plan.keys},
            {"seconds", measured.seconds},
            {"operations", measured.operations},
            {"operations_per_second", measured.per_second()},
            {"mb_per_second", measured.bytes_per_second() / kMega},
            {"latency_us", latency_json(measured)},
            {"errors", measured.errors}};
  if (plan.rate > 0) json["rate"] = plan.rate;
  if (measured.first_error) json["first_error"] = with_code(*measured.first_error);
  if (measured.interrupted) json["interrupted"] = true;
  return json;
}

}  // namespace

std::string size_label(std::uint64_t bytes) {
  constexpr std::uint64_t kKiB = 1024, kMiB = kKiB * kKiB;
  if (bytes >= kMiB && bytes % kMiB == 0) return fmt::format("{} MiB", bytes / kMiB);
  if (bytes >= kKiB && bytes % kKiB == 0) return fmt::format("{} KiB", bytes / kKiB);
  return fmt::format("{} B", bytes);
}

std::string clients_label(unsigned clients) { return plural(clients, "client"); }

double to_us(std::uint64_t ns) { return static_cast<double>(ns) / 1e3; }

std::string us_label(std::uint64_t ns) { return three_digits(to_us(ns)); }

std::string table_head(const Sheet& sheet) {
  const std::string latency =
      sheet.rate > 0
          ? fmt::format("from when an operation was due, by a schedule of {}/s",
                        rounded(sheet.rate))
          : "from sending an operation to its answer (with no --rate, none is sent meanwhile)";
  return fmt::format("kvstore bench, {}\nlatency in us: {}\n\n", sheet.target, latency) +
         fmt::format(fmt::runtime(kColumns), "workload", "payload", "clients", "ops/s", "MB/s",
                     "p50", "p95", "p99", "p99.9", "max");
}

std::string table_row(const Measured& measured) {
  const Histogram& latencies = *measured.latencies;
  return fmt::format(fmt::runtime(kColumns), measured.plan.workload->name,
                     size_label(measured.plan.size), measured.plan.clients,
                     rounded(measured.per_second()),
                     three_digits(measured.bytes_per_second() / kMega), us_label(latencies.at(0.5)),
                     us_label(latencies.at(0.95)), us_label(latencies.at(0.99)),
                     us_label(latencies.at(0.999)), us_label(latencies.max()));
}

std::string table_notes(const Measured& measured) {
  std::string notes;
  if (measured.errors > 0) {
    notes += "  " + plural(measured.errors, "error");
    if (measured.first_error) {
      notes += fmt::format("; the first: {} {}", code_name(measured.first_error->code),
                           measured.first_error->message);
    }
    notes += '\n';
  }
  if (!measured.left_behind.empty()) {
    notes += fmt::format("  keys that begin with {} are left behind\n", measured.left_behind);
  }
  if (measured.interrupted) {
    notes += fmt::format("  interrupted after {:.1f} s\n", measured.seconds);
  }
  if (measured.filled) {
    notes += fmt::format("  ended after {:.1f} s: {} of values were written (--space)\n",
                         measured.seconds, human_size(measured.plan.max_bytes));
  }
  const std::uint64_t done = measured.operations + measured.errors;
  if (measured.gave_up) {
    notes += fmt::format("  ended after {}, {:.1f} s and {}\n", plural(measured.errors, "error"),
                         measured.seconds, plural(measured.operations, "operation"));
  } else if (done < measured.plan.count && !measured.interrupted && !measured.filled) {
    notes += fmt::format("  ended after {:.1f} s: {} of {} operations (--seconds)\n",
                         measured.seconds, done, measured.plan.count);
  }
  return notes;
}

std::string to_json(const Sheet& sheet) {
  Json results = Json::array();
  for (const Measured& measured : sheet.results) results.push_back(to_json_object(measured));
  const Json json{{"kvstore", KVSTORE_VERSION},
                  {"target", sheet.target},
                  {"time", sheet.when},
                  {"results", std::move(results)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace kvstore::bench
