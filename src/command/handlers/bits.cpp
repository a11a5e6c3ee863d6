// SETBIT, GETBIT, BITCOUNT, BITPOS.
#include "src/command/rows/bits.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "src/base/bit_strings.h"
#include "src/command/call.h"
#include "src/command/edit.h"
#include "src/command/errors.h"
#include "src/command/numbers.h"
#include "src/command/value_part.h"
#include "src/command/words.h"

namespace kvstore::command::handlers {
namespace {

// The limit of Redis: the last bit of 512 MiB.
constexpr std::int64_t kMaxBit = std::int64_t{kMaxValueSize} * 8 - 1;
constexpr std::uint64_t kPieceSize = std::uint64_t{64} << 10;

Checked<std::int64_t> take_bit_offset(const Call& call) {
  const auto offset = parse_protocol_count(call.args[2]);
  if (offset && *offset >= 0 && *offset <= kMaxBit) return *offset;
  Failure failure = bad_number(call.args[2], "the number of a bit", usage(call.row));
  failure.redis = "ERR bit offset is not an integer or out of range";
  return fail(std::move(failure));
}

Checked<bool> take_bit(const Call& call, std::size_t at, const char* redis) {
  const auto bit = parse_protocol_count(call.args[at]);
  if (bit && (*bit == 0 || *bit == 1)) return *bit == 1;
  Failure failure = bad_number(call.args[at], "0 or 1", usage(call.row));
  if (bit || at == 3) failure.redis = redis;
  return fail(std::move(failure));
}

bool bit_of(unsigned char byte, std::int64_t offset) { return (byte >> (7 - offset % 8) & 1) != 0; }

// Bits [begin, end) of a value.
struct Bits {
  std::int64_t begin = 0, end = 0;
  bool has_end = false;  // the end was given explicitly
};

enum class RangeOf : std::uint8_t { kCount, kPosition };

// A range as given; each command checks the words in Redis' order.
struct RangeWords {
  std::int64_t first = 0, last = -1;
  bool in_bits = false;
};
Outcome take_unit(const Call& call, std::size_t at, RangeWords* words) {
  if (at >= call.args.size()) return {};
  words->in_bits = same_word(call.args[at], "BIT");
  if (words->in_bits || same_word(call.args[at], "BYTE")) return {};
  return fail(unknown_option(call.row, call.args[at]));
}
Outcome take_end(const Call& call, std::size_t at, std::int64_t* end) {
  if (at >= call.args.size()) return {};
  const auto number = parse_protocol_count(call.args[at]);
  if (!number) return fail(bad_number(call.args[at], "a whole number", usage(call.row)));
  *end = *number;
  return {};
}

// Bits from `first` to `last`; negative ones count from the end.
Bits bits_of(RangeWords words, std::int64_t size, bool has_end) {
  const std::int64_t units = words.in_bits ? size * 8 : size, width = words.in_bits ? 1 : 8;
  for (std::int64_t* const end : {&words.first, &words.last}) {
    *end = std::max<std::int64_t>(*end < 0 ? *end + units : *end, 0);
  }
  words.last = std::min(words.last, units - 1);
  if (words.first > words.last) return {0, 0, has_end};
  return {words.first * width, (words.last + 1) * width, has_end};
}

// Parses args[from..]: nothing, or `start end [BYTE|BIT]`; BITPOS also accepts `start` alone.
Checked<Bits> take_range(const Call& call, std::size_t from, std::int64_t size, RangeOf what) {
  const std::size_t given = call.args.size() - std::min(from, call.args.size());
  if (given == 0) return Bits{0, size * 8, false};
  if (given == 1 && what == RangeOf::kCount) return fail(unknown_option(call.row, call.args[from]));
  if (given > 3) return fail(unknown_option(call.row, call.args[from + 3]));
  RangeWords words;
  KV_TRY(take_end(call, from, &words.first));
  if (what == RangeOf::kPosition) KV_TRY(take_unit(call, from + 2, &words));
  KV_TRY(take_end(call, from + 1, &words.last));
  if (what == RangeOf::kCount) {
    if (words.first < 0 && words.last < 0 && words.first > words.last) return Bits{0, 0, true};
    KV_TRY(take_unit(call, from + 2, &words));
  }
  return bits_of(words, size, given > 1);
}

// Visits the bytes of a value that contain the bits, in pieces; false stops.
using Visit = std::function<bool(std::string_view bytes, std::int64_t first_byte)>;
Status read_bytes(const Moment& now, std::string_view key, const Bits& bits, const Visit& visit) {
  std::string piece;
  const std::int64_t end = (bits.end + 7) / 8;
  for (std::int64_t at = bits.begin / 8; at < end; at += static_cast<std::int64_t>(piece.size())) {
    const std::uint64_t wanted =
        std::min<std::uint64_t>(kPieceSize, static_cast<std::uint64_t>(end - at));
    KV_TRY(now.read(key, at, wanted, &piece));
    if (piece.empty() || !visit(piece, at)) break;
  }
  return {};
}

// A byte of the value in which bits outside of `bits` are set to `filler`.
unsigned char within(const Bits& bits, std::int64_t byte, unsigned char value, bool filler) {
  unsigned mask = 0xff;
  if (byte * 8 < bits.begin) mask &= 0xffu >> (bits.begin - byte * 8);
  if (byte * 8 + 8 > bits.end) mask &= 0xffu << (byte * 8 + 8 - bits.end);
  return static_cast<unsigned char>(filler ? value | ~mask : value & mask);
}

// How many bits of it outside of `bits` are 1.
std::int64_t ones_outside(const Bits& bits, std::int64_t byte, char value) {
  const auto all = static_cast<unsigned char>(value);
  return std::popcount(all) - std::popcount(within(bits, byte, all, false));
}

std::int64_t size_of(const KeyInfo& info) { return static_cast<std::int64_t>(info.size); }

}  // namespace

Outcome set_bit(Call& call) {
  KV_ASSIGN(const std::int64_t offset, take_bit_offset(call));
  KV_ASSIGN(const bool bit, take_bit(call, 3, "ERR bit is not an integer or out of range"));
  bool old = false;
  const auto at = static_cast<std::size_t>(offset / 8);
  Outcome done = edit_bytes(call, at + 1, key_event::kSetBit, [&](std::span<char> bytes) {
    const auto before = static_cast<unsigned char>(bytes[at]);
    old = bit_of(before, offset);
    const unsigned mask = 0x80u >> offset % 8;
    bytes[at] = static_cast<char>(bit ? before | mask : before & ~mask);
    return old != bit;
  });
  if (!done) return done;
  call.reply.integer(old ? 1 : 0);
  return {};
}

Outcome get_bit(Call& call) {
  KV_ASSIGN(const std::int64_t offset, take_bit_offset(call));
  std::string byte;
  KV_TRY(call.data().read(call.args[1], offset / 8, 1, &byte, {}));
  const bool bit = !byte.empty() && bit_of(static_cast<unsigned char>(byte[0]), offset);
  call.reply.integer(bit ? 1 : 0);
  return {};
}

Outcome count_bits(Call& call) {
  KV_ASSIGN(const Moment now, call.data().moment());
  KV_ASSIGN(const auto info, now.stat(call.args[1]));
  KV_TRY(check_string(call.args[1], info));
  if (!info) {
    call.reply.integer(0);
    return {};
  }
  KV_ASSIGN(const Bits bits, take_range(call, 2, size_of(*info), RangeOf::kCount));
  std::int64_t count = 0;
  KV_TRY(read_bytes(now, call.args[1], bits, [&](std::string_view bytes, std::int64_t first) {
    count += static_cast<std::int64_t>(count_ones(bytes));
    // Only the first and the last byte may have bits outside.
    count -= ones_outside(bits, first, bytes.front());
    if (bytes.size() > 1) {
      count -= ones_outside(bits, first + static_cast<std::int64_t>(bytes.size()) - 1, bytes.back());
    }
    return true;
  }));
  call.reply.integer(count);
  return {};
}

// Bits after the end of a value are 0, unless the end was given explicitly.
Outcome find_bit(Call& call) {
  KV_ASSIGN(const bool bit, take_bit(call, 2, "ERR The bit argument must be 1 or 0."));
  KV_ASSIGN(const Moment now, call.data().moment());
  KV_ASSIGN(const auto info, now.stat(call.args[1]));
  KV_TRY(check_string(call.args[1], info));
  if (!info) {
    call.reply.integer(bit ? -1 : 0);
    return {};
  }
  KV_ASSIGN(const Bits bits, take_range(call, 3, size_of(*info), RangeOf::kPosition));
  std::int64_t found = -1;
  KV_TRY(read_bytes(now, call.args[1], bits, [&](std::string_view bytes, std::int64_t first) {
    for (std::size_t i = 0; i < bytes.size() && found < 0; ++i) {
      // The first and the last byte may have bits outside.
      if (i > 0) i += first_other_than(bit ? 0x00 : 0xff, bytes.substr(i, bytes.size() - 1 - i));
      const std::int64_t at = first + static_cast<std::int64_t>(i);
      unsigned char byte = within(bits, at, static_cast<unsigned char>(bytes[i]), !bit);
      if (!bit) byte = static_cast<unsigned char>(~byte);
      if (byte != 0) found = at * 8 + std::countl_zero(byte);
    }
    return found < 0;
  }));
  const bool is_empty = bits.begin >= bits.end;
  if (found < 0 && !bit && !bits.has_end && !is_empty) found = bits.end;
  call.reply.integer(found);
  return {};
}

}  // namespace kvstore::command::handlers
