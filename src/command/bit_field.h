// Integers of up to 64 bits at any bit of a value, as in BITFIELD.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kvstore::command {

// Treatment of an integer that does not fit a field: use its low bits, use the nearest value that
// fits, or fail.
enum class Overflow : std::uint8_t { kWrap, kSaturate, kFail };

struct BitFieldType {
  bool is_signed = false;
  unsigned bits = 0;  // 1 to 64; 1 to 63 if unsigned
};

// Parses "i16" or "u8"; nullopt if the word is not a type.
std::optional<BitFieldType> parse_bit_field_type(std::string_view word);

// The field at bit `at` of `bytes`; bits after their end are 0.
std::int64_t read_bit_field(std::span<const char> bytes, std::uint64_t at, BitFieldType type);
// Writes the low bits of `value`. `bytes` must cover the field.
void write_bit_field(std::span<char> bytes, std::uint64_t at, BitFieldType type,
                     std::int64_t value);

// `value` converted to the type; nullopt if it does not fit. As in Redis, a negative number for an
// unsigned field is treated as the unsigned number with the same 64 bits.
std::optional<std::int64_t> fit_bit_field(std::int64_t value, BitFieldType type, Overflow overflow);
// The sum of a field's value and `by`, converted likewise.
std::optional<std::int64_t> add_to_bit_field(std::int64_t old, std::int64_t by, BitFieldType type,
                                             Overflow overflow);

}  // namespace kvstore::command
