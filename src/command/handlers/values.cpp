// CREATE, SET, GET, APPEND, READ, STRLEN: one key's value.
#include "src/command/rows/values.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "src/command/arguments.h"
#include "src/command/call.h"
#include "src/command/errors.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/streams.h"
#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::command::handlers {
namespace {

// --- SET's options

// EX, PX, EXAT, PXAT: what their number counts, and from when.
struct ExpiryOption {
  std::string_view name;
  bool in_seconds = false;
  bool from_now = false;  // else from 1970
};
constexpr ExpiryOption kExpiryOptions[] = {
    {"EX", true, true}, {"PX", false, true}, {"EXAT", true, false}, {"PXAT", false, false}};

const ExpiryOption* find_expiry_option(std::string_view word) {
  const auto found = std::find_if(std::begin(kExpiryOptions), std::end(kExpiryOptions),
                                  [word](const auto& option) { return same_word(word, option.name); });
  return found == std::end(kExpiryOptions) ? nullptr : found;
}

// What cannot be told in milliseconds since 1970 is out of range. A moment that has passed is
// none: the key is there, and has expired.
std::optional<std::uint64_t> expiry_ms(std::string_view count, const ExpiryOption& option,
                                       std::uint64_t now_ms) {
  const std::uint64_t from = option.from_now ? now_ms : 0;
  const std::uint64_t unit = option.in_seconds ? 1000 : 1;
  const auto number = parse_unsigned(count);
  if (!number || *number == 0 || *number > (INT64_MAX - from) / unit) return {};
  return from + *number * unit;
}

bool is_too_large(std::string_view count) {
  return !count.empty() && count.find_first_not_of("0123456789") == count.npos &&
         count.find_first_not_of('0') != count.npos;
}

Failure bad_expiry(std::string_view count, bool in_seconds) {
  Failure failure = is_too_large(count)
                        ? bad_number(count, "a time that can be stored: it is too large",
                                     "SET key value EX 60, or no EX for a key that never expires")
                        : bad_number(count,
                                     in_seconds ? "a number of seconds of 1 or more"
                                                : "a number of milliseconds of 1 or more",
                                     "SET key value EX 60");
  if (parse_integer(count)) failure.redis = "ERR invalid expire time in 'set' command";
  return failure;
}

Failure bad_option(std::string message, std::string hint) {
  return {Code::kSyntax, std::move(message), std::move(hint), "ERR syntax error"};
}

// Redis' options that are not (yet) here. Whoever writes one means an option, and
// what it asks for must not silently not happen.
bool is_redis_option(std::string_view word) {
  constexpr std::string_view kWords[] = {"XX",   "GET",  "KEEPTTL", "IFEQ",
                                         "IFNE", "IFDEQ", "IFDNE"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [word](std::string_view option) { return same_word(word, option); });
}

// What is no option is most likely a value whose quotes were forgotten.
Failure not_an_option(const Call& call, std::size_t at) {
  const Command& set = original(call.row);
  const std::string_view word = call.args[at];
  if (is_redis_option(word)) {
    return bad_option(fmt::format("SET does not support the option {}", quote(word)), usage(set));
  }
  std::string hint = with_quotes(call.args, 2);
  if (!hint.empty()) hint += ", with ";
  hint += "quotes around a value that holds blanks";
  Failure failure = unknown_option(set, word);
  failure.error = {Code::kArity,
                   fmt::format("SET takes one value: {} is not an option", quote(word)),
                   std::move(hint)};
  return failure;
}

// The option at args[at], and the number that follows.
Checked<std::uint64_t> take_expiry(const Call& call, std::size_t at, const ExpiryOption& option) {
  if (at + 1 == call.args.size()) {
    const std::string_view number = option.from_now ? option.in_seconds ? "60" : "60000"
                                    : option.in_seconds ? "1893456000"
                                                        : "1893456000000";
    return fail(needs_value(
        option.name,
        fmt::format("a number of {}seconds{}", option.in_seconds ? "" : "milli",
                    option.from_now ? "" : " since 1970"),
        fmt::format("SET key value {} {}", option.name, number)));
  }
  const std::string_view count = call.args[at + 1];
  const auto at_ms = expiry_ms(count, option, call.store().now_us() / 1000);
  if (!at_ms) return fail(bad_expiry(count, option.in_seconds));
  return *at_ms;
}

Checked<WriteOptions> take_set_options(const Call& call) {
  WriteOptions options;
  for (std::size_t i = 3; i < call.args.size(); ++i) {
    if (same_word(call.args[i], "NX")) {
      options.only_if_absent = true;
      continue;
    }
    const ExpiryOption* const expiry = find_expiry_option(call.args[i]);
    if (expiry == nullptr) return fail(not_an_option(call, i));
    if (options.expires_at_ms != 0) {
      return fail(bad_option("one of EX, PX, EXAT and PXAT can be given, once",
                             "SET key value EX 60"));
    }
    KV_ASSIGN(options.expires_at_ms, take_expiry(call, i++, *expiry));
  }
  return options;
}

// --- parts of values

// What of a value a command asks for.
struct Part {
  std::string_view key;
  std::int64_t offset = 0;
  std::uint64_t length = kMaxValueSize;
  bool is_whole = false;  // GET: TOOBIG if it is longer than that
  At at;
};

// A value of up to this size is held rather than read twice.
constexpr std::uint64_t kHeldIfPossible = std::uint64_t{1} << 20;

Outcome reply_held(const Call& call, bool found, const std::string& value) {
  if (found)
    call.reply.value(value);
  else
    call.reply.missing();
  return {};
}

Outcome read_held(const Call& call, const Part& part) {
  std::string& value = call.session.scratch();
  KV_ASSIGN(const bool found,
            call.data().read(part.key, part.offset, part.length, &value, part.at));
  return reply_held(call, found, value);
}

// All of a value, or TOOBIG.
Outcome get_held(const Call& call, const Part& part) {
  std::string& value = call.session.scratch();
  KV_ASSIGN(const bool found, call.data().get(part.key, &value, part.at));
  return reply_held(call, found, value);
}

// Where a READ begins: negative offsets count from the end.
std::uint64_t begin_of(std::int64_t offset, std::uint64_t size) {
  if (offset >= 0) return std::min(static_cast<std::uint64_t>(offset), size);
  return size - std::min(std::uint64_t{0} - static_cast<std::uint64_t>(offset), size);
}

// Longer than a held reply should be: as a stream of one version, read through
// once before the first byte is sent. Up to kHeldIfPossible that costs more than
// the memory does, if it is to be had.
Outcome read_long(const Call& call, const Part& part) {
  KV_ASSIGN(const auto info, call.data().stat(part.key, part.at));
  if (!info) return reply_held(call, false, {});
  const std::uint64_t begin = begin_of(part.offset, info->size);
  const std::uint64_t end = begin + std::min(part.length, info->size - begin);
  if (part.is_whole && end < info->size) return get_held(call, part);  // TOOBIG
  // Beside the value, its copy for the wire.
  if (end - begin <= kHeldIfPossible && call.session.take_memory(2 * (end - begin))) {
    return read_held(call, part);
  }
  // What a transaction has written is no version yet, of which a stream could be.
  if (info->seq == 0) {
    KV_TRY(call.session.take_memory(2 * (end - begin)));
    return read_held(call, part);
  }
  auto stream = std::make_unique<ValueStream>(call.store(), part.key, begin, end, info->seq);
  KV_TRY(stream->verify());
  call.reply.stream(std::move(stream));
  return {};
}

// Most values are short, and known to be so once they were read.
Outcome read_or_stream(const Call& call, const Part& part) {
  const std::uint64_t most = call.session.stream_above();
  if (part.length <= most) return read_held(call, part);
  std::string& value = call.session.scratch();
  KV_ASSIGN(const bool found, call.data().read(part.key, part.offset, most + 1, &value, part.at));
  return value.size() > most ? read_long(call, part) : reply_held(call, found, value);
}

// A length beyond what one reply may hold is fine as long as the value ends
// before that.
Status fits_a_reply(const Call& call, const Part& part) {
  KV_ASSIGN(const auto info, call.data().stat(part.key, part.at));
  if (!info) return {};
  const std::uint64_t skipped = begin_of(part.offset, info->size);
  if (info->size - skipped <= kMaxValueSize) return {};
  return fail(Code::kTooBig,
              fmt::format("{} bytes are there to read, the limit is {}", info->size - skipped,
                          kMaxValueSize),
              fmt::format("READ key {} {}, then from offset {} on", part.offset, kMaxValueSize,
                          skipped + kMaxValueSize));
}

}  // namespace

