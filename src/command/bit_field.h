// Integers of up to 64 bits within a value's bits, as BITFIELD has them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kvstore::command {

// How an integer that a field cannot hold is made to fit: its low bits, the nearest the field can
// hold, or not at all.
enum class Overflow : std::uint8_t { kWrap, kSaturate, kFail };

struct BitFieldType {
  bool is_signed = false;
  unsigned bits = 0;  // 1 to 64, of an unsigned one to 63
};

// "i16", "u8"; nullopt if it is no such type.
std::optional<BitFieldType> parse_bit_field_type(std::string_view word);

// What the field at a bit of `bytes` holds; behind their end all bits are 0.
std::int64_t read_bit_field(std::span<const char> bytes, std::uint64_t at, BitFieldType type);
// `bytes` must reach to its end. Of `value` the field's low bits are taken.
void write_bit_field(std::span<char> bytes, std::uint64_t at, BitFieldType type,
                     std::int64_t value);

// `value` as a field of the type takes it; nullopt: it does not. As in Redis, a negative number for
// an unsigned field is taken for the large one of the same 64 bits.
std::optional<std::int64_t> fit_bit_field(std::int64_t value, BitFieldType type, Overflow overflow);
// The sum of what a field holds and `by`, in the same way.
std::optional<std::int64_t> add_to_bit_field(std::int64_t old, std::int64_t by, BitFieldType type,
                                             Overflow overflow);

}  // namespace kvstore::command
