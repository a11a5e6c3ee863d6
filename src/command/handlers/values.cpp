// CREATE, SET, GET, APPEND, READ, STRLEN: the value of one key.
#include "src/command/rows/values.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "src/command/arguments.h"
#include "src/command/call.h"
#include "src/command/edit.h"
#include "src/command/errors.h"
#include "src/command/expiry.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/value_part.h"
#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::command::handlers {
namespace {

// --- SET's options

constexpr std::string_view kSetExample = "SET key value";

struct SetOptions {
  WriteOptions write;
  bool only_if_present = false;  // XX
  bool keeps_expiry = false;     // KEEPTTL
  bool answers_old = false;      // GET

  // The former state is not needed.
  bool is_plain() const { return !only_if_present && !keeps_expiry && !answers_old; }
};

Failure bad_option(std::string message, std::string hint) {
  return {Code::kSyntax, std::move(message), std::move(hint), "ERR syntax error"};
}

// Options of other servers: they must be refused, because their condition would silently be
// ignored.
bool is_foreign_option(std::string_view word) {
  constexpr std::string_view kWords[] = {"IFEQ", "IFNE", "IFDEQ", "IFDNE"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [word](std::string_view option) { return same_word(word, option); });
}

// An unknown option is most likely a value whose quotes were forgotten.
Failure not_an_option(const Call& call, std::size_t at) {
  const Command& set = original(call.row);
  const std::string_view word = call.args[at];
  if (is_foreign_option(word)) {
    return bad_option(fmt::format("SET does not support the option {}", quote(word)), usage(set));
  }
  std::string hint = with_quotes(call.args, 2);
  if (!hint.empty()) hint += ", with ";
  hint += "quotes around a value that holds blanks";
  // An option of the program that was typed too late: quotes would store it.
  if (word.starts_with("--")) hint = usage(set);
  Failure failure = unknown_option(set, word);
  failure.error = {Code::kArity,
                   fmt::format("SET takes one value: {} is not an option", quote(word)),
                   std::move(hint)};
  return failure;
}

Outcome check_set_options(const SetOptions& options, bool has_expiry) {
  if (options.write.only_if_absent && options.only_if_present) {
    return fail(bad_option("NX and XX exclude each other", "SET key value NX"));
  }
  if (has_expiry && options.keeps_expiry) {
    return fail(bad_option("KEEPTTL keeps the expiry that is there, EX and its like set another",
                           "SET key value KEEPTTL"));
  }
  return {};
}

Checked<SetOptions> take_set_options(const Call& call) {
  SetOptions options;
  const ExpiryOption* expiry = nullptr;
  std::size_t expiry_at = 0;
  for (std::size_t i = 3; i < call.args.size(); ++i) {
    const std::string_view word = call.args[i];
    const ExpiryOption* const found = find_expiry_option(word);
    if (same_word(word, "NX")) {
      options.write.only_if_absent = true;
    } else if (same_word(word, "XX")) {
      options.only_if_present = true;
    } else if (same_word(word, "KEEPTTL")) {
      options.keeps_expiry = true;
    } else if (same_word(word, "GET")) {
      options.answers_old = true;
    } else if (found == nullptr) {
      return fail(not_an_option(call, i));
    } else if (expiry != nullptr && expiry != found) {
      return fail(bad_option("one of EX, PX, EXAT and PXAT can be given", "SET key value EX 60"));
    } else {
      expiry = found;  // if repeated the last one counts, as in Redis
      expiry_at = i++;
    }
  }
  KV_TRY(check_set_options(options, expiry != nullptr));
  if (expiry) {
    KV_ASSIGN(options.write.expires_at_ms,
              take_expiry_option(call, expiry_at, *expiry, kSetExample));
  }
  return options;
}

// For XX, KEEPTTL or GET, which need the former state.
Outcome set_by_what_is_there(const Call& call, const SetOptions& options) {
  const std::string_view key = call.args[1];
  Present old;
  bool is_set = false;
  Outcome done = edit(call, [&](Edit& data) -> Outcome {
    KV_ASSIGN(const auto info, data.stat(key));
    if (options.answers_old) {
      KV_ASSIGN(old, read_for_edit(call, data, key));
      call.data().answers(key, old.is_there);
    }
    is_set = info ? !options.write.only_if_absent : !options.only_if_present;
    if (!is_set) return {};
    if (options.keeps_expiry && info) {
      KV_TRY(data.change(key, call.args[2], info->expires_at_ms, key_event::kSet));
    } else {
      KV_TRY(data.set(key, call.args[2], options.write.expires_at_ms));
    }
    return {};
  });
  if (!done) return done;
  if (options.answers_old ? !old.is_there : !is_set) {
    call.reply.missing();
  } else if (options.answers_old) {
    call.reply.value(old.value);
  } else {
    call.reply.ok();
  }
  return {};
}

// For `.. META`: sets *words to the words before it, and returns whether it is there.
bool takes_meta(const Call& call, std::size_t from, Args* words) {
  *words = call.args;
  if (words->size() <= from || !same_word(words->back(), "META")) return false;
  *words = words->first(words->size() - 1);
  return true;
}

// For READ .. WAIT: true if nothing is past the offset, and the command waits.
Checked<bool> waits_for_more(const Call& call, const Moment& now, const ValuePart& part) {
  constexpr std::string_view kExample = "READ key 0 100 WAIT 5000";
  if (call.args.size() == 5)
    return fail(needs_value("WAIT", "milliseconds", std::string(kExample)));
  if (call.args.size() > 6) return fail(wrong_arity(call.row, call.args));
  const auto limit_ms = parse_unsigned(call.args[5]);
  if (!limit_ms || *limit_ms > INT64_MAX) {
    return fail(bad_number(call.args[5], "a number of milliseconds", std::string(kExample)));
  }
  KV_ASSIGN(const auto info, now.stat(part.key));
  if (info && begin_of(part.offset, info->size) < info->size) return false;
  const std::chrono::milliseconds limit(static_cast<std::int64_t>(*limit_ms));
  return call.session.wait_for({.keys = {std::string(part.key)}, .limit = limit});
}

// A length beyond what one reply may hold is accepted if the value ends before that.
Status fits_a_reply(const Moment& now, const ValuePart& part) {
  KV_ASSIGN(const auto info, now.stat(part.key, part.at));
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
  KV_ASSIGN(const SetOptions options, take_set_options(call));
  if (!options.is_plain()) return set_by_what_is_there(call, options);
  const auto written = call.data().set(call.args[1], call.args[2], options.write);
  if (written)
    call.reply.ok();
  else if (written.error().code == Code::kExists)
    call.reply.missing();  // NX, as in Redis
  else
    return fail(written.error());
  return {};
}

Outcome get(Call& call) {
  Args words;
  const bool with_meta = takes_meta(call, 2, &words);
  ValuePart part{.key = call.args[1], .is_whole = true, .at = {}};
  KV_ASSIGN(part.at, take_at({call.session, call.row, words, call.reply}, 2));
  if (!with_meta) return reply_part(call, part);
  KV_ASSIGN(const Moment now, call.data().moment());
  return reply_part_and_meta(call, now, part);
}

Outcome append(Call& call) {
  KV_ASSIGN(const std::uint64_t size, call.data().append(call.args[1], call.args[2]));
  call.reply.integer(static_cast<std::int64_t>(size));
  return {};
}

Outcome read(Call& whole) {
  Args words;
  const bool with_meta = takes_meta(whole, 4, &words);
  const Call call{whole.session, whole.row, words, whole.reply};
  const auto offset = parse_integer(call.args[2]);
  if (!offset) {
    return fail(
        bad_number(call.args[2], "an offset", "READ key 0 100, or READ key -100 100 for the end"));
  }
  const auto length = parse_unsigned(call.args[3]);
  if (!length) return fail(bad_number(call.args[3], "a length of 0 or more", "READ key 0 100"));
  ValuePart part{.key = call.args[1], .offset = *offset, .length = *length, .at = {}};
  const bool may_wait = call.args.size() > 4 && same_word(call.args[4], "WAIT");
  if (!may_wait) {
    KV_ASSIGN(part.at, take_at(call, 4));
  }
  const bool is_long = part.length > call.session.longest_value();
  if (!may_wait && !is_long && !with_meta) return reply_part(call, part);
  KV_ASSIGN(const Moment now, call.data().moment());
  if (may_wait) {
    KV_ASSIGN(const bool waits, waits_for_more(call, now, part));
    if (waits) return {};
  }
  if (is_long) {
    KV_TRY(fits_a_reply(now, part));
    part.length = call.session.longest_value();
  }
  return with_meta ? reply_part_and_meta(call, now, part) : reply_part(call, now, part);
}

Outcome strlen(Call& call) {
  KV_ASSIGN(const auto info, call.data().stat(call.args[1]));
  KV_TRY(check_string(call.args[1], info));
  call.reply.integer(info ? static_cast<std::int64_t>(info->size) : 0);
  return {};
}

}  // namespace kvstore::command::handlers
