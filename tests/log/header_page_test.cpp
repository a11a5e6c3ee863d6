#include "src/log/header_page.h"

#include <array>
#include <thread>

#include <doctest/doctest.h>

#include "src/base/coding.h"
#include "src/base/crc32c.h"

namespace kvstore::log {
namespace {

FileHeader some_header() {
  FileHeader header;
  header.file_id[0] = 7;
  header.floor_seq = 10;
  return header;
}

Result<HeaderPage> read(const std::string& page) {
  return read_header_page(reinterpret_cast<const std::uint8_t*>(page.data()), page.size(), "f");
}

TEST_CASE("a slot gives back what was stored in it") {
  Slot slot;
  slot.checkpoint = 4096;
  slot.read_compatible = 1;
  slot.floor_seq = 5;
  slot.term = 9;
  slot.epoch = 60;
  for (std::uint16_t i = 1; i <= 60; ++i) slot.epochs.push_back({4096u * i, i});
  const auto page = read(encode_header_page(some_header(), slot));
  REQUIRE(page);
  CHECK(page->slot.checkpoint == 4096);
  CHECK(page->slot.term == 9);
  REQUIRE(page->slot.epochs.size() == kSlotEpochs);
  CHECK(page->slot.epochs.front() == slot.epochs[60 - kSlotEpochs]);
  CHECK(page->slot.epochs.back() == slot.epochs.back());
}

TEST_CASE("a feature that a slot names counts like one of the header") {
  Slot slot;
  slot.read_compatible = 1;
  const auto readable = read(encode_header_page(some_header(), slot));
  REQUIRE(readable);
  CHECK_FALSE(readable->writable);
  slot.incompatible = kFeatureReferences | kFeatureClears;
  CHECK(read(encode_header_page(some_header(), slot)));
  slot.incompatible = std::uint64_t{1} << 63;
  const auto refused = read(encode_header_page(some_header(), slot));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::kVersion);
}

TEST_CASE("the floor is the higher one of header and slot") {
  Slot slot;
  slot.floor_seq = 9;
  CHECK(read(encode_header_page(some_header(), slot))->header.floor_seq == 10);
  slot.floor_seq = 11;
  CHECK(read(encode_header_page(some_header(), slot))->header.floor_seq == 11);
}

TEST_CASE("a slot that is all zeros is lost, unless the other one was made with the file") {
  const FileHeader header = some_header();
  std::string bytes = encode_header_page(header, Slot{});
  CHECK(read(bytes)->bad_slots == 0);
  auto* page = reinterpret_cast<std::uint8_t*>(bytes.data());
  Slot slot;
  for (slot.counter = 1; slot.counter < 4; ++slot.counter) {
    CAPTURE(slot.counter);
    store_slot(slot, Binding(header.file_id), page);
    CHECK(read(bytes)->bad_slots == 0);
    for (std::uint64_t which = 0; which < 2; ++which) {
      std::string lost = bytes;
      lost.replace((2 + which) * kSectorSize, kSectorSize, kSectorSize, '\0');
      // Where the newest is gone, the one that is left may be the first.
      const bool is_newest = which == slot.counter % 2;
      CHECK(read(lost)->bad_slots == (is_newest && slot.counter == 1 ? 0 : 1));
    }
  }
}

TEST_CASE("reserved bytes of a slot may hold anything, under its CRC") {
  const FileHeader header = some_header();
  std::string bytes = encode_header_page(header, Slot{});
  auto* page = reinterpret_cast<std::uint8_t*>(bytes.data());
  page[2 * kSectorSize + 500] = 1;
  CHECK(read(bytes)->bad_slots == 2);
  const Binding binding(header.file_id);
  const std::uint8_t* slot = page + 2 * kSectorSize;
  store_le(page + 2 * kSectorSize, crc32c(binding.file_crc(), slot + 4, kSectorSize - 4));
  CHECK(read(bytes)->bad_slots == 0);
}

TEST_CASE(
    "who loads a slot while others are stored finds a whole one, and what was stored before") {
  const FileHeader header = some_header();
  const Binding binding(header.file_id);
  std::string bytes = encode_header_page(header, Slot{});
  auto* const page = reinterpret_cast<std::uint8_t*>(bytes.data());
  std::array<std::uint64_t, 2001> log{};  // plain memory, as records are
  std::thread writer([&] {
    for (std::uint64_t i = 1; i < log.size(); ++i) {
      log[i] = i;
      Slot slot;
      slot.counter = slot.last_seq = slot.durable_end = i;
      store_slot(slot, binding, page);
    }
  });
  std::uint64_t seen = 0;
  bool is_whole = true;
  while (seen + 1 < log.size()) {
    const auto slot = load_newest_slot(page, binding);
    if (!slot || slot->counter <= seen) continue;
    seen = slot->counter;
    is_whole &= slot->last_seq == seen && slot->durable_end == seen && log[seen] == seen;
  }
  writer.join();
  CHECK(is_whole);
}

}  // namespace
}  // namespace kvstore::log
