#include "src/command/value_part.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "src/base/civil_time.h"
#include "src/command/quote.h"
#include "src/command/streams.h"
#include "src/command/version_name.h"

namespace kvstore::command {
namespace {

// A value of up to this size is held instead of being read twice.
constexpr std::uint64_t kHeldIfPossible = std::uint64_t{128} << 10;

Outcome reply_held(const Call& call, bool found, const std::string& value) {
  if (found)
    call.reply.value(value);
  else
    call.reply.missing();
  return {};
}

// `data` is the session's Data, or a Moment of it.
template <class Reads>
Outcome read_held(const Call& call, Reads& data, const ValuePart& part) {
  std::string& value = call.session.scratch();
  KV_ASSIGN(const bool found, data.read(part.key, part.offset, part.length, &value, part.at));
  return reply_held(call, found, value);
}

// Replies with the whole value, or TOOBIG.
template <class Reads>
Outcome get_held(const Call& call, Reads& data, const ValuePart& part) {
  std::string& value = call.session.scratch();
  KV_ASSIGN(const bool found, data.get(part.key, &value, part.at));
  return reply_held(call, found, value);
}

// For a value that is too long to be held: streams one version, after reading it once before the
// first byte is sent. Up to kHeldIfPossible it is held nonetheless if there is memory, because
// reading it twice costs more; above, new memory for each reply would cost more than that.
Outcome read_long(const Call& call, const Moment& now, const ValuePart& part) {
  KV_ASSIGN(const auto info, now.stat(part.key, part.at));
  if (!info) return reply_held(call, false, {});
  KV_TRY(check_string(part.key, info));
  const std::uint64_t begin = begin_of(part.offset, info->size);
  const std::uint64_t end = begin + std::min(part.length, info->size - begin);
  if (part.is_whole && end < info->size) return get_held(call, now, part);  // TOOBIG
  // Twice the size: the value, and its copy for the protocol.
  if (end - begin <= kHeldIfPossible && call.session.take_memory(2 * (end - begin))) {
    return read_held(call, now, part);
  }
  // A value written in a transaction has no version yet that could be streamed. Within EXEC only
  // all replies together could be streamed.
  if (info->seq == 0 || !call.session.streams()) {
    KV_TRY(call.session.take_memory(2 * (end - begin)));
    return read_held(call, now, part);
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

// Most values are short, which the first read finds out.
Outcome reply_part(const Call& call, const ValuePart& part) {
  Data& data = call.data();
  if (part.is_whole && !call.session.streams()) return get_held(call, data, part);
  const std::uint64_t most = call.session.stream_above();
  if (part.length <= most) return read_held(call, data, part);
  std::string& value = call.session.scratch();
  KV_ASSIGN(const bool found, data.read(part.key, part.offset, most + 1, &value, part.at));
  if (value.size() <= most) return reply_held(call, found, value);
  KV_ASSIGN(const Moment now, data.moment());
  return read_long(call, now, part);
}

Outcome reply_part(const Call& call, const Moment& now, const ValuePart& part) {
  const bool is_short = part.length <= call.session.stream_above();
  return is_short ? read_held(call, now, part) : read_long(call, now, part);
}

namespace {

void begin_meta(const Call& call, const KeyInfo& info) {
  call.reply.begin(Aggregate::kArray, 6);
  call.reply.integer(static_cast<std::int64_t>(info.seq));
  call.reply.value(iso_time(info.time_us));
  call.reply.value(type_name(info.type));
  call.reply.integer(static_cast<std::int64_t>(info.size));
  if (info.expires_at_ms == 0)
    call.reply.missing();
  else
    call.reply.integer(static_cast<std::int64_t>(info.expires_at_ms));
}

Outcome stream_with_meta(const Call& call, const ValuePart& part, const KeyInfo& info,
                         std::uint64_t begin, std::uint64_t end) {
  auto stream = std::make_unique<ValueStream>(call.store(), part.key, begin, end, info.seq);
  KV_TRY(stream->verify());
  begin_meta(call, info);
  call.reply.stream(std::move(stream));
  call.reply.end();
  return {};
}

}  // namespace

Outcome reply_part_and_meta(const Call& call, const Moment& now, const ValuePart& part) {
  KV_ASSIGN(const auto info, now.stat(part.key, part.at));
  if (!info) return reply_held(call, false, {});
  if (part.length > 0) KV_TRY(check_string(part.key, info));
  const std::uint64_t begin = begin_of(part.offset, info->size);
  const std::uint64_t length = part.is_whole ? call.session.longest_value() : part.length;
  const std::uint64_t end = begin + std::min(length, info->size - begin);
  if (part.is_whole && end < info->size) return get_held(call, now, part);  // TOOBIG
  const bool is_long = end - begin > call.session.stream_above();
  if (is_long && info->seq != 0 && call.session.streams()) {
    return stream_with_meta(call, part, *info, begin, end);
  }
  if (is_long) KV_TRY(call.session.take_memory(2 * (end - begin)));
  std::string& value = call.session.scratch();
  if (begin < end) {
    KV_TRY(now.read(part.key, static_cast<std::int64_t>(begin), end - begin, &value, part.at));
  }
  begin_meta(call, *info);
  call.reply.value(value);
  call.reply.end();
  return {};
}

}  // namespace kvstore::command
