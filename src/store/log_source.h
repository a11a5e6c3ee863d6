// A log that versions are looked for in by seq or time, and compared with those of another: that
// of an open database, or of an increment.
//
// Thread rule: values and pure functions, for who keeps alive what the view is of.
#pragma once

#include <cstdint>
#include <string>

#include "src/base/content_hash.h"
#include "src/base/function_ref.h"
#include "src/base/status.h"
#include "src/log/log.h"
#include "src/store/generation.h"

namespace kvstore {

struct LogSource {
  std::string path;
  log::View view;  // up to its end, which is a record's
  log::Id db_id{};
  std::uint64_t floor_seq = 0;  // it has every record above it
  std::uint64_t floor_time = 0;
  std::uint64_t last_seq = 0;
  std::uint64_t checkpoint = 0;  // a CHECKPOINT of it, to begin looking at; 0: none

  // Of a generation, up to `end`, where the record of `last_seq` has ended.
  static LogSource of(const Generation& generation, std::uint64_t end, std::uint64_t last_seq,
                      std::uint64_t checkpoint);
};

// Between two records, behind those of a seq.
struct LogPlace {
  log::Position position;
  std::uint64_t time_us = 0;  // of the last record with a key; of the floor if there is none
};

// Behind the last record of which `belongs(seq, time)` holds, where it holds of all before it and
// of none behind it, and behind the derived records there. Reads headers from the newest checkpoint
// on that lies before. kDamaged: one cannot be read. Throws std::bad_alloc.
using Belongs = FunctionRef<bool(std::uint64_t seq, std::uint64_t time_us)>;
Result<LogPlace> find_place(const LogSource& source, Belongs belongs);
// Behind the last record whose seq is not above this one. Where that version is all there, by
// itself, what comes after it need not be readable.
Result<LogPlace> find_seq(const LogSource& source, std::uint64_t seq);
// The newest version up to which every record, and its value, can be read.
std::uint64_t whole_until(const LogSource& source);

// Of the versions after `after` up to `until`: FORMAT.md, "Increments". kDamaged, kSkipped.
Result<ContentHash> hash_versions(const LogSource& source, std::uint64_t after,
                                  std::uint64_t until);
// From which version on they are to be hashed, so that it costs little: not below `least`.
Result<std::uint64_t> choose_window(const LogSource& source, std::uint64_t until,
                                    std::uint64_t least);

}  // namespace kvstore
