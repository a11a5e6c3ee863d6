// A log, of an open database or of an increment, in which versions are looked up by seq or time and
// compared with those of another log.
//
// Thread rule: values and pure functions; the caller keeps alive what the view refers to.
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
  log::View view;  // up to its end, which is the end of a record
  log::Id db_id{};
  std::uint64_t floor_seq = 0;  // the log has every record above this
  std::uint64_t floor_time = 0;
  std::uint64_t last_seq = 0;
  std::uint64_t checkpoint = 0;  // offset of a CHECKPOINT to begin searches at; 0: none

  // The log of a generation up to `end`, where the record of `last_seq` ends.
  static LogSource of(const Generation& generation, std::uint64_t end, std::uint64_t last_seq,
                      std::uint64_t checkpoint);
};

// A place between two records, after those of a seq.
struct LogPlace {
  log::Position position;
  std::uint64_t time_us = 0;  // time of the last record with a key; of the floor if there is none
};

// The place after the last record for which `belongs(seq, time)` holds, and after the derived
// records that follow it. It must hold for all records before and for none after. Reads headers
// from the newest checkpoint before that place on. kDamaged: a header cannot be read. Throws
// std::bad_alloc.
using Belongs = FunctionRef<bool(std::uint64_t seq, std::uint64_t time_us)>;
Result<LogPlace> find_place(const LogSource& source, Belongs belongs);
// The place after the last record whose seq is not above this one. If that version is complete by
// itself, what follows need not be readable.
Result<LogPlace> find_seq(const LogSource& source, std::uint64_t seq);
// The newest version up to which every record and its value can be read.
std::uint64_t whole_until(const LogSource& source);

// The hash of the versions after `after` up to `until`: FORMAT.md, "Increments". kDamaged,
// kSkipped.
Result<ContentHash> hash_versions(const LogSource& source, std::uint64_t after,
                                  std::uint64_t until);
// The version, not below `least`, from which on versions are hashed, chosen to bound the cost.
Result<std::uint64_t> choose_window(const LogSource& source, std::uint64_t until,
                                    std::uint64_t least);

}  // namespace kvstore
