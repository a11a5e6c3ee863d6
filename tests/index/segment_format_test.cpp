#include "src/index/segment_format.h"

#include <fstream>
#include <random>
#include <sstream>

#include <doctest/doctest.h>

#include "tests/index/segment_support.h"

namespace kvstore::index::testing {
namespace {

// The example of docs/FORMAT.md.
Body example() {
  log::Id file_id;
  for (std::uint8_t i = 0; i < file_id.size(); ++i) file_id[i] = i;
  SegmentBuilder builder{log::Binding(file_id), 7};
  const auto add = [&](std::string_view key, std::uint64_t word) {
    builder.add(key, hash_key(key, 7), Entry(word));
  };
  add("user:1", 4096);
  add("user:10", 4456 | Entry::kIsDelete);
  add("user:2", 4176 | Entry::kExpires);
  Body body;
  body.at = 4600;
  body.size = builder.size();
  body.bytes = std::make_unique_for_overwrite<std::uint8_t[]>(body.size);
  builder.store(body.bytes.get(), body.at);
  return body;
}

// Lines as hexdump -C prints them, with six digits of position, and '*' for lines of zeros.
std::vector<std::string> dump(const Body& body) {
  std::vector<std::string> lines;
  constexpr char kDigits[] = "0123456789abcdef";
  for (std::uint64_t begin = 0; begin < body.size; begin += 16) {
    std::string hex, text;
    bool zeros = true;
    for (std::uint64_t i = begin; i < begin + 16 && i < body.size; ++i) {
      const std::uint8_t byte = body.bytes[i];
      zeros = zeros && byte == 0;
      hex += std::string(i % 8 == 0 ? "  " : " ") + kDigits[byte >> 4] + kDigits[byte & 15];
      text += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '.';
    }
    if (zeros) {
      if (lines.back() != "*") lines.emplace_back("*");
      continue;
    }
    hex.resize(50, ' ');
    std::string position;
    for (int shift = 20; shift >= 0; shift -= 4) position += kDigits[begin >> shift & 15];
    lines.push_back(position + hex + "  |" + text + "|");
  }
  return lines;
}

TEST_CASE("the hex dump in docs/FORMAT.md is the example segment's bytes") {
  const Body body = example();
  std::string expected;
  for (const std::string& line : dump(body)) expected += line + "\n";
  std::ifstream file(std::string(KVSTORE_SOURCE_DIR) + "/docs/FORMAT.md");
  std::stringstream document;
  document << file.rdbuf();
  const bool found = document.str().find("\n" + expected) != std::string::npos;
  if (!found) MESSAGE("the example's bytes are\n" << expected);
  CHECK(found);
}

// Sixteen random bytes each, in a log of `span` bytes.
Entries random_entries(std::uint64_t count, std::uint64_t span) {
  std::mt19937_64 random(5);
  Entries entries;
  while (entries.size() < count) {
    std::string key(16, '\0');
    store_le(key.data(), random());
    store_le(key.data() + 8, random());
    entries.emplace(std::move(key), 4096 + random() % (span / 8) * 8);
  }
  return entries;
}

// Of each key, what the key before it does not share.
std::uint64_t suffixes_of(const Entries& entries) {
  std::uint64_t size = 0;
  std::string previous;
  for (const auto& [key, word] : entries) {
    size += key.size() - shared_prefix(key.data(), key.size(), previous.data(), previous.size());
    previous = key;
  }
  return size;
}

TEST_CASE("a segment takes less than 16 bytes a key beyond the prefix-compressed keys") {
  constexpr std::uint64_t kMiB = 1 << 20;
  for (const std::uint64_t span : {128 * kMiB, 2048 * kMiB, 1024 * 1024 * kMiB}) {
    const Entries entries = random_entries(200'000, span);
    SegmentBuilder builder(binding_of(1), kHashSeed);
    add_all(builder, entries);
    const std::uint64_t estimate = builder.estimated_size();
    const std::uint64_t size = builder.size();
    const double a_key = static_cast<double>(size - suffixes_of(entries)) / 200'000;
    MESSAGE("bytes a key, with MiB of log: ", a_key, " ", span / kMiB);
    CHECK(a_key < 16);
    CHECK(estimate > size - size / 50);
    CHECK(estimate < size + size / 50);
  }
}

TEST_CASE("a segment's size does not depend on where it will be") {
  const Entries entries = random_entries(100, 4096);
  const Body here = Body::of(entries, 4096);
  for (std::uint64_t at = 4096; at < 4096 + 128; at += 8) {
    const Body there = Body::of(entries, at);
    CHECK(there.size == here.size);
    CHECK(there.size % 8 == 0);
    CHECK((at + there.open()->header().directory) % SegmentFormat::kBucketSize == 0);
    CHECK(!there.open()->check_all());
  }
}

TEST_CASE("a builder that was cleared builds the next segment") {
  SegmentBuilder builder(binding_of(1), kHashSeed);
  add_all(builder, random_entries(3000, 1 << 20));
  CHECK(builder.size() > 0);
  builder.clear();
  CHECK(builder.keys() == 0);
  const Entries entries = random_entries(500, 1 << 20);
  add_all(builder, entries);
  CHECK(builder.first_key() == entries.begin()->first);
  CHECK(builder.last_key() == entries.rbegin()->first);
  const Body fresh = Body::of(entries);
  REQUIRE(builder.size() == fresh.size);
  std::vector<std::uint8_t> bytes(fresh.size);
  builder.store(bytes.data(), fresh.at);
  CHECK(std::equal(bytes.begin(), bytes.end(), fresh.bytes.get()));
}

}  // namespace
}  // namespace kvstore::index::testing
