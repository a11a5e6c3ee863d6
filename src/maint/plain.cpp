#include "src/maint/plain.h"

#include <algorithm>

#include <fmt/core.h>

#include "src/base/coding.h"
#include "src/log/foreign.h"
#include "src/log/header_page.h"
#include "src/log/scanner.h"

namespace kvstore::maint {
namespace {

constexpr std::uint64_t kMaxKeySize = UINT16_MAX;  // limit of the current format
constexpr std::uint64_t kSearched = 64 << 10;      // bytes searched after a bad place

std::uint64_t load_be64(const std::uint8_t* from) {
  return __builtin_bswap64(load_le<std::uint64_t>(from));
}

std::string_view text(const std::uint8_t* from, std::uint64_t size) {
  return {reinterpret_cast<const char*>(from), static_cast<std::size_t>(size)};
}

}  // namespace

// The lengths at an offset; `whole` if the record ends inside the file.
struct PlainReader::Lengths {
  std::uint64_t key_at = 0, key_size = 0;
  std::uint64_t value_at = 0, value_size = 0;
  bool whole = false;
  bool key_too_long = false;

  Lengths(const std::uint8_t* data, std::uint64_t at, std::uint64_t size, PlainFormat format) {
    const std::uint64_t left = size - at;
    if (format == PlainFormat::kPlain32) {
      if (left < 4) return;
      key_at = at + 4;
      key_size = load_le<std::uint32_t>(data + at);
      key_too_long = key_size > kMaxKeySize;
      if (key_too_long || left < 8 + key_size) return;
      value_size = load_le<std::uint32_t>(data + key_at + key_size);
      value_at = key_at + key_size + 4;
    } else {
      if (left < 16) return;
      key_size = load_be64(data + at);
      value_size = load_be64(data + at + 8);
      key_at = at + 16;
      key_too_long = key_size > kMaxKeySize;
      if (key_too_long || key_size > left - 16) return;
      value_at = key_at + key_size;
    }
    whole = value_size <= size - value_at;
  }
};

PlainReader::Step PlainReader::next() {
  if (at_ == size_) return Step::kEnd;
  const Lengths lengths(data_, at_, size_, format_);
  // One empty key with an empty value is a record; zeros up to the end are not.
  const std::uint64_t two_empty = format_ == PlainFormat::kPlain32 ? 16 : 32;
  const bool empty = lengths.whole && lengths.key_size == 0 && lengths.value_size == 0;
  if (empty && size_ - at_ >= two_empty && log::is_zero(data_, at_, size_)) {
    reason_ = "zeros up to the end of the file";
    return Step::kTorn;
  }
  if (!lengths.whole) return stop(lengths);
  record_.offset = at_;
  record_.key = text(data_ + lengths.key_at, lengths.key_size);
  record_.value = text(data_ + lengths.value_at, lengths.value_size);
  record_.is_tombstone =
      format_ == PlainFormat::kPlain64 && record_.value == std::string_view("\0", 1);
  at_ = lengths.value_at + lengths.value_size;
  return Step::kRecord;
}

PlainReader::Step PlainReader::stop(const Lengths& lengths) {
  if (lengths.key_too_long) {
    reason_ = "its key's length is more than the 65,535 bytes a key can have";
    return Step::kBad;
  }
  if (goes_on_behind(at_)) {
    reason_ = "its lengths reach past the end of the file, but more records follow";
    return Step::kBad;
  }
  reason_ = "the file ends before the record does";
  return Step::kTorn;
}

// Whether records follow, up to the very end: then a length is damaged, and the end is not torn.
bool PlainReader::goes_on_behind(std::uint64_t offset) const {
  const std::uint64_t last = std::min(size_, offset + kSearched);
  for (std::uint64_t start = offset + 1; start < last; ++start) {
    std::uint64_t at = start;
    while (at < size_) {
      const Lengths lengths(data_, at, size_, format_);
      if (!lengths.whole || lengths.key_size == 0) break;
      at = lengths.value_at + lengths.value_size;
    }
    if (at == size_) return true;
  }
  return false;
}

std::string_view plain_format_name(PlainFormat format) {
  return format == PlainFormat::kPlain32 ? "plain32" : "plain64";
}

std::optional<PlainFormat> plain_format_of(std::string_view name) {
  if (name == "plain32") return PlainFormat::kPlain32;
  if (name == "plain64") return PlainFormat::kPlain64;
  return std::nullopt;
}

namespace {

struct Fit {
  std::uint64_t records = 0;
  bool to_the_end = false;
  bool likely() const { return (to_the_end && records >= 1) || records >= 2; }
};

Fit fit(const std::uint8_t* data, std::uint64_t size, PlainFormat format) {
  Fit result;
  PlainReader reader(data, size, format);
  PlainReader::Step step;
  while ((step = reader.next()) == PlainReader::Step::kRecord) {
    // A file that begins with zeros is not one of these, but a remnant of another.
    const bool empty = reader.record().key.empty() && reader.record().value.empty();
    if (result.records == 0 && empty) return {};
    ++result.records;
  }
  result.to_the_end = step == PlainReader::Step::kEnd;
  return result;
}

tl::unexpected<Error> unclear(const std::string& path, const char* why) {
  return fail(Code::kFormat, fmt::format("{} {}", path, why),
              "if you know that it is one: --format plain32 or --format plain64");
}

}  // namespace

Result<PlainFormat> detect_plain(const std::uint8_t* data, std::uint64_t size,
                                 const std::string& path) {
  if (size == 0) return fail(Code::kFormat, path + " is empty");
  if (log::has_magic(data, size)) {
    return fail(Code::kFormat, path + " is a file of the current format, not of an older one",
                "kvstore verify " + path);
  }
  const auto foreign = log::describe_foreign(data, size, path);
  const Fit fit32 = fit(data, size, PlainFormat::kPlain32);
  const Fit fit64 = fit(data, size, PlainFormat::kPlain64);
  const bool only32 =
      fit32.likely() && (!fit64.likely() || (fit32.to_the_end && !fit64.to_the_end));
  const bool only64 =
      fit64.likely() && (!fit32.likely() || (fit64.to_the_end && !fit32.to_the_end));
  if (only32) return PlainFormat::kPlain32;
  if (only64) return PlainFormat::kPlain64;
  if (foreign) return fail(*foreign);
  if (fit32.likely()) return unclear(path, "could be of either of the older formats");
  return unclear(path, "is neither a kvstore file nor one of the older formats");
}

Result<PlainFormat> detect_plain(file::FileSystem& files, const std::string& path) {
  KV_ASSIGN(const auto file, files.open(path, file::Mode::kReadOnly));
  return detect_plain(file->data(), file->size(), path);
}

}  // namespace kvstore::maint
