// BITFIELD, BITFIELD_RO.
#include "src/command/rows/bit_fields.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "src/command/bit_field.h"
#include "src/command/call.h"
#include "src/command/edit.h"
#include "src/command/errors.h"
#include "src/command/numbers.h"
#include "src/command/value_part.h"
#include "src/command/words.h"

namespace kvstore::command::handlers {
namespace {

enum class FieldAction : std::uint8_t { kGet, kSet, kIncrement };

struct FieldOperation {
  FieldAction kind = FieldAction::kGet;
  BitFieldType type;
  std::uint64_t at = 0;  // first bit
  std::int64_t number = 0;
  Overflow overflow = Overflow::kWrap;

  std::uint64_t end() const { return at + type.bits; }
};

Failure bad_type(const Call& call, std::string_view word) {
  Failure failure = bad_number(word, "the type of an integer, as i16 or u8", usage(call.row));
  failure.redis =
      "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but "
      "i64 is.";
  return failure;
}

Failure bad_offset(const Call& call, std::string_view word) {
  Failure failure = bad_number(word, "the number of a bit", usage(call.row));
  failure.redis = "ERR bit offset is not an integer or out of range";
  return failure;
}

Failure too_far(std::uint64_t size) {
  return {Code::kTooBig,
          fmt::format("the value would have {} bytes; the limit is {}", size, kMaxValueSize),
          {},
          "ERR bit offset is not an integer or out of range"};
}

// Parses a bit offset or, after #, an offset in units of the type's size.
Checked<std::uint64_t> take_offset(const Call& call, std::string_view word, BitFieldType type) {
  const bool is_of_fields = word.starts_with('#');
  const auto number = parse_protocol_count(word.substr(is_of_fields ? 1 : 0));
  std::int64_t offset = 0;
  const std::int64_t unit = is_of_fields ? type.bits : 1;
  const bool is_number = number && !__builtin_mul_overflow(*number, unit, &offset);
  if (is_number && offset >= 0 && static_cast<std::uint64_t>(offset) / 8 < kMaxValueSize) {
    return static_cast<std::uint64_t>(offset);
  }
  return fail(bad_offset(call, word));
}

Checked<Overflow> take_overflow(const Call& call, std::string_view word) {
  constexpr std::pair<std::string_view, Overflow> kWords[] = {
      {"WRAP", Overflow::kWrap}, {"SAT", Overflow::kSaturate}, {"FAIL", Overflow::kFail}};
  for (const auto& [name, overflow] : kWords) {
    if (same_word(word, name)) return overflow;
  }
  Failure failure = unknown_option(call.row, word);
  failure.redis = "ERR Invalid OVERFLOW type specified";
  return fail(std::move(failure));
}

// The operation at args[at], if it has all of its words.
std::optional<FieldAction> kind_at(Args args, std::size_t at) {
  const std::size_t left = args.size() - at - 1;
  if (same_word(args[at], "GET") && left >= 2) return FieldAction::kGet;
  if (same_word(args[at], "SET") && left >= 3) return FieldAction::kSet;
  if (same_word(args[at], "INCRBY") && left >= 3) return FieldAction::kIncrement;
  return std::nullopt;
}

Checked<FieldOperation> take_field_operation(const Call& call, std::size_t at, FieldAction kind) {
  FieldOperation operation{.kind = kind, .type = {}};
  const auto type = parse_bit_field_type(call.args[at + 1]);
  if (!type) return fail(bad_type(call, call.args[at + 1]));
  operation.type = *type;
  KV_ASSIGN(operation.at, take_offset(call, call.args[at + 2], *type));
  if (kind == FieldAction::kGet) return operation;
  const auto number = parse_protocol_count(call.args[at + 3]);
  if (!number) return fail(bad_number(call.args[at + 3], "a whole number", usage(call.row)));
  operation.number = *number;
  return operation;
}

Checked<std::vector<FieldOperation>> take_operations(const Call& call) {
  const Args args = call.args;
  std::vector<FieldOperation> operations;
  Overflow overflow = Overflow::kWrap;
  for (std::size_t at = 2; at < args.size();) {
    const auto kind = kind_at(args, at);
    if (!kind && same_word(args[at], "OVERFLOW") && at + 1 < args.size()) {
      KV_ASSIGN(overflow, take_overflow(call, args[at + 1]));
      at += 2;
      continue;
    }
    if (!kind) return fail(unknown_option(call.row, args[at]));
    KV_ASSIGN(FieldOperation operation, take_field_operation(call, at, *kind));
    operation.overflow = overflow;
    operations.push_back(operation);
    at += *kind == FieldAction::kGet ? 3 : 4;
  }
  return operations;
}

bool writes(const FieldOperation& operation) { return operation.kind != FieldAction::kGet; }

// The size that the value needs for the writes.
std::uint64_t bytes_written(const std::vector<FieldOperation>& operations) {
  std::uint64_t bits = 0;
  for (const FieldOperation& operation : operations) {
    if (writes(operation)) bits = std::max(bits, operation.end());
  }
  return (bits + 7) / 8;
}

// For a command that only reads: reads the needed bytes only, as of one moment.
Outcome read_fields(Call& call, const std::vector<FieldOperation>& operations) {
  KV_ASSIGN(const Moment now, call.data().moment());
  KV_ASSIGN(const auto info, now.stat(call.args[1]));
  call.data().answers(call.args[1], info.has_value());
  KV_TRY(check_string(call.args[1], info));
  std::vector<std::int64_t> fields;
  fields.reserve(operations.size());
  std::string bytes;
  for (const FieldOperation& operation : operations) {
    const std::uint64_t first = operation.at / 8;
    bytes.clear();
    KV_TRY(now.read(call.args[1], static_cast<std::int64_t>(first),
                    (operation.end() + 7) / 8 - first, &bytes));
    fields.push_back(read_bit_field(bytes, operation.at % 8, operation.type));
  }
  call.reply.begin(Aggregate::kArray, fields.size());
  for (const std::int64_t field : fields) call.reply.integer(field);
  call.reply.end();
  return {};
}

using Answer = std::optional<std::int64_t>;

Answer carry_out(const FieldOperation& operation, std::span<char> bytes, bool* is_changed) {
  const std::int64_t old = read_bit_field(bytes, operation.at, operation.type);
  if (!writes(operation)) return old;
  const bool sets = operation.kind == FieldAction::kSet;
  const auto value =
      sets ? fit_bit_field(operation.number, operation.type, operation.overflow)
           : add_to_bit_field(old, operation.number, operation.type, operation.overflow);
  if (!value) return std::nullopt;
  write_bit_field(bytes, operation.at, operation.type, *value);
  *is_changed |= *value != old;
  return sets ? old : *value;
}

}  // namespace

Outcome read_bit_fields(Call& call) {
  KV_ASSIGN(const auto operations, take_operations(call));
  if (std::none_of(operations.begin(), operations.end(), writes)) {
    return read_fields(call, operations);
  }
  return fail(Failure(Code::kSyntax, "BITFIELD_RO only reads",
                      "BITFIELD, or BITFIELD_RO key GET u8 0",
                      "ERR BITFIELD_RO only supports the GET subcommand"));
}

Outcome change_bit_fields(Call& call) {
  KV_ASSIGN(const auto operations, take_operations(call));
  if (std::none_of(operations.begin(), operations.end(), writes)) {
    return read_fields(call, operations);
  }
  const std::uint64_t size = bytes_written(operations);
  if (size > kMaxValueSize) return fail(too_far(size));
  std::vector<Answer> answers;
  Outcome done = edit_bytes(call, size, key_event::kSetBit, [&](std::span<char> bytes) {
    bool is_changed = false;
    for (const FieldOperation& operation : operations) {
      answers.push_back(carry_out(operation, bytes, &is_changed));
    }
    return is_changed;
  });
  if (!done) return done;
  call.reply.begin(Aggregate::kArray, answers.size());
  for (const Answer& answer : answers) {
    if (answer)
      call.reply.integer(*answer);
    else
      call.reply.missing();
  }
  call.reply.end();
  return {};
}

}  // namespace kvstore::command::handlers
