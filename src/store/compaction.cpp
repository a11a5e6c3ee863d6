#include "src/store/compaction.h"

#include <array>
#include <charconv>
#include <new>

#include <fmt/core.h>

namespace kvstore {
namespace {

struct Unit {
  char letter;
  std::uint64_t us;
};
constexpr std::array<Unit, 4> kUnits{
    {{'d', 86'400'000'000}, {'h', 3'600'000'000}, {'m', 60'000'000}, {'s', 1'000'000}}};
constexpr std::uint64_t kMost = 1'000'000;  // largest number of a unit

}  // namespace

Result<KeepHistory> KeepHistory::parse(std::string_view text) {
  if (text == "none") return none();
  if (text == "all") return KeepHistory{std::nullopt, std::nullopt, true};
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && rest == end) return KeepHistory{std::nullopt, number, false};
  if (error == std::errc() && rest + 1 == end && number <= kMost) {
    for (const Unit& unit : kUnits) {
      if (unit.letter == *rest) return KeepHistory{number * unit.us, std::nullopt, false};
    }
  }
  return fail(Code::kNumber, fmt::format("{} is not a length of history", text),
              "none, all, a number of writes, or a time such as 90s, 30m, 12h, 7d");
}

std::string KeepHistory::to_string() const {
  if (all) return "all";
  if (writes) return std::to_string(*writes);
  if (!time_us) return "none";
  for (const Unit& unit : kUnits) {
    if (*time_us % unit.us == 0 || unit.letter == 's') {
      return fmt::format("{}{}", *time_us / unit.us, unit.letter);
    }
  }
  return {};
}

Result<Compression> Compression::parse(std::string_view text) {
  if (text == "none") return Compression{};
  if (text == "zstd") return Compression{kUsualLevel};
  constexpr std::string_view kPrefix = "zstd:";
  int level = 0;
  const char* const end = text.data() + text.size();
  const char* const begin = text.starts_with(kPrefix) ? text.data() + kPrefix.size() : end;
  const auto [rest, error] = std::from_chars(begin, end, level);
  if (error == std::errc() && rest == end && level >= 1 && level <= kMostLevel) {
    return Compression{level};
  }
  return fail(Code::kSyntax, fmt::format("{} is not a compression", text),
              fmt::format("none, zstd, or zstd:LEVEL with a level from 1 to {}", kMostLevel));
}

std::string Compression::to_string() const {
  return is_on() ? fmt::format("zstd:{}", level) : "none";
}

Error copy_of(const Error& error) noexcept try { return error; } catch (const std::bad_alloc&) {
  return {error.code, "out of memory", {}};
}

std::string_view phase_name(CompactionStatus::Phase phase) {
  constexpr std::string_view kNames[] = {"idle", "measuring", "writing", "catching up"};
  return kNames[static_cast<int>(phase)];
}

}  // namespace kvstore
