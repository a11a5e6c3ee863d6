// STATS, INFO and SCRUB: the store as a whole.
#include "src/command/rows/store.h"

#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "src/base/cancel.h"
#include "src/base/civil_time.h"
#include "src/base/human.h"
#include "src/command/call.h"
#include "src/command/handlers/info.h"
#include "src/command/quote.h"
#include "src/command/status_lines.h"
#include "src/store/store.h"

namespace kvstore::command::handlers {
namespace {

Failure unknown_section(std::string_view command, std::string_view word) {
  return {Code::kUnknown, fmt::format("unknown section {} of {}", quote(word), command),
          fmt::format("{} [{}]", command, fmt::join(info_sections(), "|")),
          fmt::format("ERR unknown section '{}'", word.substr(0, 64))};
}

// Waits for the pass, which runs in the background and would end with the program.
Outcome wait_for_scrub(Call& call) {
  constexpr std::chrono::milliseconds kPoll{2};
  ScrubStatus status = call.store().scrub_status();
  for (; status.running; status = call.store().scrub_status()) {
    if (is_cancelled()) return cancelled();
    std::this_thread::sleep_for(kPoll);
  }
  if (status.found > 0) {
    return kvstore::fail(Code::kDamaged,
                         fmt::format("the scrub has found damage at {} of {}",
                                     plural(status.found, "place"), call.store().path()),
                         fmt::format("kvstore verify {}", call.store().path()));
  }
  call.reply.ok();
  return {};
}

}  // namespace

Outcome stats(Call& call) {
  const Args sections = call.args.subspan(1);
  // Redis replies to INFO of an unknown section with nothing, and its clients request sections of
  // all its versions.
  if (call.row.name == "INFO" && call.session.dialect() != Dialect::kText) {
    call.reply.text(info_for_redis(call.session, sections));
    return {};
  }
  for (const std::string_view section : sections) {
    if (!is_info_section(section)) return fail(unknown_section(call.row.name, section));
  }
  call.reply.value(info_for_people(call.session, sections));
  return {};
}

Outcome scrub(Call& call) {
  KV_TRY(call.store().scrub());
  if (call.session.waits_for_scrub()) return wait_for_scrub(call);
  call.reply.ok();
  return {};
}

Outcome scrub_status(Call& call) {
  const ScrubStatus status = call.store().scrub_status();
  StatusLines lines(call.session.dialect());
  lines.add("rate", status.rate == 0 ? "off" : std::to_string(status.rate));
  lines.add("running", status.running ? "yes" : "no");
  lines.add("offset", status.at);
  lines.add("log_end", status.end);
  lines.add("bytes_read", status.bytes);
  lines.add("passes", status.passes);
  lines.add("last_ended", status.ended_us == 0 ? "never" : iso_seconds(status.ended_us));
  lines.add("found", status.found);
  call.reply.value(lines.take());
  return {};
}

}  // namespace kvstore::command::handlers
