#include "src/transfer/replay_position.h"

#include <array>
#include <optional>

#include <fmt/core.h>

#include "src/base/coding.h"
#include "src/base/hex.h"
#include "src/command/numbers.h"

namespace kvstore::transfer {
namespace {

constexpr std::string_view kPositionMark = "kvstore-replay";

std::optional<std::uint64_t> parse_hash(std::string_view text) {
  constexpr std::size_t kDigits = 16;
  std::uint64_t hash = 0;
  for (const char digit : text) {
    if (hex_digit(digit) < 0) return std::nullopt;
    hash = hash << 4 | static_cast<unsigned>(hex_digit(digit));
  }
  return text.size() == kDigits ? std::optional(hash) : std::nullopt;
}

}  // namespace

void VersionHash::add(const Change& change) {
  if (change.is_part && change.kind == Change::Kind::kAppend) return hasher_.add(change.value);
  hasher_.add(change.kind == Change::Kind::kClear    ? 2
              : change.kind == Change::Kind::kRemove ? 1
                                                     : 0);
  hasher_.add(change.expires_at_ms);
  hasher_.add(change.key.size());
  hasher_.add(change.key);
  if (!change.is_part) hasher_.add(change.value.size());
  hasher_.add(change.value);
}

std::uint64_t VersionHash::value() const { return load_le<std::uint64_t>(hasher_.digest().data()); }

std::string ReplayPosition::to_string() const {
  return fmt::format("{} {} {} {} {:016x} {}", kPositionMark, database_id, seq, time_us, hash,
                     prefix);
}

Result<ReplayPosition> ReplayPosition::parse(std::string_view text) {
  std::array<std::string_view, 5> words;
  bool is_whole = true;
  for (std::string_view& word : words) {
    const std::size_t blank = text.find(' ');
    is_whole = is_whole && blank != text.npos;
    word = text.substr(0, blank);
    text.remove_prefix(is_whole ? blank + 1 : 0);
  }
  const auto seq = command::parse_unsigned(words[2]), time_us = command::parse_unsigned(words[3]);
  const auto hash = parse_hash(words[4]);
  if (is_whole && words[0] == kPositionMark && seq && time_us && hash) {
    return ReplayPosition{std::string(words[1]), *seq, *time_us, *hash, std::string(text)};
  }
  return fail(Code::kFormat, "the target's key for the position holds something else",
              "--resume with another key");
}

}  // namespace kvstore::transfer
