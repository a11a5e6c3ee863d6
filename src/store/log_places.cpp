#include "src/store/log_places.h"

#include <fmt/core.h>

#include "src/base/cancel.h"

namespace kvstore {
namespace {

using log::Record;
using log::Scanner;

log::Position beginning(const log::View& view) {
  const log::Base base = view.base();
  if (base.end == 0) return {};
  return {base.end, base.floor_seq, 0, true, 0};
}

}  // namespace

Status check_bad_place(const Scanner::Bad& bad) {
  if (bad.has_next && bad.missing == 0 && !bad.others_lost) return {};
  return fail(Code::kCorrupt,
              fmt::format("offset {}: what was written there cannot be read", bad.begin));
}

Status check_end(const Generation& generation) {
  const std::uint64_t lost = generation.damage().lost_end();
  if (lost == 0) return {};
  return fail(
      Code::kCorrupt,
      fmt::format("offset {}: what was written there, at the log's end, cannot be read", lost));
}

tl::unexpected<Error> unreadable_record(const std::string& path, std::uint64_t offset) {
  return fail(Code::kDamaged,
              fmt::format("{}: the record at offset {} cannot be read", path, offset),
              "kvstore verify " + path);
}

Result<bool> LogReader::next() {
  while (true) {
    switch (scanner_.next()) {
      case Scanner::Step::kRecord:
        return true;
      case Scanner::Step::kBad:
        if (!check_bad_place(scanner_.bad())) return unreadable_record(path_, scanner_.bad().begin);
        break;
      case Scanner::Step::kNewer:
        return fail(log::newer_record(scanner_.record()));
      case Scanner::Step::kZeros:
      case Scanner::Step::kEnd:
        return false;
    }
  }
}

std::optional<log::Checkpoint> checkpoint_at(const log::View& view, std::uint64_t offset) {
  Record record;
  if (offset == 0 || offset >= view.limit) return std::nullopt;
  if (view.header(offset, &record) != log::HeaderCheck::kValid) return std::nullopt;
  if (record.kind != log::Kind::kCheckpoint) return std::nullopt;
  if (!log::body_is_valid(record, *view.binding)) return std::nullopt;
  return log::decode_checkpoint(record.stored(), offset);
}

std::optional<log::Checkpoint> newest_checkpoint(
    const log::View& view, std::uint64_t newest,
    const std::function<bool(const log::Checkpoint&)>& is_before) {
  std::uint64_t at = newest;
  while (auto checkpoint = checkpoint_at(view, at)) {
    const std::uint64_t end = checkpoint->covered.end;
    if (end < view.base().end || end > at) break;
    if (is_before(*checkpoint)) return checkpoint;
    if (checkpoint->previous >= at) break;  // invalid, not written by this program
    at = checkpoint->previous;
  }
  return std::nullopt;
}

log::Position place_before(const Generation& generation,
                           const std::function<bool(const log::Checkpoint&)>& is_before) {
  const log::View view = generation.view().up_to(generation.visible_end());
  const auto known = newest_checkpoint(view, generation.log().checkpoint(), is_before);
  return known ? known->covered : beginning(view);
}

log::Position place_of_seq(const Generation& generation, std::uint64_t seq) {
  return place_before(generation, [seq](const log::Checkpoint& checkpoint) {
    return checkpoint.covered.seq <= seq;
  });
}

// Within the run of rising times that counts, the first record with a later time ends the search:
// all that follow, in it or in later runs, are later still.
Result<std::uint64_t> seq_of_time(const Generation& generation, std::uint64_t time_us) {
  const auto run = generation.clock().version_at(time_us);
  if (!run) return 0;
  const log::Position from = place_before(generation, [&](const log::Checkpoint& checkpoint) {
    return checkpoint.covered.seq < run->first_seq || checkpoint.clock.record_time <= time_us;
  });
  Scanner scanner(generation.view().up_to(generation.visible_end()), from);
  std::uint64_t seq = from.seq;
  while (!is_cancelled()) {
    const Scanner::Step step = scanner.next();
    if (step == Scanner::Step::kBad) {
      KV_TRY(check_bad_place(scanner.bad()));
      continue;
    }
    if (step != Scanner::Step::kRecord) {
      KV_TRY(check_end(generation));
      return seq;
    }
    const Record& record = scanner.record();
    if (!record.takes_seq()) continue;
    if (record.seq >= run->first_seq && record.time > time_us) return seq;
    seq = record.seq;
  }
  return cancelled();
}

}  // namespace kvstore
