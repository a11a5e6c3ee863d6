#include "src/log/file_builder.h"

#include <doctest/doctest.h>

#include "src/log/chain.h"
#include "tests/log/new_records.h"
#include "tests/support/sim_files.h"

namespace kvstore::log {
namespace {

using kvstore::testing::SimFiles;

constexpr const char* kPath = "new";

std::unique_ptr<FileBuilder> begin(SimFiles& files, NewestRecords* keys) {
  auto made = FileBuilder::create(files, kPath, Id{5}, {.seq = 3}, keys);
  REQUIRE(made);
  return std::move(*made);
}

HeaderPage page_of(const std::string& image) {
  const auto page =
      read_header_page(reinterpret_cast<const std::uint8_t*>(image.data()), image.size(), kPath);
  REQUIRE(page);
  return *page;
}

TEST_CASE("a file is built key by key, with chains, seqs and times, and is clean") {
  SimFiles files;
  OneKeyAtATime keys;
  auto made = begin(files, &keys);
  REQUIRE(made->add(set("a", "1"), 5, 50));
  for (std::uint64_t i = 0; i < 100; ++i) REQUIRE(made->add(append("a", "xy"), 6 + i, 60 + i));
  CHECK(made->has("a"));
  CHECK_FALSE(made->has("b"));
  REQUIRE(made->add(append("b", "starts anyway"), 200, 70));
  REQUIRE(made->close());
  REQUIRE(made->publish(made->temporary_path()));
  CHECK(made->has_its_name());
  made.reset();

  const std::string image = files.memory(kPath);
  const HeaderPage page = page_of(image);
  CHECK(page.header.db_id == Id{5});
  CHECK(page.header.floor_seq == 3);
  CHECK(page.slot.clean);
  CHECK(page.slot.durable_end == image.size());
  CHECK(page.slot.last_seq == 200);
  const Binding binding(page.header.file_id);
  const View view{reinterpret_cast<const std::uint8_t*>(image.data()), image.size(), &binding,
                  nullptr, nullptr};
  Record record, newest;
  int records = 0, skip_blocks = 0;
  for (std::uint64_t at = kHeaderPageSize; at < image.size(); at = record.end()) {
    REQUIRE(view.header(at, &record) == HeaderCheck::kValid);
    CHECK(record.prev == (newest.at && record.key() == newest.key() ? newest.offset : 0));
    skip_blocks += record.ordinal == kFanOut - 1;
    if (record.key() == "a") CHECK(record.total == 1 + 2 * static_cast<unsigned>(records));
    newest = record;
    ++records;
  }
  CHECK(records == 102);
  CHECK(skip_blocks == 3);
  CHECK(newest.begins_anew());
  CHECK(newest.time == 70);
}

TEST_CASE("what is not finished leaves nothing behind, and publishing replaces nothing") {
  SimFiles files;
  OneKeyAtATime keys;
  {
    auto made = begin(files, &keys);
    REQUIRE(made->add(set("a", "1"), 5, 50));
    CHECK_FALSE(files.paths().empty());
  }
  CHECK(files.paths().empty());
  files.put(kPath, "taken");
  {
    auto made = begin(files, &keys);
    REQUIRE(made->close());
    const Status taken = made->publish(kPath);
    REQUIRE_FALSE(taken);
    CHECK(taken.error().code == Code::kExists);
    CHECK_FALSE(made->has_its_name());
  }
  CHECK(files.memory(kPath) == "taken");
  CHECK(files.paths().size() == 1);
}

TEST_CASE("a new file is locked when it takes the place of an old one") {
  SimFiles files;
  files.put(kPath, "old");
  OneKeyAtATime keys;
  auto made = begin(files, &keys);
  REQUIRE(made->close());
  REQUIRE(made->replace(kPath));
  CHECK(files.open(kPath, file::Mode::kReadWrite).error().code == Code::kLocked);
  made.reset();
  CHECK(files.open(kPath, file::Mode::kReadWrite));
}

}  // namespace
}  // namespace kvstore::log
