#include "src/bench/report.h"

#include <doctest/doctest.h>

using namespace kvstore;
using namespace kvstore::bench;

namespace {

Measured measured(std::string_view workload, std::size_t size, std::uint64_t operations,
                  std::uint64_t ns) {
  Measured one;
  one.plan.workload = find_workload(workload);
  one.plan.size = size;
  one.seconds = 2;
  one.operations = operations;
  one.bytes = operations * size;
  for (int i = 0; i < 100; ++i) one.latencies->record(ns);
  return one;
}

Sheet sheet() {
  Sheet sheet{.target = "in this process", .when = "2026-01-01T00:00:00Z", .results = {}};
  sheet.results = {measured("read", 64, 2'000'000, 420), measured("read", 65'536, 20'000, 98'000)};
  return sheet;
}

}  // namespace

TEST_CASE("a row has throughput and latencies in their units") {
  CHECK(table_row(sheet().results[0]) ==
        "read           64 B       1   1,000,000     64.0    0.42    0.42    0.42     0.42     "
        "0.42\n");
  CHECK(table_notes(sheet().results[0]).empty());
}

TEST_CASE("sizes are named as they were given") {
  CHECK(size_label(100) == "100 B");
  CHECK(size_label(1024) == "1 KiB");
  CHECK(size_label(1025) == "1025 B");
  CHECK(size_label(3 << 20) == "3 MiB");
}

TEST_CASE("the table says what latencies are measured from") {
  Sheet with_rate = sheet();
  with_rate.rate = 5000;
  CHECK(table_head(with_rate).find("was due, by a schedule of 5,000/s") != std::string::npos);
  CHECK(table_head(sheet()).find("from sending") != std::string::npos);
  with_rate.results[0].plan.rate = 5000;
  CHECK(to_json(with_rate).find("\"from\": \"schedule\"") != std::string::npos);
  CHECK(to_json(sheet()).find("\"from\": \"sending\"") != std::string::npos);
}

TEST_CASE("a chart is as wide as it is to be, in ASCII, too") {
  const std::string ascii = to_chart(sheet(), {.unicode = false, .color = false});
  CHECK(ascii.find("     64 B ######################  1,000,000/s #                 0.42 us\n") !=
        std::string::npos);
  for (const char c : ascii) CHECK(static_cast<unsigned char>(c) < 0x80);
  const std::string unicode = to_chart(sheet(), {.unicode = true, .color = false});
  CHECK(unicode.find("█▍") != std::string::npos);
  CHECK(unicode.find("\033[") == std::string::npos);
}

TEST_CASE("what measured nothing is drawn, too") {
  Sheet empty{.target = "x", .when = "", .results = {}};
  Measured nothing;
  nothing.plan.workload = find_workload("fill");
  empty.results = {nothing};
  CHECK(to_svg(empty).find("<svg") != std::string::npos);
  CHECK_FALSE(to_chart(empty, {}).empty());
  CHECK(to_json(empty).find("\"operations\": 0") != std::string::npos);
  CHECK(to_svg(sheet()).find("64 KiB") != std::string::npos);
}
