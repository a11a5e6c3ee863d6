// RANGE, PREFIX: keys in order, with or without values.
#include "src/command/rows/ranges.h"

#include <algorithm>
#include <string>

#include <fmt/core.h>

#include "src/command/call.h"
#include "src/command/errors.h"
#include "src/command/listing.h"
#include "src/command/numbers.h"
#include "src/command/words.h"
#include "src/store/key_range.h"

namespace kvstore::command::handlers {
namespace {

Failure given_twice(std::string_view word, const Call& call) {
  return {Code::kSyntax, fmt::format("{} can be given once", upper(word)), usage(call.row),
          "ERR syntax error"};
}

// Parses the words from args[from] on: LIMIT n, AFTER key, REV, VALUES.
Checked<Listing> take_options(const Call& call, std::size_t from) {
  Listing listing;
  const Args args = call.args;
  const std::string_view* after = nullptr;
  for (std::size_t i = from; i < args.size(); ++i) {
    const std::string_view word = args[i];
    const bool is_again = (same_word(word, "REV") && listing.backwards) ||
                          (same_word(word, "VALUES") && listing.values) ||
                          (same_word(word, "LIMIT") && listing.limit != UINT64_MAX) ||
                          (same_word(word, "AFTER") && after != nullptr);
    if (is_again) return fail(given_twice(word, call));
    if (same_word(word, "REV")) {
      listing.backwards = true;
    } else if (same_word(word, "VALUES")) {
      listing.values = true;
    } else if (same_word(word, "LIMIT")) {
      if (++i == args.size()) return fail(needs_value("LIMIT", "a number", "LIMIT 100"));
      listing.limit = parse_unsigned(args[i]).value_or(0);
      if (listing.limit == 0) return fail(bad_number(args[i], "a limit of 1 or more", "LIMIT 100"));
    } else if (same_word(word, "AFTER")) {
      if (++i == args.size()) {
        return fail(needs_value("AFTER", "a key", "AFTER and the last key of the reply before"));
      }
      after = &args[i];
    } else {
      return fail(unknown_option(call.row, word));
    }
  }
  if (after && listing.backwards) listing.options.upper = std::string(*after);
  if (after && !listing.backwards) listing.options.lower = key_after(*after);
  return listing;
}

}  // namespace

// An empty word means no bound: as the first key it includes all keys, also the empty one; as the
// last key of a range it would otherwise leave only the empty key.
Outcome range(Call& call) {
  KV_ASSIGN(Listing listing, take_options(call, 3));
  const std::string_view from = call.args[1], to = call.args[2];
  IteratorOptions& keys = listing.options;
  if (!from.empty()) keys.lower = std::max(keys.lower.value_or(""), std::string(from));
  if (!to.empty()) keys.upper = std::min(keys.upper.value_or(key_after(to)), key_after(to));
  return list_keys(call, std::move(listing));
}

Outcome prefix(Call& call) {
  KV_ASSIGN(Listing listing, take_options(call, 2));
  listing.options.prefix = call.args[1];
  return list_keys(call, std::move(listing));
}

}  // namespace kvstore::command::handlers
