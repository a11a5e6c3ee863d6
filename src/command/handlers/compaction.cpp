// COMPACT: the file without what is no longer needed.
#include "src/command/rows/compaction.h"

#include <fmt/format.h>

#include "src/base/civil_time.h"
#include "src/command/call.h"
#include "src/store/store.h"

namespace kvstore::command::handlers {
namespace {

// In lines of name:value, as STATS.
void answer_status(Call& call) {
  const CompactionStatus status = call.store().compaction_status();
  const std::string end = call.session.dialect() == Dialect::kText ? "\n" : "\r\n";
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{}:{}{}", name, value, end);
  };
  add("phase", std::string(phase_name(status.phase)));
  add("keep_history", call.store().options().compaction.keep.to_string());
  add("floor_seq", std::to_string(status.floor_seq));
  add("keys", std::to_string(status.keys));
  add("keys_done", std::to_string(status.keys_done));
  add("old_size", std::to_string(status.old_size));
  add("needed", std::to_string(status.needed));
  add("written", std::to_string(status.written));
  add("new_size", std::to_string(status.new_size));
  add("done", std::to_string(status.done));
  add("last_ended", status.ended_us == 0 ? "never" : iso_seconds(status.ended_us));
  add("last_took_ms", std::to_string(status.elapsed_us / 1000));
  add("last_failure", status.failure ? status.failure->message : "none");
  call.reply.value(std::move(text));
}

Outcome carry_out(Call& call, const CompactionOptions& options) {
  KV_TRY(call.store().compact(options));
  answer_status(call);
  return {};
}

}  // namespace

Outcome compact(Call& call) { return carry_out(call, call.store().options().compaction); }

Outcome compact_keep(Call& call) {
  CompactionOptions options = call.store().options().compaction;
  auto keep = KeepHistory::parse(call.args[2]);
  if (!keep) return fail(std::move(keep.error()));
  options.keep = *keep;
  return carry_out(call, options);
}

Outcome compact_start(Call& call) {
  KV_TRY(call.store().start_compaction(call.store().options().compaction));
  call.reply.ok();
  return {};
}

Outcome compact_status(Call& call) {
  answer_status(call);
  return {};
}

Outcome compact_stop(Call& call) {
  call.store().stop_compaction();
  call.reply.ok();
  return {};
}

}  // namespace kvstore::command::handlers
