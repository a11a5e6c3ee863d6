// CREATE, SET, GET, APPEND, READ, STRLEN: one key's value.
#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "src/command/arguments.h"
#include "src/command/errors.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/rows.h"
#include "src/command/session.h"
#include "src/command/streams.h"
#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::command {
namespace {

Reply create(Session& session, Args args) {
  WriteOptions options;
  options.only_if_absent = true;
  options.wait = false;
  const auto written = session.store().set(args[1], {}, options);
  if (written) return Reply::ok();
  if (written.error().code != Code::kExists) return Reply::failure(written.error());
  return Reply::failure({Code::kExists, fmt::format("the key {} is there already", quote(args[1])),
                         "SET to replace its value, APPEND to add to it, DELETE to remove it"});
}

struct SetOptions {
  WriteOptions write;
  std::optional<Reply> error;
};

// `EX` and `PX` count from now; what cannot be told in milliseconds since 1970 is
// out of range.
std::optional<std::uint64_t> expiry_ms(std::string_view count, bool in_seconds, std::uint64_t now) {
  const auto number = parse_unsigned(count);
  const std::uint64_t unit = in_seconds ? 1000 : 1;
  if (!number || *number == 0 || *number > (INT64_MAX - now) / unit) return {};
  return now + *number * unit;
}

bool is_too_large(std::string_view count) {
  return !count.empty() && count.find_first_not_of("0123456789") == count.npos &&
         count.find_first_not_of('0') != count.npos;
}

Reply bad_expiry(std::string_view count, bool in_seconds) {
  Reply reply = is_too_large(count)
                    ? bad_number(count, "a time that can be stored: it is too large",
                                 "SET key value EX 60, or no EX for a key that never expires")
                    : bad_number(count, in_seconds ? "a number of seconds of 1 or more"
                                             : "a number of milliseconds of 1 or more",
                           "SET key value EX 60");
  if (parse_integer(count)) reply.text = "ERR invalid expire time in 'set' command";
  return reply;
}

Reply bad_option(std::string message, std::string hint) {
  Reply reply = Reply::failure({Code::kSyntax, std::move(message), std::move(hint)});
  reply.text = "ERR syntax error";
  return reply;
}

// Redis' options that are not (yet) here. Whoever writes one means an option, and
// what it asks for must not silently not happen.
bool is_redis_option(std::string_view word) {
  constexpr std::string_view kWords[] = {"XX",   "GET",  "KEEPTTL", "EXAT", "PXAT",
                                         "IFEQ", "IFNE", "IFDEQ",   "IFDNE"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [word](std::string_view option) { return same_word(word, option); });
}

// What is no option is most likely a value whose quotes were forgotten.
Reply not_an_option(Args args, std::size_t at) {
  const Command& row = *find_command("SET");
  if (is_redis_option(args[at])) {
    return bad_option(fmt::format("SET does not support the option {}", quote(args[at])), usage(row));
  }
  std::string hint = with_quotes(args, 2);
  hint = hint.empty() ? std::string("quotes around a value that holds blanks")
                      : hint + ", with quotes around a value that holds blanks";
  Reply reply = unknown_option(row, args[at]);
  reply.error = {Code::kArity,
                 fmt::format("SET takes one value: {} is not an option", quote(args[at])),
                 std::move(hint)};
  return reply;
}

// EX or PX at args[*i], and the number that follows.
std::optional<Reply> take_expiry(Session& session, Args args, std::size_t* i,
                                 std::uint64_t* expires_at_ms) {
  const bool in_seconds = same_word(args[*i], "EX");
  const std::string name = in_seconds ? "EX" : "PX";
  if (*expires_at_ms != 0) return bad_option("EX and PX can be given once", "SET key value EX 60");
  if (*i + 1 == args.size()) {
    return needs_value(name, in_seconds ? "a number of seconds" : "a number of milliseconds",
                       fmt::format("SET key value {} {}", name, in_seconds ? 60 : 60'000));
  }
  const auto at_ms = expiry_ms(args[++*i], in_seconds, session.store().now_us() / 1000);
  if (!at_ms) return bad_expiry(args[*i], in_seconds);
  *expires_at_ms = *at_ms;
  return {};
}

SetOptions set_options(Session& session, Args args) {
  SetOptions options;
  options.write.wait = false;
  for (std::size_t i = 3; i < args.size() && !options.error; ++i) {
    if (same_word(args[i], "NX")) {
      options.write.only_if_absent = true;
    } else if (same_word(args[i], "EX") || same_word(args[i], "PX")) {
      options.error = take_expiry(session, args, &i, &options.write.expires_at_ms);
    } else {
      options.error = not_an_option(args, i);
    }
  }
  return options;
}

Reply set(Session& session, Args args) {
  SetOptions options = set_options(session, args);
  if (options.error) return std::move(*options.error);
  const auto written = session.store().set(args[1], args[2], options.write);
  if (written) return Reply::ok();
  if (written.error().code == Code::kExists) return Reply::missing();  // NX, as in Redis
  return Reply::failure(written.error());
}

Reply held(const Result<bool>& found, Reply reply) {
  if (!found) return Reply::failure(found.error());
  return *found ? std::move(reply) : Reply::missing();
}

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

Reply read_held(Session& session, const Part& part) {
  Reply reply = Reply::value({});
  const auto found = session.store().read(part.key, part.offset, part.length, &reply.text, part.at);
  return held(found, std::move(reply));
}

// All of a value, or TOOBIG.
Reply get_held(Session& session, const Part& part) {
  Reply reply = Reply::value({});
  const auto found = session.store().get(part.key, &reply.text, part.at);
  return held(found, std::move(reply));
}

// Where a READ begins: negative offsets count from the end.
std::uint64_t begin_of(std::int64_t offset, std::uint64_t size) {
  if (offset >= 0) return std::min(static_cast<std::uint64_t>(offset), size);
  return size - std::min(std::uint64_t{0} - static_cast<std::uint64_t>(offset), size);
}

// Longer than a held reply should be: as a stream of one version, read through
// once before the first byte is sent. Up to kHeldIfPossible that costs more than
// the memory does, if it is to be had.
Reply read_long(Session& session, const Part& part) {
  Store& store = session.store();
  const auto info = store.stat(part.key, part.at);
  if (!info) return Reply::failure(info.error());
  if (!*info) return Reply::missing();
  const std::uint64_t begin = begin_of(part.offset, (*info)->size);
  const std::uint64_t end = begin + std::min(part.length, (*info)->size - begin);
  if (part.is_whole && end < (*info)->size) return get_held(session, part);  // TOOBIG
  // Beside the reply, its copy for the wire.
  if (end - begin <= kHeldIfPossible && session.take_memory(2 * (end - begin))) {
    return read_held(session, part);
  }
  auto stream = std::make_shared<ValueStream>(store, part.key, begin, end, (*info)->seq);
  if (const Status whole = stream->verify(); !whole) return Reply::failure(whole.error());
  return Reply::streamed(Reply::Kind::kValue, std::move(stream));
}

// Most values are short, and known to be so once they were read.
Reply read_or_stream(Session& session, const Part& part) {
  const std::uint64_t most = session.stream_above();
  if (part.length <= most) return read_held(session, part);
  Part beginning = part;
  beginning.length = most + 1;
  Reply reply = read_held(session, beginning);
  if (reply.kind != Reply::Kind::kValue || reply.text.size() <= most) return reply;
  return read_long(session, part);
}

Reply get(Session& session, Args args) {
  Part part{.key = args[1], .at = {}};
  if (auto error = take_at(args, 2, &part.at)) return std::move(*error);
  part.is_whole = true;
  return session.streams() ? read_or_stream(session, part) : get_held(session, part);
}

Reply append(Session& session, Args args) {
  WriteOptions options;
  options.wait = false;
  const auto written = session.store().append(args[1], args[2], options);
  if (!written) return Reply::failure(written.error());
  return Reply::of(static_cast<std::int64_t>(written->total));
}

// A length beyond what one reply may hold is fine as long as the value ends
// before that.
Status fits_a_reply(Session& session, const Part& part) {
  const auto info = session.store().stat(part.key, part.at);
  if (!info) return fail(info.error());
  if (!*info) return {};
  const std::uint64_t size = (*info)->size;
  const std::uint64_t skipped = begin_of(part.offset, size);
  if (size - skipped <= kMaxValueSize) return {};
  return fail(Code::kTooBig,
              fmt::format("{} bytes are there to read, the limit is {}", size - skipped, kMaxValueSize),
              fmt::format("READ key {} {}, then from offset {} on", part.offset, kMaxValueSize,
                          skipped + kMaxValueSize));
}

Reply read(Session& session, Args args) {
  const auto offset = parse_integer(args[2]);
  if (!offset) return bad_number(args[2], "an offset", "READ key 0 100, or READ key -100 100 for the end");
  const auto length = parse_unsigned(args[3]);
  if (!length) return bad_number(args[3], "a length of 0 or more", "READ key 0 100");
  Part part{.key = args[1], .offset = *offset, .length = *length, .at = {}};
  if (auto error = take_at(args, 4, &part.at)) return std::move(*error);
  if (*length > kMaxValueSize) {
    const Status fits = fits_a_reply(session, part);
    if (!fits) return Reply::failure(fits.error());
    part.length = kMaxValueSize;
  }
  return read_or_stream(session, part);
}

Reply strlen(Session& session, Args args) {
  const auto info = session.store().stat(args[1]);
  if (!info) return Reply::failure(info.error());
  return Reply::of(*info ? static_cast<std::int64_t>((*info)->size) : 0);
}

constexpr Command kRows[] = {
    {.name = "CREATE", .group = "values", .arguments = "key", .min_args = 1, .max_args = 1,
     .flags = kWrite, .summary = "Make an empty value; EXISTS if the key is there",
     .example = "CREATE trades", .example_reply = "+OK", .since = "0.1", .handler = create},
    {.name = "SET", .group = "values", .arguments = "key value [EX seconds|PX milliseconds] [NX]",
     .min_args = 2, .max_args = -1, .flags = kWrite, .value_form = ValueForm::kSet,
     .summary = "Store a value, replacing the old one",
     .example = "SET greeting \"hello world\"", .example_reply = "+OK", .since = "0.1",
     .handler = set},
    {.name = "GET", .group = "values", .arguments = "key [AT seq|time]", .min_args = 1,
     .max_args = 3, .flags = kRead, .summary = "The value, now or as it was",
     .example = "SET mykey hello\nGET mykey", .example_reply = "+VALUE 5\nhello",
     .since = "0.1", .handler = get},
    {.name = "APPEND", .group = "values", .arguments = "key value", .min_args = 2, .max_args = 2,
     .flags = kWrite, .value_form = ValueForm::kAppend,
     .summary = "Add to the end of a value, making it if need be; answers its new length",
     .example = "APPEND trades 12\nAAPL,189.20\n", .example_reply = ":12", .since = "0.1",
     .handler = append},
    {.name = "READ", .group = "values", .arguments = "key offset length [AT seq|time]",
     .min_args = 3, .max_args = 5, .flags = kRead,
     .summary = "Part of a value; a negative offset counts from its end",
     .example = "APPEND trades \"AAPL,189.20\"\nREAD trades 5 6", .example_reply = "+VALUE 6\n189.20",
     .since = "0.1", .handler = read},
    {.name = "STRLEN", .group = "values", .arguments = "key", .min_args = 1, .max_args = 1,
     .flags = kRead, .summary = "A value's length in bytes, 0 for a missing key",
     .example = "SET k hello\nSTRLEN k", .example_reply = ":5", .since = "0.1", .handler = strlen},
};

}  // namespace

std::span<const Command> value_rows() { return kRows; }

}  // namespace kvstore::command
