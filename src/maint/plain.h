// The two older formats: records one after another, no header, no checksums.
//
//   plain32   u32le key length, key, u32le value length, value
//   plain64   u64be key length, u64be value length, key, value; the value 0x00
//             alone is a tombstone (plain64 only)
//
// Neither says where it ends, and nothing in it can be checked but whether the
// lengths fit into the file. So a reader stops where they do not.
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

// Views live as long as the file's mapping.
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
    kEnd,     // the file ends where a record does
    kTorn,    // the last record is not whole, or zeros follow up to the end
    kBad,     // offset(): what stands there is no record
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

// Which of the two a file is, by its records: those of one format must run to
// the end, or at least two of them stand before a place that is damaged, and the
// other format must not fit. kFormat: neither, both, a file of the current
// format (also a damaged one), or empty; the hint names --format.
Result<PlainFormat> detect_plain(const std::uint8_t* data, std::uint64_t size,
                                 const std::string& path);
Result<PlainFormat> detect_plain(file::FileSystem& files, const std::string& path);

}  // namespace kvstore::maint
