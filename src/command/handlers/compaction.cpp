// COMPACT: rewrites the file without what is no longer needed.
#include "src/command/rows/compaction.h"

#include "src/base/civil_time.h"
#include "src/command/call.h"
#include "src/command/errors.h"
#include "src/command/status_lines.h"
#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::command::handlers {
namespace {

void answer_status(Call& call) {
  const CompactionStatus status = call.store().compaction_status();
  StatusLines lines(call.session.dialect());
  lines.add("phase", phase_name(status.phase));
  lines.add("keep_history", call.store().options().compaction.keep.to_string());
  const auto& compress = call.store().options().compaction.compress;
  lines.add("compress", compress ? compress->to_string() : "as-is");
  lines.add("file_codec", status.file_is_compressed ? "zstd" : "none");
  lines.add("floor_seq", status.floor_seq);
  lines.add("keys", status.keys);
  lines.add("keys_done", status.keys_done);
  lines.add("old_size", status.old_size);
  lines.add("needed", status.needed);
  lines.add("written", status.written);
  lines.add("value_bytes", status.raw);
  lines.add("value_bytes_stored", status.stored);
  lines.add("new_size", status.new_size);
  lines.add("done", status.done);
  lines.add("last_ended", status.ended_us == 0 ? "never" : iso_seconds(status.ended_us));
  lines.add("last_took_ms", status.elapsed_us / 1000);
  lines.add("last_failure", status.failure ? status.failure->message : "none");
  call.reply.value(lines.take());
}

// Parses the words from args[from] on: KEEP history, COMPRESS codec.
Outcome take_options(Call& call, std::size_t from, CompactionOptions* options) {
  const Args& args = call.args;
  for (std::size_t i = from; i < args.size(); i += 2) {
    const bool is_keep = same_word(args[i], "KEEP");
    if (!is_keep && !same_word(args[i], "COMPRESS")) {
      return fail(unknown_option(call.row, args[i]));
    }
    if (i + 1 == args.size() && is_keep) {
      return fail(needs_value("KEEP", "a length of history", "COMPACT KEEP 7d"));
    }
    if (i + 1 == args.size()) {
      return fail(needs_value("COMPRESS", "a codec", "COMPACT COMPRESS zstd"));
    }
    if (is_keep) {
      KV_ASSIGN(options->keep, KeepHistory::parse(args[i + 1]));
    } else {
      KV_ASSIGN(options->compress, Compression::parse(args[i + 1]));
    }
  }
  return {};
}

Outcome carry_out(Call& call, const CompactionOptions& options) {
  KV_TRY(call.store().compact(options));
  answer_status(call);
  return {};
}

}  // namespace

Outcome compact(Call& call) { return carry_out(call, call.store().options().compaction); }

// COMPACT KEEP history [COMPRESS codec], COMPACT COMPRESS codec [KEEP history]
Outcome compact_with(Call& call) {
  CompactionOptions options = call.store().options().compaction;
  KV_TRY(take_options(call, 1, &options));
  return carry_out(call, options);
}

Outcome compact_start(Call& call) {
  CompactionOptions options = call.store().options().compaction;
  KV_TRY(take_options(call, 2, &options));
  KV_TRY(call.store().start_compaction(options));
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
