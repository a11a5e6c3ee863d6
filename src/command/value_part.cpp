#include "src/command/value_part.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "src/command/quote.h"
#include "src/command/streams.h"

namespace kvstore::command {
namespace {

// A value of up to this size is held rather than read twice.
constexpr std::uint64_t kHeldIfPossible = std::uint64_t{1} << 20;

Outcome reply_held(const Call& call, bool found, const std::string& value) {
  if (found)
    call.reply.value(value);
  else
    call.reply.missing();
  return {};
}

Outcome read_held(const Call& call, const ValuePart& part) {
  std::string& value = call.session.scratch();
  KV_ASSIGN(const bool found,
            call.data().read(part.key, part.offset, part.length, &value, part.at));
  return reply_held(call, found, value);
}

// All of a value, or TOOBIG.
Outcome get_held(const Call& call, const ValuePart& part) {
  std::string& value = call.session.scratch();
  KV_ASSIGN(const bool found, call.data().get(part.key, &value, part.at));
  return reply_held(call, found, value);
}

// Longer than a held reply should be: as a stream of one version, read through
// once before the first byte is sent. Up to kHeldIfPossible that costs more than
// the memory does, if it is to be had.
Outcome read_long(const Call& call, const ValuePart& part) {
  KV_ASSIGN(const auto info, call.data().stat(part.key, part.at));
  if (!info) return reply_held(call, false, {});
  const std::uint64_t begin = begin_of(part.offset, info->size);
  const std::uint64_t end = begin + std::min(part.length, info->size - begin);
  if (part.is_whole && end < info->size) return get_held(call, part);  // TOOBIG
  // Beside the value, its copy for the wire.
  if (end - begin <= kHeldIfPossible && call.session.take_memory(2 * (end - begin))) {
    return read_held(call, part);
  }
  // What a transaction has written is no version yet, of which a stream could be. Of what EXEC
  // executes only all of the replies could be one.
  if (info->seq == 0 || !call.session.streams()) {
    KV_TRY(call.session.take_memory(2 * (end - begin)));
    return read_held(call, part);
  }
  auto stream = std::make_unique<ValueStream>(call.store(), part.key, begin, end, info->seq);
  KV_TRY(stream->verify());
  call.reply.stream(std::move(stream));
  return {};
}

}  // namespace

std::uint64_t begin_of(std::int64_t offset, std::uint64_t size) {
  if (offset >= 0) return std::min(static_cast<std::uint64_t>(offset), size);
  return size - std::min(std::uint64_t{0} - static_cast<std::uint64_t>(offset), size);
}

Status check_string(std::string_view key, const std::optional<KeyInfo>& info) {
  if (!info || info->type == ValueType::kString) return {};
  return fail(Code::kType, fmt::format("key {} is a sorted set, not a string", quote(key)),
              "ZRANGE key 0 -1, or TYPE key");
}

// Most values are short, and known to be so once they were read.
Outcome reply_part(const Call& call, const ValuePart& part) {
  if (part.is_whole && !call.session.streams()) return get_held(call, part);
  const std::uint64_t most = call.session.stream_above();
  if (part.length <= most) return read_held(call, part);
  std::string& value = call.session.scratch();
  KV_ASSIGN(const bool found, call.data().read(part.key, part.offset, most + 1, &value, part.at));
  return value.size() > most ? read_long(call, part) : reply_held(call, found, value);
}

}  // namespace kvstore::command
