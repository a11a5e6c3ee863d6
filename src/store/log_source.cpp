#include "src/store/log_source.h"

#include <algorithm>
#include <optional>

#include "src/base/cancel.h"
#include "src/base/hash.h"
#include "src/log/checkpoint.h"
#include "src/store/log_places.h"

namespace kvstore {
namespace {

using log::Record;

// A window has this many versions, or more if they have fewer bytes of log than kWindowBytes.
constexpr std::uint64_t kWindowVersions = 4096;
constexpr std::uint64_t kWindowBytes = std::uint64_t{64} << 20;

// The seq that a record counts for: records of a base count for the floor.
std::uint64_t seq_of(const LogSource& source, const Record& record) {
  return source.view.base().holds(record.offset) ? source.floor_seq : record.seq;
}

std::uint64_t time_of(const LogSource& source, const Record& record) {
  return source.view.base().holds(record.offset) ? source.floor_time : record.time;
}

LogPlace beginning_of(const LogSource& source) {
  LogPlace place;
  place.position.seq = source.floor_seq;
  place.time_us = source.floor_time;
  return place;
}

// The newest place that a checkpoint knows and for which `belongs` holds.
LogPlace nearest_known(const LogSource& source, Belongs belongs) {
  const auto known = newest_checkpoint(source.view, source.checkpoint, [&](const auto& checkpoint) {
    return belongs(checkpoint.covered.seq, checkpoint.clock.record_time);
  });
  return known ? LogPlace{known->covered, known->clock.record_time} : beginning_of(source);
}

void step_over(const LogSource& source, const Record& record, LogPlace* place) {
  log::Position& position = place->position;
  position.end = record.end();
  if (!record.takes_seq()) return;
  position.seq = seq_of(source, record);
  position.prev_key_hash = static_cast<std::uint32_t>(hash_key(record.key()));
  position.last_not_in_batch = (record.flags & log::kBatchMember) == 0;
  position.epoch = record.epoch;
  position.last_is_of_all = record.is_of_all();
  place->time_us = time_of(source, record);
}

// Visits the records with a key of the versions after `after` up to `until`, until visit returns
// false.
template <class Visit>
Status for_each(const LogSource& source, std::uint64_t after, std::uint64_t until,
                const Visit& visit) {
  KV_ASSIGN(const LogPlace from, find_seq(source, after));
  LogReader reader(source.view, source.path, from.position);
  while (true) {
    KV_ASSIGN(const bool is_there, reader.next());
    if (!is_there) break;
    const Record& record = reader.record();
    if (is_cancelled()) return cancelled();
    if (!record.takes_seq()) continue;
    if (record.seq > until) break;
    KV_TRY(visit(record));
  }
  return {};
}

// A REF, and the records written in place of one, are hashed as one record without bytes.
void add(const Record& record, ContentHasher* hasher) {
  const bool is_of_reference = record.is_reference() || (record.flags & log::kWrittenOut) != 0;
  if (is_of_reference && !record.begins_anew()) return;
  const log::Kind kind = is_of_reference ? log::Kind::kRef : record.kind;
  hasher->add(record.seq);
  hasher->add(record.time);
  hasher->add(static_cast<std::uint64_t>(kind));
  hasher->add(record.expires);
  hasher->add(record.key().size());
  hasher->add(record.key());
  if (is_of_reference) return hasher->add(std::uint64_t{0});
  const bool is_gap = record.kind == log::Kind::kGap;
  hasher->add(is_gap ? record.raw_size : record.stored().size());
  if (!is_gap) hasher->add(record.stored());
}

// True if no further record of its version can follow.
bool is_whole_version(const LogSource& source, const Record& record) {
  constexpr auto kOneOfSeveral = log::kBatchMember | log::kWrittenOut;
  return (record.flags & kOneOfSeveral) == 0 && !source.view.base().holds(record.offset);
}

// If nothing more of `last` can follow, what comes after it need not be readable.
Result<LogPlace> search(const LogSource& source, Belongs belongs,
                        std::optional<std::uint64_t> last) {
  LogPlace place = nearest_known(source, belongs);
  LogReader reader(source.view, source.path, place.position);
  bool is_enough = false;
  while (true) {
    const auto is_there = reader.next();
    if (!is_there && is_enough) break;
    if (!is_there) return fail(is_there.error());
    if (!*is_there) break;
    const Record& record = reader.record();
    if (is_cancelled()) return cancelled();
    if (record.takes_seq() && !belongs(seq_of(source, record), time_of(source, record))) break;
    step_over(source, record, &place);
    if (record.takes_seq()) is_enough = record.seq == last && is_whole_version(source, record);
  }
  return place;
}

}  // namespace

LogSource LogSource::of(const Generation& generation, std::uint64_t end, std::uint64_t last_seq,
                        std::uint64_t checkpoint) {
  const log::FileHeader& header = generation.log().page().header;
  return {generation.path(), generation.view().up_to(end),
          header.db_id,      header.floor_seq,
          header.floor_time, last_seq,
          checkpoint};
}

Result<LogPlace> find_place(const LogSource& source, Belongs belongs) {
  return search(source, belongs, std::nullopt);
}

Result<LogPlace> find_seq(const LogSource& source, std::uint64_t seq) {
  return search(
      source, [seq](std::uint64_t of_record, std::uint64_t) { return of_record <= seq; }, seq);
}

std::uint64_t whole_until(const LogSource& source) {
  std::uint64_t whole = source.floor_seq, seq = whole;
  LogReader reader(source.view, source.path, {});
  while (!is_cancelled()) {
    const auto is_there = reader.next();
    if (is_there && !*is_there) return seq;
    if (!is_there) break;
    const Record& record = reader.record();
    if (!record.takes_seq()) continue;
    if (record.seq != seq) whole = seq;
    if (!log::body_is_valid(record, *source.view.binding)) break;
    seq = record.seq;
    if (is_whole_version(source, record)) whole = seq;
  }
  return whole;
}

Result<ContentHash> hash_versions(const LogSource& source, std::uint64_t after,
                                  std::uint64_t until) {
  ContentHasher hasher;
  KV_TRY(for_each(source, after, until, [&](const Record& record) -> Status {
    if (!log::body_is_valid(record, *source.view.binding)) {
      return unreadable_record(source.path, record.offset);
    }
    add(record, &hasher);
    return {};
  }));
  return hasher.digest();
}

Result<std::uint64_t> choose_window(const LogSource& source, std::uint64_t until,
                                    std::uint64_t least) {
  std::uint64_t after = std::max(least, until - std::min(until, kWindowVersions));
  KV_ASSIGN(const LogPlace end, find_seq(source, until));
  const std::uint64_t limit = end.position.end - std::min(end.position.end, kWindowBytes);
  std::uint64_t last = after;
  KV_TRY(for_each(source, after, until, [&](const Record& record) -> Status {
    if (record.offset < limit && record.seq < until) last = record.seq;
    return {};
  }));
  return last;
}

}  // namespace kvstore
