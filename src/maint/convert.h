// Converts a file of an older format, without header, to the current format.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "src/base/exit_code.h"
#include "src/log/file_builder.h"
#include "src/maint/audit.h"
#include "src/maint/plain.h"

namespace kvstore::maint {

struct ConvertReport {
  PlainFormat format{};
  std::uint64_t records = 0;     // read from the old file
  std::uint64_t tombstones = 0;  // deletions among them
  std::uint64_t keys = 0;        // live keys at the end
  std::uint64_t old_size = 0;
  PlainReader::Step stop = PlainReader::Step::kEnd;  // kEnd, kTorn or kBad
  std::uint64_t stop_offset = 0;
  std::string reason;  // kTorn, kBad

  ExitCode exit_code() const;  // 0; 5: torn; 6: damaged
  // Such as "read 3 records (1 tombstone) of old.bin, plain32; 2 keys live". If it stopped before
  // the end, with place and reason.
  std::string to_string(const std::string& old_path) const;
};

struct ConvertOptions {
  std::optional<PlainFormat> format;                    // nullopt: detect_plain()
  std::uint64_t piece_size = std::uint64_t{512} << 20;  // longer values are split into a SET and
                                                        // APPENDs
};

// Writes `new_path`, which must not exist (kExists). Every record becomes a SET or DELETE, in
// order, so that the keys and values are those that the old program would read, and older values
// are the new file's history. From a damaged old file the records before the damage are converted:
// that is not an error, but reported. Errors: detect_plain's; kFormat also if not even the first
// record can be read; the file system's, kFull. After an error new_path does not exist.
Result<ConvertReport> convert(file::FileSystem& files, const std::string& old_path,
                              const std::string& new_path, const ConvertOptions& options = {},
                              const Progress& progress = {});
// The same into a new file made by the caller. Closes it, but does not publish it.
Result<ConvertReport> convert_into(file::FileSystem& files, const std::string& old_path,
                                   log::FileBuilder* to, const ConvertOptions& options = {},
                                   const Progress& progress = {});

}  // namespace kvstore::maint
