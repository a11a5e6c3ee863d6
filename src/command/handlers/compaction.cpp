// COMPACT: the file without what is no longer needed.
#include "src/command/rows/compaction.h"

#include "src/base/civil_time.h"
#include "src/command/call.h"
#include "src/command/status_lines.h"
#include "src/store/store.h"

namespace kvstore::command::handlers {
namespace {

void answer_status(Call& call) {
  const CompactionStatus status = call.store().compaction_status();
  StatusLines lines(call.session.dialect());
  lines.add("phase", phase_name(status.phase));
  lines.add("keep_history", call.store().options().compaction.keep.to_string());
  lines.add("floor_seq", status.floor_seq);
  lines.add("keys", status.keys);
  lines.add("keys_done", status.keys_done);
  lines.add("old_size", status.old_size);
  lines.add("needed", status.needed);
  lines.add("written", status.written);
  lines.add("new_size", status.new_size);
  lines.add("done", status.done);
  lines.add("last_ended", status.ended_us == 0 ? "never" : iso_seconds(status.ended_us));
  lines.add("last_took_ms", status.elapsed_us / 1000);
  lines.add("last_failure", status.failure ? status.failure->message : "none");
  call.reply.value(lines.take());
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
