// Snapshot::writes(): visits the log from its beginning as a sequence of writes.
#include <algorithm>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/log/chain.h"
#include "src/log/encoded_value.h"
#include "src/log/scanner.h"
#include "src/store/log_places.h"
#include "src/store/open_snapshots.h"
#include "src/store/snapshot.h"

namespace kvstore {
namespace {

using log::Record;
using log::Scanner;

tl::unexpected<Error> unreadable(std::uint64_t offset, std::string_view what) {
  return fail(Code::kCorrupt, fmt::format("offset {}: {}", offset, what));
}

LoggedWrite logged(const log::View& view, const Record& record, std::string_view value) {
  LoggedWrite write{.kind = version_kind(view, record),
                    .seq = record.seq,
                    .time_us = record.time,
                    .expires_at_ms = record.expires,
                    .key = record.key(),
                    .type = type_of(record),
                    .value = value,
                    .in_batch = (record.flags & log::kBatchMember) != 0};
  if (write.kind == Version::Kind::kAppend) write.starts_anew = record.begins_anew();
  if (write.kind == Version::Kind::kGap) write.lost_size = record.raw_size;
  return write;
}

using Visit = std::function<bool(const LoggedWrite&)>;

// Bytes named by a REF, or written in place of one.
bool is_in_parts(const Record& record) {
  const bool was_copied = record.is_reference() || (record.flags & log::kWrittenOut) != 0;
  return was_copied && record.kind != log::Kind::kGap && record.length() > 0;
}

// False: the visitor wants no more.
Result<bool> visit_parts(const log::View& view, const Record& record, std::string* space,
                         const Visit& visit) {
  const std::uint64_t first = record.total - record.length();
  for (std::uint64_t at = first; at < record.total; at += LoggedWrite::kPart) {
    const std::uint64_t end = std::min(record.total, at + LoggedWrite::kPart);
    space->clear();
    if (!log::read_bytes(view, record, at, end, space)) {
      return unreadable(record.offset, "a value does not match its checksum");
    }
    LoggedWrite write = logged(view, record, *space);
    write.kind = at == 0 ? Version::Kind::kSet : Version::Kind::kAppend;
    write.starts_anew = at == 0;
    write.in_batch = true;
    write.part_end = end;
    if (!visit(write)) return false;
  }
  return true;
}

// False: the visitor wants no more.
Result<bool> visit_record(const log::View& view, const Record& record, std::uint64_t seq,
                          std::string* space, const Visit& visit) {
  if (!record.takes_seq() || record.seq > seq) return true;
  if (is_in_parts(record)) return visit_parts(view, record, space, visit);
  std::string_view value;
  if (!log::read_value(view, record, space, &value)) {
    return unreadable(record.offset, "a value does not match its checksum");
  }
  return visit(logged(view, record, value));
}

// False: the visitor wants no more.
Result<bool> go_over(const log::View& view, std::uint64_t seq, const Visit& visit) {
  Scanner scanner(view);
  std::string space;
  while (!is_cancelled()) {
    switch (scanner.next()) {
      case Scanner::Step::kRecord: {
        KV_ASSIGN(const bool go_on, visit_record(view, scanner.record(), seq, &space, visit));
        if (!go_on) return false;
        break;
      }
      case Scanner::Step::kBad:
        KV_TRY(check_bad_place(scanner.bad()));
        break;
      case Scanner::Step::kNewer:
        return fail(log::newer_record(scanner.record()));
      case Scanner::Step::kZeros:
      case Scanner::Step::kEnd:
        return true;
    }
  }
  return cancelled();
}

}  // namespace

Status Snapshot::writes(const std::function<bool(const LoggedWrite&)>& visit) const {
  KV_TRY(SnapshotPin::check(*state_));
  const SnapshotPin pin(*state_);
  if (!pin) return {};
  const Generation& generation = pin.view().generation();
  KV_ASSIGN(const bool is_all,
            go_over(generation.view().up_to(generation.visible_end()), state_->seq(), visit));
  return is_all ? check_end(generation) : Status();
}

Result<LogOrigin> Snapshot::origin() const {
  KV_TRY(SnapshotPin::check(*state_));
  const SnapshotPin pin(*state_);
  if (!pin) return LogOrigin{};
  const log::HeaderPage& page = pin.view().generation().log().page();
  const log::Floor floor = log::floor_of(page);
  LogOrigin origin;
  origin.floor_seq = floor.seq;
  origin.floor_time_us = floor.time_us;
  origin.has_base = floor.has_base;
  for (const unsigned byte : page.header.db_id) origin.database_id += fmt::format("{:02x}", byte);
  return origin;
}

}  // namespace kvstore
