// BACKUP: a copy of the database, or an increment.
#include "src/store/backup.h"

#include <string>

#include "src/base/civil_time.h"
#include "src/command/call.h"
#include "src/command/errors.h"
#include "src/command/numbers.h"
#include "src/command/rows/backup.h"
#include "src/command/status_lines.h"
#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::command::handlers {
namespace {

Checked<BackupOptions> take_backup_options(const Call& call) {
  const Args args = call.args;
  BackupOptions options;
  options.rate = call.store().options().compaction.rate;
  if (args.size() == 2) return options;
  if (!same_word(args[2], "SINCE")) return fail(unknown_option(call.row, args[2]));
  if (args.size() == 3) {
    return fail(needs_value("SINCE", "a seq or a backup", "BACKUP new.inc SINCE monday.kvs"));
  }
  options.since_seq = parse_unsigned(args[3]);
  if (!options.since_seq) options.since_file = std::string(args[3]);
  return options;
}

void answer_backup(Call& call, const BackupReport& report) {
  StatusLines lines(call.session.dialect());
  lines.add("path", call.args[1]);
  lines.add("kind", report.is_increment ? "increment" : "whole");
  if (report.is_increment) {
    lines.add("since", report.since_seq);
    lines.add("writes", report.writes);
  }
  lines.add("seq", report.seq);
  lines.add("time", report.time_us == 0 ? "none" : iso_time(report.time_us));
  lines.add("size", report.size);
  lines.add("took_ms", report.elapsed_us / 1000);
  call.reply.value(lines.take());
}

}  // namespace

Outcome backup(Call& call) {
  KV_ASSIGN(const BackupOptions options, take_backup_options(call));
  KV_ASSIGN(const BackupReport report, call.store().backup(std::string(call.args[1]), options));
  answer_backup(call, report);
  return {};
}

}  // namespace kvstore::command::handlers
