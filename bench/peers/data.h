// The keys and values of the peers' benchmark: made from numbers by fixed seeds, so that
// every library gets the same bytes and each answer can be checked without a copy of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace peers {

inline constexpr std::size_t kKeySize = 16;

// 16 random bytes.
struct Key {
  char bytes[kKeySize];
  operator std::string_view() const { return {bytes, kKeySize}; }
};

enum class KeySet : std::uint64_t { kStored = 1, kAbsent = 2 };

// Well mixed: used for keys and for the order in which they are read.
std::uint64_t mix(std::uint64_t number);
Key make_key(std::uint64_t number, KeySet set = KeySet::kStored);

// The bytes that belong to a key, as many as set_value_size() said, or 100.
std::string_view value_of(std::string_view key);
void set_value_size(std::size_t size);  // before any is asked for

// What a key's append number `index` adds.
std::string_view piece_of(std::string_view key, std::uint64_t index, std::size_t size);

// Are these the bytes from `offset` of a value grown by appends of piece_size bytes?
bool is_part(std::string_view key, std::size_t piece_size, std::uint64_t offset,
             std::string_view bytes);

// Keys of the rows that stand for an append where a library keeps them as rows: the key,
// and a number in big-endian order.
struct RowKey {
  char bytes[kKeySize + 8];
  operator std::string_view() const { return {bytes, sizeof bytes}; }
};
RowKey row_key(std::string_view key, std::uint64_t number);
std::uint64_t row_number(std::string_view row_key);

// Says what went wrong and ends the program: a benchmark of wrong answers is worth nothing.
[[noreturn]] void fail(const std::string& what);
inline void must(bool right, const char* what) {
  if (!right) fail(what);
}

}  // namespace peers
