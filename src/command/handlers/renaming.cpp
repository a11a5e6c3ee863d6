// RENAME, RENAMENX, COPY: copies a value to another key.
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "src/command/call.h"
#include "src/command/edit.h"
#include "src/command/errors.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/rows/keys.h"
#include "src/command/words.h"

namespace kvstore::command::handlers {
namespace {

Failure no_such_key(std::string_view key) {
  return {Code::kState, fmt::format("there is no key {}", quote(key)), "KEYS", "ERR no such key"};
}

// Copies or renames with `how` if the new key may be written; returns whether it did.
Checked<bool> copy_over(const Call& call, Edit& data, decltype(&Edit::copy) how,
                        std::string_view to, bool replaces) {
  KV_ASSIGN(const auto from, data.stat(call.args[1]));
  if (!from) return false;
  if (!replaces) {
    KV_ASSIGN(const auto info, data.stat(to));
    if (info) return false;
  }
  KV_ASSIGN(const bool done, (data.*how)(call.args[1], to, [&](std::uint64_t bytes) {
              return call.session.take_memory(2 * bytes);
            }));
  return done;
}

// False: the new key exists.
Checked<bool> rename_to(const Call& call, bool replaces) {
  const std::string_view from = call.args[1], to = call.args[2];
  KV_ASSIGN(const auto seen, call.data().stat(from));
  if (!seen) return fail(no_such_key(from));
  if (from == to) return replaces;
  bool is_done = false;
  Outcome done = edit(call, [&](Edit& data) -> Outcome {
    KV_ASSIGN(is_done, copy_over(call, data, &Edit::rename, to, replaces));
    if (is_done) return {};
    KV_ASSIGN(const auto info, data.stat(from));
    if (!info) return fail(no_such_key(from));
    return {};
  });
  if (!done) return fail(std::move(done.error()));
  return is_done;
}

// Parses DB n, REPLACE.
Checked<bool> take_replace(const Call& call) {
  bool replaces = false;
  for (std::size_t i = 3; i < call.args.size(); ++i) {
    if (same_word(call.args[i], "REPLACE")) {
      replaces = true;
      continue;
    }
    if (!same_word(call.args[i], "DB") || i + 1 == call.args.size()) {
      return fail(unknown_option(call.row, call.args[i]));
    }
    const auto index = parse_protocol_count(call.args[++i]);
    if (!index) return fail(bad_number(call.args[i], "the number of a database", "COPY a b DB 0"));
    if (*index != 0) {
      const bool is_int = *index >= INT32_MIN && *index <= INT32_MAX;
      return fail(Failure(Code::kNumber, "there is one database, number 0", "COPY a b",
                          is_int ? "ERR DB index is out of range"
                                 : "ERR value is out of range, value must between -2147483648 "
                                   "and 2147483647"));
    }
  }
  return replaces;
}

}  // namespace

Outcome rename(Call& call) {
  KV_ASSIGN([[maybe_unused]] const bool done, rename_to(call, true));
  call.reply.ok();
  return {};
}

Outcome rename_if_absent(Call& call) {
  KV_ASSIGN(const bool done, rename_to(call, false));
  call.reply.integer(done ? 1 : 0);
  return {};
}

Outcome copy(Call& call) {
  KV_ASSIGN(const bool replaces, take_replace(call));
  const std::string_view from = call.args[1], to = call.args[2];
  if (from == to) {
    return fail(Failure(Code::kState, "a key cannot be copied to itself", {},
                        "ERR source and destination objects are the same"));
  }
  KV_ASSIGN(const auto seen, call.data().stat(from));
  call.data().answers(from, seen.has_value());
  bool is_done = false;
  if (seen) {
    Outcome done = edit(call, [&](Edit& data) -> Outcome {
      KV_ASSIGN(is_done, copy_over(call, data, &Edit::copy, to, replaces));
      return {};
    });
    if (!done) return done;
  }
  call.reply.integer(is_done ? 1 : 0);
  return {};
}

}  // namespace kvstore::command::handlers
