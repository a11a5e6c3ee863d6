#include "src/command/bit_field.h"

#include <algorithm>

#include "src/base/check.h"
#include "src/command/numbers.h"

namespace kvstore::command {
namespace {

// Holds the sum of any two fields.
__extension__ using Wide = __int128;

Wide most_of(BitFieldType type) { return (Wide{1} << (type.bits - (type.is_signed ? 1 : 0))) - 1; }
Wide least_of(BitFieldType type) { return type.is_signed ? -most_of(type) - 1 : 0; }

// The low bits as a number of the type.
std::int64_t wrap(std::uint64_t bits, BitFieldType type) {
  if (type.bits == 64) return static_cast<std::int64_t>(bits);
  bits &= (std::uint64_t{1} << type.bits) - 1;
  const bool is_negative = type.is_signed && (bits >> (type.bits - 1) & 1) != 0;
  if (is_negative) bits |= ~std::uint64_t{0} << type.bits;
  return static_cast<std::int64_t>(bits);
}

std::optional<std::int64_t> fit(Wide value, BitFieldType type, Overflow overflow) {
  const Wide least = least_of(type), most = most_of(type);
  const bool fits = value >= least && value <= most;
  if (!fits && overflow == Overflow::kFail) return std::nullopt;
  if (!fits && overflow == Overflow::kWrap) return wrap(static_cast<std::uint64_t>(value), type);
  return static_cast<std::int64_t>(std::clamp(value, least, most));
}

}  // namespace

std::optional<BitFieldType> parse_bit_field_type(std::string_view word) {
  if (!word.starts_with('i') && !word.starts_with('u')) return std::nullopt;
  const bool is_signed = word.front() == 'i';
  const auto bits = parse_protocol_count(word.substr(1));
  if (!bits || *bits < 1 || *bits > (is_signed ? 64 : 63)) return std::nullopt;
  return BitFieldType{is_signed, static_cast<unsigned>(*bits)};
}

std::int64_t read_bit_field(std::span<const char> bytes, std::uint64_t at, BitFieldType type) {
  std::uint64_t bits = 0;
  for (std::uint64_t bit = at; bit < at + type.bits; ++bit) {
    const auto byte = bit / 8 < bytes.size() ? static_cast<unsigned char>(bytes[bit / 8]) : 0u;
    bits = bits << 1 | (byte >> (7 - bit % 8) & 1);
  }
  return wrap(bits, type);
}

void write_bit_field(std::span<char> bytes, std::uint64_t at, BitFieldType type,
                     std::int64_t value) {
  KV_CHECK(at + type.bits <= std::uint64_t{8} * bytes.size());
  for (std::uint64_t bit = at; bit < at + type.bits; ++bit) {
    const unsigned shift = static_cast<unsigned>(at + type.bits - 1 - bit);
    const bool is_one = (static_cast<std::uint64_t>(value) >> shift & 1) != 0;
    const auto before = static_cast<unsigned char>(bytes[bit / 8]);
    const unsigned mask = 0x80u >> bit % 8;
    bytes[bit / 8] = static_cast<char>(is_one ? before | mask : before & ~mask);
  }
}

std::optional<std::int64_t> fit_bit_field(std::int64_t value, BitFieldType type,
                                          Overflow overflow) {
  const Wide given = type.is_signed ? Wide{value} : Wide{static_cast<std::uint64_t>(value)};
  return fit(given, type, overflow);
}

std::optional<std::int64_t> add_to_bit_field(std::int64_t old, std::int64_t by, BitFieldType type,
                                             Overflow overflow) {
  return fit(Wide{old} + by, type, overflow);
}

}  // namespace kvstore::command
