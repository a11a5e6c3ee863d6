#include "src/maint/walk.h"

#include <algorithm>
#include <optional>

#include "src/file/bus_guard.h"
#include "src/log/encoded_value.h"
#include "src/log/scanner.h"

namespace kvstore::maint {
namespace {

using log::CorruptRange;
using log::Record;

// The recovery scan lists damaged values, too; they are reported with their record.
bool is_range(const CorruptRange& corrupt) { return !corrupt.is_value; }

log::RecoveryScan::Rules rules_of(const Source& source) {
  const bool may_be_lost = !source.beside_writer;  // a slot may be being written
  return {source.boot_id, source.beside_writer, source.page.durable_end_lost() && may_be_lost,
          source.page.bad_slots > 0 && may_be_lost};
}

Result<Walked> walk_judged(const Source& source, const Visitor& visitor) {
  log::RecoveryScan scan(source.view(), source.page.slot, rules_of(source), source.validity.get());
  std::size_t told = 0;
  const auto tell = [&] {
    for (; told < scan.corrupt().size(); ++told) {
      if (is_range(scan.corrupt()[told])) visitor.bad(scan.corrupt()[told]);
    }
  };
  KV_TRY(scan.run(source.limit, [&](const Record& record) {
    tell();
    visitor.record(record, log::value_is_valid(source.view(), record));
  }));
  tell();
  return Walked{scan.end(),      scan.torn_end(), scan.durable(),
                scan.last_seq(), scan.epoch(),    scan.slots_are_stale()};
}

// The judgement on the log's end, as by every reader.
struct JudgedEnd {
  std::optional<CorruptRange> lost;  // the rotten range at the end; if none, the rest is torn
  bool slots_are_stale = false;
};

// Uses its own map: carving may accept what it refuses.
JudgedEnd judge_end(const Source& source) {
  log::ValidityMap validity(source.page.slot.epochs, source.page.base);
  log::View view = source.view();
  view.validity = &validity;
  log::RecoveryScan scan(view, source.page.slot, rules_of(source), &validity);
  const Status done = scan.run(source.limit, [](const Record&) {});
  JudgedEnd judged{{}, scan.slots_are_stale()};
  for (const CorruptRange& corrupt : scan.corrupt()) {
    if (done && corrupt.ends_log && is_range(corrupt)) judged.lost = corrupt;
  }
  return judged;
}

void end_carving(const Source& source, const Visitor& visitor, const log::Scanner& scanner,
                 const JudgedEnd& judged, std::uint64_t from, Walked* walked) {
  walked->end = walked->torn_end = from;
  const std::uint8_t* data = source.file->data();
  // What the device cannot read may be records.
  const bool unreadable = file::is_unreadable(data + from, data + source.limit);
  const std::uint64_t known = std::max(walked->durable, judged.lost ? judged.lost->end : 0);
  if (judged.lost && judged.lost->begin == from && !unreadable) return visitor.bad(*judged.lost);
  if (from < known || unreadable) {
    CorruptRange corrupt = log::missing_end(scanner, source.page.slot, from, known);
    if (unreadable) {
      corrupt.end = source.limit;
      corrupt.reason = log::kUnreadable;
    }
    visitor.bad(corrupt);
    return;
  }
  walked->torn_end = source.view().zeros_begin(from);
}

Result<Walked> walk_carved(const Source& source, const Visitor& visitor) {
  log::Scanner scanner(source.view());
  // Slots are ignored here, except that there was an index.
  scanner.set_known_end(std::nullopt);
  if (source.page.slot.checkpoint != 0) scanner.expect_derived();
  const JudgedEnd judged = judge_end(source);
  Walked walked;
  walked.slots_are_stale = judged.slots_are_stale;
  walked.durable = source.page.slot.durable_end;
  while (true) {
    switch (scanner.next()) {
      case log::Scanner::Step::kRecord: {
        const Record& record = scanner.record();
        walked.durable = std::max(walked.durable, record.durable);
        walked.last_seq = scanner.last_seq();
        walked.epoch = record.epoch;
        visitor.record(record, log::value_is_valid(source.view(), record));
        break;
      }
      case log::Scanner::Step::kBad:
        if (!scanner.bad().has_next) {
          end_carving(source, visitor, scanner, judged, scanner.bad().begin, &walked);
          return walked;
        }
        visitor.bad(log::corrupt_range_of(source.view(), scanner.bad()));
        break;
      case log::Scanner::Step::kNewer:
        return fail(log::newer_record(scanner.record()));
      case log::Scanner::Step::kZeros:
      case log::Scanner::Step::kEnd:
        end_carving(source, visitor, scanner, judged, scanner.end(), &walked);
        return walked;
    }
  }
}

}  // namespace

Result<Walked> walk(const Source& source, Way way, const Visitor& visitor) {
  return way == Way::kJudged ? walk_judged(source, visitor) : walk_carved(source, visitor);
}

}  // namespace kvstore::maint
