// LATENCY.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "src/base/clock.h"
#include "src/command/call.h"
#include "src/command/latency_graph.h"
#include "src/command/quote.h"
#include "src/command/rows/server.h"
#include "src/command/server_control.h"

namespace kvstore::command::handlers {
namespace {

// Without a server nothing is recorded.
std::vector<LatencyEvents::Event> events_of(const Call& call) {
  ServerControl* const control = call.session.server_control();
  return control ? control->latency_events().all() : std::vector<LatencyEvents::Event>();
}

std::optional<LatencyEvents::Event> find_event(const Call& call, std::string_view name) {
  for (LatencyEvents::Event& event : events_of(call)) {
    if (event.name == name) return std::move(event);
  }
  return std::nullopt;
}

void write_number(std::uint64_t number, ReplySink& to) {
  to.integer(static_cast<std::int64_t>(number));
}

}  // namespace

Outcome latency_latest(Call& call) {
  const auto events = events_of(call);
  call.reply.begin(Aggregate::kArray, events.size());
  for (const LatencyEvents::Event& event : events) {
    call.reply.begin(Aggregate::kArray, 4);
    call.reply.value(event.name);
    write_number(event.samples.back().time_s, call.reply);
    write_number(event.samples.back().took_ms, call.reply);
    write_number(event.longest_ms, call.reply);
    call.reply.end();
  }
  call.reply.end();
  return {};
}

Outcome latency_history(Call& call) {
  const auto event = find_event(call, call.args[2]);
  if (!event) {
    call.reply.empty(Aggregate::kArray);
    return {};
  }
  call.reply.begin(Aggregate::kArray, event->samples.size());
  for (const LatencyEvents::Sample& sample : event->samples) {
    call.reply.begin(Aggregate::kArray, 2);
    write_number(sample.time_s, call.reply);
    write_number(sample.took_ms, call.reply);
    call.reply.end();
  }
  call.reply.end();
  return {};
}

Outcome latency_graph(Call& call) {
  if (const auto event = find_event(call, call.args[2])) {
    call.reply.text(draw_latencies(*event, now_us() / 1'000'000));
    return {};
  }
  return fail(Failure(Code::kState, fmt::format("there is no event {}", quote(call.args[2])),
                      "LATENCY LATEST",
                      fmt::format("ERR No samples available for event '{}'", call.args[2])));
}

Outcome latency_histogram(Call& call) {
  call.reply.empty(Aggregate::kMap);
  return {};
}

Outcome latency_reset(Call& call) {
  std::uint64_t forgotten = 0;
  if (ServerControl* const control = call.session.server_control()) {
    LatencyEvents& events = control->latency_events();
    const Args names = call.args.subspan(2);
    if (names.empty()) forgotten = events.forget_all();
    for (const std::string_view name : names) forgotten += events.forget(std::string(name));
  }
  write_number(forgotten, call.reply);
  return {};
}

Outcome latency_doctor(Call& call) {
  call.reply.text(
      "LATENCY LATEST has the commands that took latency-monitor-threshold milliseconds or more "
      "(CONFIG SET; 0: none are noted). SLOWLOG GET has slow commands with their words, the "
      "server's log tells of them and of slow syncs, and `kvstore bench` measures.\n");
  return {};
}

}  // namespace kvstore::command::handlers