Outcome create(Call& call) {
  WriteOptions options;
  options.only_if_absent = true;
  const auto written = call.data().set(call.args[1], {}, options);
  if (written) {
    call.reply.ok();
    return {};
  }
  if (written.error().code != Code::kExists) return fail(written.error());
  return fail(Code::kExists, fmt::format("the key {} is there already", quote(call.args[1])),
              "SET to replace its value, APPEND to add to it, DELETE to remove it");
}

Outcome set(Call& call) {
  KV_ASSIGN(const WriteOptions options, take_set_options(call));
  const auto written = call.data().set(call.args[1], call.args[2], options);
  if (written)
    call.reply.ok();
  else if (written.error().code == Code::kExists)
    call.reply.missing();  // NX, as in Redis
  else
    return fail(written.error());
  return {};
}

Outcome get(Call& call) {
  Part part{.key = call.args[1], .is_whole = true, .at = {}};
  KV_ASSIGN(part.at, take_at(call, 2));
  return call.session.streams() ? read_or_stream(call, part) : get_held(call, part);
}

Outcome append(Call& call) {
  KV_ASSIGN(const std::uint64_t size, call.data().append(call.args[1], call.args[2]));
  call.reply.integer(static_cast<std::int64_t>(size));
  return {};
}

Outcome read(Call& call) {
  const auto offset = parse_integer(call.args[2]);
  if (!offset) {
    return fail(
        bad_number(call.args[2], "an offset", "READ key 0 100, or READ key -100 100 for the end"));
  }
  const auto length = parse_unsigned(call.args[3]);
  if (!length) return fail(bad_number(call.args[3], "a length of 0 or more", "READ key 0 100"));
  Part part{.key = call.args[1], .offset = *offset, .length = *length, .at = {}};
  KV_ASSIGN(part.at, take_at(call, 4));
  if (part.length > kMaxValueSize) {
    KV_TRY(fits_a_reply(call, part));
    part.length = kMaxValueSize;
  }
  return read_or_stream(call, part);
}

Outcome strlen(Call& call) {
  KV_ASSIGN(const auto info, call.data().stat(call.args[1]));
  call.reply.integer(info ? static_cast<std::int64_t>(info->size) : 0);
  return {};
}

}  // namespace kvstore::command::handlers
