// LCS: the longest common subsequence of two values, by the table of dynamic programming
// (Wagner and Fischer, "The String-to-String Correction Problem", J. ACM 21, 1974).
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "src/command/call.h"
#include "src/command/errors.h"
#include "src/command/numbers.h"
#include "src/command/rows/strings.h"
#include "src/command/value_part.h"
#include "src/command/words.h"

namespace kvstore::command::handlers {
namespace {

// The table has a 4-byte number for each pair of bytes.
constexpr std::uint64_t kMaxCells = std::uint64_t{1} << 26;

struct LcsOptions {
  bool length = false, ranges = false, with_lengths = false;
  std::int64_t least = 0;
};

Checked<LcsOptions> take_options(const Call& call) {
  LcsOptions options;
  for (std::size_t i = 3; i < call.args.size(); ++i) {
    const std::string_view word = call.args[i];
    if (same_word(word, "LEN")) {
      options.length = true;
    } else if (same_word(word, "IDX")) {
      options.ranges = true;
    } else if (same_word(word, "WITHMATCHLEN")) {
      options.with_lengths = true;
    } else if (same_word(word, "MINMATCHLEN") && i + 1 < call.args.size()) {
      const auto least = parse_protocol_count(call.args[++i]);
      if (!least) return fail(bad_number(call.args[i], "a whole number", usage(call.row)));
      options.least = *least;
    } else {
      return fail(unknown_option(call.row, word));
    }
  }
  if (!options.length || !options.ranges) return options;
  return fail(Failure(Code::kSyntax, "LEN and IDX exclude each other", "LCS key1 key2 IDX",
                      "ERR If you want both the length and indexes, please just use IDX."));
}

class Table {
 public:
  Table(std::string_view a, std::string_view b)
      : width_(b.size() + 1), cells_((a.size() + 1) * width_) {
    for (std::size_t i = 1; i <= a.size(); ++i) {
      for (std::size_t j = 1; j <= b.size(); ++j) {
        cell(i, j) =
            a[i - 1] == b[j - 1] ? at(i - 1, j - 1) + 1 : std::max(at(i - 1, j), at(i, j - 1));
      }
    }
  }
  // The length for the first i bytes of one value and the first j of the other.
  std::uint32_t at(std::size_t i, std::size_t j) const { return cells_[i * width_ + j]; }

 private:
  std::uint32_t& cell(std::size_t i, std::size_t j) { return cells_[i * width_ + j]; }
  std::size_t width_;
  std::vector<std::uint32_t> cells_;
};

// Bytes [a, a + length) of one value equal bytes [b, b + length) of the other.
struct Match {
  std::size_t a = 0, b = 0, length = 0;
};

// The matches from the end to the beginning, each of maximal length.
std::vector<Match> matches_of(const Table& table, std::string_view a, std::string_view b) {
  std::vector<Match> matches;
  for (std::size_t i = a.size(), j = b.size(); i > 0 && j > 0;) {
    if (a[i - 1] == b[j - 1]) {
      --i, --j;
      const bool goes_on =
          !matches.empty() && matches.back().a == i + 1 && matches.back().b == j + 1;
      if (goes_on)
        matches.back() = {i, j, matches.back().length + 1};
      else
        matches.push_back({i, j, 1});
    } else if (table.at(i - 1, j) > table.at(i, j - 1)) {
      --i;
    } else {
      --j;
    }
  }
  return matches;
}

void reply_range(ReplySink& reply, std::size_t first, std::size_t length) {
  reply.begin(Aggregate::kArray, 2);
  reply.integer(static_cast<std::int64_t>(first));
  reply.integer(static_cast<std::int64_t>(first + length - 1));
  reply.end();
}

void reply_ranges(ReplySink& reply, std::vector<Match> matches, std::uint32_t length,
                  const LcsOptions& options) {
  std::erase_if(matches, [&](const Match& match) {
    return static_cast<std::int64_t>(match.length) < options.least;
  });
  reply.begin(Aggregate::kMap, 4);
  reply.value("matches");
  reply.begin(Aggregate::kArray, matches.size());
  for (const Match& match : matches) {
    reply.begin(Aggregate::kArray, options.with_lengths ? 3 : 2);
    reply_range(reply, match.a, match.length);
    reply_range(reply, match.b, match.length);
    if (options.with_lengths) reply.integer(static_cast<std::int64_t>(match.length));
    reply.end();
  }
  reply.end();
  reply.value("len");
  reply.integer(length);
  reply.end();
}

Status check_cells(const Call& call, std::uint64_t a, std::uint64_t b) {
  const std::uint64_t cells = (a + 1) * (b + 1);
  if (a >= kMaxCells || b >= kMaxCells || cells > kMaxCells) {
    return fail(Code::kTooBig, "LCS is for values of some thousand bytes: these two are too long",
                "READ parts of them");
  }
  return call.session.take_memory(cells * sizeof(std::uint32_t));
}

}  // namespace

Outcome longest_common(Call& call) {
  KV_ASSIGN(const Moment now, call.data().moment());
  std::string values[2];
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string_view key = call.args[1 + i];
    KV_ASSIGN(const auto info, now.stat(key));
    if (Status string = check_string(key, info); !string) {
      return fail(Failure(string.error(), "ERR The specified keys must contain string values"));
    }
    if (info) KV_TRY(check_cells(call, info->size, 0));
    KV_TRY(now.read(key, 0, kMaxCells, &values[i]));
  }
  KV_ASSIGN(const LcsOptions options, take_options(call));
  const auto& [a, b] = values;
  KV_TRY(check_cells(call, a.size(), b.size()));
  const Table table(a, b);
  const std::uint32_t length = table.at(a.size(), b.size());
  if (options.length) {
    call.reply.integer(length);
    return {};
  }
  std::vector<Match> matches = matches_of(table, a, b);
  if (options.ranges) {
    reply_ranges(call.reply, std::move(matches), length, options);
    return {};
  }
  std::string common;
  for (auto match = matches.rbegin(); match != matches.rend(); ++match) {
    common.append(a, match->a, match->length);
  }
  call.reply.value(common);
  return {};
}

}  // namespace kvstore::command::handlers
