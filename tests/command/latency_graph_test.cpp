// LATENCY GRAPH. The drawing is the one that Redis 7.0 makes of these times.
#include "src/command/latency_graph.h"

#include <string>

#include <doctest/doctest.h>

namespace kvstore::command {
namespace {

constexpr std::uint64_t kNow = 1'000'000;

}  // namespace

TEST_CASE("times are drawn as columns, with how long ago each was beneath") {
  const LatencyEvents::Event event{.name = "command",
                                   .samples = {{.time_s = kNow - 200'000, .took_ms = 100},
                                               {.time_s = kNow - 7'200, .took_ms = 150},
                                               {.time_s = kNow - 60, .took_ms = 300},
                                               {.time_s = kNow - 59, .took_ms = 500},
                                               {.time_s = kNow, .took_ms = 240}},
                                   .longest_ms = 700};
  CHECK(draw_latencies(event, kNow) ==
        "command - high 500 ms, low 100 ms (all time high 700 ms)\n" + std::string(80, '-') +
            "\n"
            "   # \n"
            "  _| \n"
            "  ||o\n"
            "_o|||\n"
            "     \n"
            "22150\n"
            "dhm9s\n"
            "   s \n");
}

TEST_CASE("of times that are all the same, and of more than fit into a line, something is drawn") {
  LatencyEvents::Event event{.name = "command", .samples = {}, .longest_ms = 5};
  for (std::uint64_t i = 0; i < 81; ++i) event.samples.push_back({.time_s = kNow, .took_ms = 5});
  const auto part = [](std::size_t count) {
    const std::string empty = std::string(count, ' ') + '\n';
    return empty + empty + empty + std::string(count, '_') + '\n' + empty +
           std::string(count, '0') + '\n' + std::string(count, 's') + '\n';
  };
  CHECK(draw_latencies(event, kNow - 5) ==  // the clock was set back
        "command - high 5 ms, low 5 ms (all time high 5 ms)\n" + std::string(80, '-') + '\n' +
            part(80) + '\n' + part(1));
}

}  // namespace kvstore::command
