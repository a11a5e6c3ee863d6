// BITOP.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <span>
#include <string>

#include "src/command/call.h"
#include "src/command/edit.h"
#include "src/command/errors.h"
#include "src/command/rows/bits.h"
#include "src/command/value_part.h"
#include "src/command/words.h"

namespace kvstore::command::handlers {
namespace {

// Combines each byte of the result with the source's; bytes after the source's end are 0.
template <class Combine>
void fold(std::string_view source, std::span<char> result) {
  constexpr Combine kCombine;
  std::size_t at = 0;
  for (; at < source.size(); ++at) result[at] = kCombine(result[at], source[at]);
  for (; at < result.size(); ++at) result[at] = kCombine(result[at], '\0');
}

struct Invert {
  constexpr char operator()(char, char source) const { return static_cast<char>(~source); }
};

struct BitOperation {
  std::string_view name;
  char neutral;  // initial value of the result
  void (*combine)(std::string_view source, std::span<char> result);
};

constexpr BitOperation kBitOperators[] = {
    {"AND", '\xff', fold<std::bit_and<char>>},
    {"OR", '\0', fold<std::bit_or<char>>},
    {"XOR", '\0', fold<std::bit_xor<char>>},
    {"NOT", '\0', fold<Invert>},
};

Checked<const BitOperation*> take_bit_operation(const Call& call) {
  const auto* const found =
      std::find_if(std::begin(kBitOperators), std::end(kBitOperators),
                   [&](const BitOperation& one) { return same_word(one.name, call.args[1]); });
  if (found == std::end(kBitOperators)) return fail(unknown_option(call.row, call.args[1]));
  if (found->name == "NOT" && call.args.size() != 4) {
    return fail(Failure(Code::kArity, "BITOP NOT takes one key beside the destination",
                        "BITOP NOT destination key",
                        "ERR BITOP NOT must be called with a single source key."));
  }
  return found;
}

// The size of the longest source; a missing key has size 0.
Checked<std::uint64_t> size_of_result(const Call& call, Edit& data, Args sources) {
  std::uint64_t size = 0;
  for (const std::string_view key : sources) {
    KV_ASSIGN(const auto info, data.stat(key));
    call.data().answers(key, info.has_value());
    KV_TRY(check_string(key, info));
    if (info) size = std::max(size, info->size);
  }
  return size;
}

}  // namespace

// Holds the result and one source at a time.
Outcome combine_bits(Call& call) {
  KV_ASSIGN(const BitOperation* operation, take_bit_operation(call));
  const Args sources = call.args.subspan(3);
  std::string result, source;
  Outcome done = edit(call, [&](Edit& data) -> Outcome {
    KV_ASSIGN(const std::uint64_t size, size_of_result(call, data, sources));
    if (size == 0) {
      KV_TRY(data.remove(call.args[2]));
      return {};
    }
    KV_TRY(call.session.take_memory(2 * size));
    for (const std::string_view key : sources) {
      source.clear();
      KV_TRY(data.get(key, &source));
      if (result.empty()) result.assign(size, operation->neutral);
      operation->combine(source, result);
    }
    std::string().swap(source);
    KV_TRY(data.change_held(call.args[2], result, 0, key_event::kSet));
    return {};
  });
  if (!done) return done;
  call.reply.integer(static_cast<std::int64_t>(result.size()));
  return {};
}

}  // namespace kvstore::command::handlers
