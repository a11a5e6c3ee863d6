// The two older formats: a sequence of records without header and checksums.
//
//   plain32   u32le key length, key, u32le value length, value
//   plain64   u64be key length, u64be value length, key, value; the value 0x00
//             alone is a tombstone (plain64 only)
//
// Neither marks its end, and only the lengths can be checked against the size of the file. So a
// reader stops where they do not fit.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "src/base/status.h"
#include "src/file/file_system.h"

namespace kvstore::maint {

enum class PlainFormat : std::uint8_t { kPlain32, kPlain64 };

std::string_view plain_format_name(PlainFormat format);  // "plain32", "plain64"
std::optional<PlainFormat> plain_format_of(std::string_view name);

// Views are valid as long as the file's mapping.
struct PlainRecord {
  std::uint64_t offset = 0;
  std::string_view key;
  std::string_view value;
  bool is_tombstone = false;
};

class PlainReader {
 public:
  enum class Step : std::uint8_t {
    kRecord,  // record()
    kEnd,     // the file ends at the end of a record
    kTorn,    // the last record is incomplete, or zeros follow up to the end
    kBad,     // offset() is not the begin of a record
  };

  PlainReader(const std::uint8_t* data, std::uint64_t size, PlainFormat format)
      : data_(data), size_(size), format_(format) {}

  Step next();
  const PlainRecord& record() const { return record_; }
  std::uint64_t offset() const { return at_; }    // after the last good record
  const char* reason() const { return reason_; }  // kTorn, kBad

 private:
  struct Lengths;
  Step stop(const Lengths& lengths);
  bool goes_on_behind(std::uint64_t offset) const;

  const std::uint8_t* data_;
  const std::uint64_t size_;
  const PlainFormat format_;
  std::uint64_t at_ = 0;
  PlainRecord record_;
  const char* reason_ = "";
};

// Detects the format by the records: those of one format must extend to the end of the file, or at
// least two of them must precede damage, and the other format must not fit. kFormat: neither or
// both fit, or the file has the current format (possibly damaged), or is empty; the hint names
// --format.
Result<PlainFormat> detect_plain(const std::uint8_t* data, std::uint64_t size,
                                 const std::string& path);
Result<PlainFormat> detect_plain(file::FileSystem& files, const std::string& path);

}  // namespace kvstore::maint
