#include "src/file/read_ahead.h"

#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace kvstore::file {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

// Notes what it is told will be read.
class Noting final : public LogFile {
 public:
  std::uint64_t size() const override { return 64 * kMiB; }
  Status extend(std::uint64_t) override { return {}; }
  Status truncate(std::uint64_t) override { return {}; }
  Status sync() override { return {}; }
  Status make_dirty(std::uint64_t, std::uint64_t) override { return {}; }
  Status refresh() override { return {}; }
  bool still_at(const std::string&) const override { return true; }
  bool is_larger_than_memory() const override { return true; }
  void will_read(std::uint64_t begin, std::uint64_t end) const override {
    asked.emplace_back(begin, end);
  }

  mutable std::vector<std::pair<std::uint64_t, std::uint64_t>> asked;
};

TEST_CASE("who reads in order has what comes next read ahead, each byte once") {
  const Noting file;
  ReadAhead ahead;
  constexpr std::uint64_t kRecord = 1000, kBegin = 4096, kEnd = kBegin + 20'000 * kRecord;
  for (std::uint64_t at = kBegin; at < kEnd; at += kRecord) {
    ahead.reads(&file, at, kRecord);
    const bool is_early = at < kBegin + 70 * kRecord;  // not believed yet
    const bool is_asked = !file.asked.empty() && file.asked.back().second > at + 2 * kRecord;
    if (!is_early) REQUIRE(is_asked);
  }
  CHECK(ahead.in_order());
  CHECK(file.asked.size() < 30);
  for (std::size_t i = 1; i < file.asked.size(); ++i) {
    CHECK(file.asked[i].first == file.asked[i - 1].second);
  }
}

TEST_CASE("who jumps about has nothing read ahead, and is believed again when he does not") {
  const Noting file;
  ReadAhead ahead;
  for (std::uint64_t i = 0; i < 10'000; ++i) ahead.reads(&file, i * 7919 % 60 * kMiB, 200);
  CHECK(file.asked.empty());
  CHECK_FALSE(ahead.in_order());
  for (std::uint64_t i = 0; i < 100; ++i) ahead.reads(&file, kMiB + i * 1000, 1000);
  REQUIRE(file.asked.size() == 1);
  ahead.reads(&file, 50 * kMiB, 100);  // away, and back to where it was asked for long ago
  for (std::uint64_t i = 0; i < 100; ++i) ahead.reads(&file, kMiB + i * 1000, 1000);
  CHECK(file.asked.size() == 2);
  ReadAhead nobody;
  for (std::uint64_t i = 0; i < 10'000; ++i) nobody.reads(nullptr, i * 1000, 1000);
}

TEST_CASE("memory has a limit") { CHECK(memory_limit() > 16 * kMiB); }

}  // namespace
}  // namespace kvstore::file
