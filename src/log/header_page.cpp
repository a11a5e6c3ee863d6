#include "src/log/header_page.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include <fmt/core.h>

#include "src/base/coding.h"
#include "src/base/crc32c.h"
#include "src/base/zeros.h"
#include "src/file/bus_guard.h"
#include "src/log/foreign.h"

namespace kvstore::log {
namespace {

// Like that of PNG: it is not text, and any transfer that converts line ends damages it.
constexpr std::uint8_t kMagic[8] = {0x89, 'K', 'V', 'S', '\r', '\n', 0x1A, '\n'};
constexpr std::uint16_t kVersion = 1;
// The flags of a slot.
constexpr std::uint32_t kSlotClean = 1, kSlotLastNotInBatch = 2, kSlotLastIsOfAll = 4;
// Offsets of a slot's list of epochs, and of what follows it.
constexpr std::size_t kEpochCountAt = 72, kEpochsAt = 80, kMasksAt = 448;
static_assert(kEpochsAt + 8 * kSlotEpochs == kMasksAt);

const std::uint8_t* sector(const std::uint8_t* page, int number) {
  return page + static_cast<std::uint64_t>(number) * kSectorSize;
}

// A slot is stored while other processes read it: word by word, with the checksum's word last. A
// reader that sees that one sees the rest of the slot, and all that was written before it.
using Word = std::atomic<std::uint64_t>;
using Sector = std::array<std::uint8_t, kSectorSize>;
constexpr std::size_t kSectorWords = kSectorSize / sizeof(Word);
static_assert(Word::is_always_lock_free);

void publish_sector(const Sector& bytes, std::uint8_t* at) {
  auto* const words = reinterpret_cast<Word*>(at);
  for (std::size_t i = kSectorWords; i-- > 0;) {
    std::uint64_t word = 0;
    std::memcpy(&word, &bytes[i * sizeof word], sizeof word);
    words[i].store(word, std::memory_order_release);
  }
}

// Reads a copy, because the bytes that were checked must be the ones that are decoded.
Sector read_sector(const std::uint8_t* at) {
  const auto* const words = reinterpret_cast<const Word*>(at);
  Sector bytes;
  for (std::size_t i = 0; i < kSectorWords; ++i) {
    const std::uint64_t word = words[i].load(std::memory_order_acquire);
    std::memcpy(&bytes[i * sizeof word], &word, sizeof word);
  }
  return bytes;
}

std::uint32_t header_crc(const std::uint8_t* at) { return crc32c(0, at + 12, kSectorSize - 12); }

std::uint32_t slot_crc(const std::uint8_t* at, const Binding& binding) {
  return crc32c(binding.file_crc(), at + 4, kSectorSize - 4);
}

void encode_header(const FileHeader& header, std::uint8_t* at) {
  std::memcpy(at, kMagic, sizeof kMagic);
  store_le(at + 12, header.version);
  store_le(at + 16, header.compatible);
  store_le(at + 24, header.read_compatible);
  store_le(at + 32, header.incompatible);
  std::memcpy(at + 40, header.db_id.data(), header.db_id.size());
  std::memcpy(at + 56, header.file_id.data(), header.file_id.size());
  store_le(at + 72, header.floor_seq);
  store_le(at + 80, header.created);
  store_le(at + 88, header.base_end);
  store_le(at + 96, header.floor_time);
  store_le(at + 104, header.increment.until_seq);
  store_le(at + 112, header.increment.window_seq);
  const ContentHash& hash = header.increment.window_hash;
  std::memcpy(at + 120, hash.data(), hash.size());
  store_le(at + 8, header_crc(at));
}

tl::unexpected<Error> not_ours(const std::uint8_t* page, std::uint64_t size,
                               const std::string& path) {
  if (file::is_unreadable(page, page + std::min(size, kHeaderPageSize))) {
    return fail(Code::kIo, "cannot read the header of " + path + ": the disk failed there",
                "save the records into a new file: kvstore verify --salvage OUT " + path);
  }
  if (auto foreign = describe_foreign(page, size, path)) return fail(std::move(*foreign));
  if (size < kHeaderPageSize) {
    return fail(Code::kFormat,
                fmt::format("{} is not a kvstore file: it has {} bytes, less than the header's {}",
                            path, size, kHeaderPageSize),
                "name another file");
  }
  if (all_zero(page, kHeaderPageSize)) {
    return fail(Code::kFormat, path + " is not a kvstore file: its header is all zeros",
                "if it was one: kvstore verify --repair " + path);
  }
  if (!has_magic(page, size)) {
    return fail(Code::kFormat, path + " is not a kvstore file: its magic number is missing",
                "for a file of an older format: kvstore convert OLD NEW");
  }
  return fail(
      Code::kFormat, path + ": both copies of the header are damaged (offsets 0 and 512)",
      "see what is left: kvstore verify " + path + "; then: kvstore verify --repair " + path);
}

}  // namespace

bool has_magic(const std::uint8_t* page, std::uint64_t size) {
  for (int which = 0; which < 2; ++which) {
    const std::uint8_t* at = sector(page, which);
    const bool there = size >= static_cast<std::uint64_t>(at - page) + sizeof kMagic;
    if (there && std::memcmp(at, kMagic, sizeof kMagic) == 0) return true;
  }
  return false;
}

std::optional<FileHeader> load_header(const std::uint8_t* page, int which) {
  const std::uint8_t* at = sector(page, which);
  if (std::memcmp(at, kMagic, sizeof kMagic) != 0) return std::nullopt;
  if (load_le<std::uint32_t>(at + 8) != header_crc(at)) return std::nullopt;
  FileHeader header;
  header.version = load_le<std::uint16_t>(at + 12);
  header.compatible = load_le<std::uint64_t>(at + 16);
  header.read_compatible = load_le<std::uint64_t>(at + 24);
  header.incompatible = load_le<std::uint64_t>(at + 32);
  std::memcpy(header.db_id.data(), at + 40, header.db_id.size());
  std::memcpy(header.file_id.data(), at + 56, header.file_id.size());
  header.floor_seq = load_le<std::uint64_t>(at + 72);
  header.created = load_le<std::uint64_t>(at + 80);
  header.base_end = load_le<std::uint64_t>(at + 88);
  header.floor_time = load_le<std::uint64_t>(at + 96);
  if ((header.incompatible & kFeatureIncrement) == 0) return header;
  header.increment.until_seq = load_le<std::uint64_t>(at + 104);
  header.increment.window_seq = load_le<std::uint64_t>(at + 112);
  ContentHash& hash = header.increment.window_hash;
  std::memcpy(hash.data(), at + 120, hash.size());
  return header;
}

namespace {

// Each takes 8 bytes: the epoch in the low 16 bits, the offset above.
void store_epochs(const std::vector<EpochStart>& starts, std::uint8_t* slot) {
  const std::size_t count = std::min(starts.size(), kSlotEpochs);
  store_le(slot + kEpochCountAt, static_cast<std::uint32_t>(count));
  for (std::size_t i = 0; i < count; ++i) {
    const EpochStart& start = starts[starts.size() - count + i];
    store_le(slot + kEpochsAt + 8 * i, start.begin << 16 | start.epoch);
  }
}

// Empty if they are inconsistent, so not from a writer. The last must be the slot's own.
std::vector<EpochStart> load_epochs(const std::uint8_t* slot, std::uint16_t slot_epoch) {
  const std::size_t count =
      std::min<std::size_t>(load_le<std::uint32_t>(slot + kEpochCountAt), kSlotEpochs);
  std::vector<EpochStart> starts;
  for (std::size_t i = 0; i < count; ++i) {
    const auto word = load_le<std::uint64_t>(slot + kEpochsAt + 8 * i);
    const EpochStart start{word >> 16, static_cast<std::uint16_t>(word)};
    const bool follows = starts.empty() || (start.begin >= starts.back().begin &&
                                            epoch_is_later(start.epoch, starts.back().epoch));
    if (start.epoch == 0 || !follows) return {};
    starts.push_back(start);
  }
  if (!starts.empty() && starts.back().epoch != slot_epoch) return {};
  return starts;
}

}  // namespace

void store_slot(const Slot& slot, const Binding& binding, std::uint8_t* page) {
  Sector sector{};
  std::uint8_t* const bytes = sector.data();
  store_le(bytes + 4, (slot.clean ? kSlotClean : 0) |
                          (slot.last_not_in_batch ? kSlotLastNotInBatch : 0) |
                          (slot.last_is_of_all ? kSlotLastIsOfAll : 0));
  store_le(bytes + 8, slot.counter);
  store_le(bytes + 16, slot.checkpoint);
  store_le(bytes + 24, slot.durable_end);
  store_le(bytes + 32, slot.last_seq);
  store_le(bytes + 40, slot.epoch);
  store_le(bytes + 44, slot.prev_key_hash);
  std::memcpy(bytes + 48, slot.boot_id.data(), slot.boot_id.size());
  store_le(bytes + 64, slot.time);
  store_le(bytes + kMasksAt, slot.read_compatible);
  store_le(bytes + kMasksAt + 8, slot.incompatible);
  store_le(bytes + kMasksAt + 16, slot.floor_seq);
  store_le(bytes + kMasksAt + 24, slot.term);
  store_le(bytes + kMasksAt + 32, slot.base_end);
  store_le(bytes + kMasksAt + 40, slot.floor_time);
  store_epochs(slot.epochs, bytes);
  store_le(bytes, slot_crc(bytes, binding));
  publish_sector(sector, page + (2 + slot.counter % 2) * kSectorSize);
}

std::optional<Slot> load_slot(const std::uint8_t* page, int which, const Binding& binding) {
  const Sector bytes = read_sector(sector(page, 2 + which));
  const std::uint8_t* const at = bytes.data();
  if (load_le<std::uint32_t>(at) != slot_crc(at, binding)) return std::nullopt;
  Slot slot;
  const auto flags = load_le<std::uint32_t>(at + 4);
  slot.clean = (flags & kSlotClean) != 0;
  slot.last_not_in_batch = (flags & kSlotLastNotInBatch) != 0;
  slot.last_is_of_all = (flags & kSlotLastIsOfAll) != 0;
  slot.counter = load_le<std::uint64_t>(at + 8);
  slot.checkpoint = load_le<std::uint64_t>(at + 16);
  slot.durable_end = load_le<std::uint64_t>(at + 24);
  slot.last_seq = load_le<std::uint64_t>(at + 32);
  slot.epoch = load_le<std::uint16_t>(at + 40);
  slot.prev_key_hash = load_le<std::uint32_t>(at + 44);
  std::memcpy(slot.boot_id.data(), at + 48, slot.boot_id.size());
  slot.time = load_le<std::uint64_t>(at + 64);
  slot.read_compatible = load_le<std::uint64_t>(at + kMasksAt);
  slot.incompatible = load_le<std::uint64_t>(at + kMasksAt + 8);
  slot.floor_seq = load_le<std::uint64_t>(at + kMasksAt + 16);
  slot.term = load_le<std::uint64_t>(at + kMasksAt + 24);
  slot.base_end = load_le<std::uint64_t>(at + kMasksAt + 32);
  slot.floor_time = load_le<std::uint64_t>(at + kMasksAt + 40);
  slot.epochs = load_epochs(at, slot.epoch);
  return slot;
}

std::optional<Slot> load_newest_slot(const std::uint8_t* page, const Binding& binding) {
  std::optional<Slot> newest = load_slot(page, 0, binding);
  std::optional<Slot> other = load_slot(page, 1, binding);
  if (!newest || (other && other->counter > newest->counter)) newest.swap(other);
  return newest;
}

std::string encode_header_page(const FileHeader& header, const Slot& slot) {
  std::string page(kHeaderPageSize, '\0');
  auto* at = reinterpret_cast<std::uint8_t*>(page.data());
  store_header(header, at);
  store_slot(slot, Binding(header.file_id), at);
  return page;
}

void store_header(const FileHeader& header, std::uint8_t* page) {
  encode_header(header, page);
  encode_header(header, page + kSectorSize);
}

namespace {

// Finds the newer readable slot, and counts the unreadable ones.
void read_slots(const std::uint8_t* page, HeaderPage* result) {
  const Binding binding(result->header.file_id);
  bool any_slot = false;
  int zero_slots = 0;
  for (int which = 0; which < 2; ++which) {
    const auto slot = load_slot(page, which, binding);
    any_slot |= slot.has_value();
    if (!slot) {
      const Sector bytes = read_sector(sector(page, 2 + which));
      (all_zero(bytes.data(), bytes.size()) ? zero_slots : result->bad_slots) += 1;
    }
    if (slot && slot->counter >= result->slot.counter) result->slot = *slot;
  }
  // Slots are written alternately, beginning with the first, with counter 0, when the file is made.
  // So only if that is the newest one the other was never written.
  if (result->slot.counter > 0) result->bad_slots += zero_slots;
  // The first slot is written with the file: if none is readable that is damage, too.
  if (!any_slot) result->bad_slots = 2;
}

Result<HeaderPage> read_any_page(const std::uint8_t* page, std::uint64_t size,
                                 const std::string& path) {
  if (size < kHeaderPageSize) return not_ours(page, size, path);
  HeaderPage result;
  std::optional<FileHeader> header = load_header(page, 0);
  const std::optional<FileHeader> second = load_header(page, 1);
  result.bad_headers = !header + !second;
  if (!header) header = second;
  if (!header) return not_ours(page, size, path);
  result.header = *header;
  if (header->version <= kVersion) read_slots(page, &result);  // a newer one's may differ
  const std::uint64_t incompatible = header->incompatible | result.slot.incompatible;
  if (header->version > kVersion || (incompatible & ~kKnownIncompatible) != 0) {
    return fail(Code::kVersion,
                fmt::format("{} is of format version {} (features {:#x}); this program knows {}",
                            path, header->version, incompatible, kVersion),
                "open it with a newer kvstore");
  }
  result.writable = (header->read_compatible | result.slot.read_compatible) == 0;
  if ((incompatible & kFeatureKeyOrder) != 0) result.base = {header->base_end, header->floor_seq};
  if (result.slot.floor_seq > header->floor_seq) {
    result.header.floor_seq = result.slot.floor_seq;
    result.header.floor_time = result.slot.floor_time;
  }
  return result;
}

bool is_increment(const HeaderPage& page) {
  return ((page.header.incompatible | page.slot.incompatible) & kFeatureIncrement) != 0;
}

}  // namespace

Result<HeaderPage> read_header_page(const std::uint8_t* page, std::uint64_t size,
                                    const std::string& path) {
  auto result = read_any_page(page, size, path);
  if (!result || !is_increment(*result)) return result;
  const std::uint64_t since = result->header.floor_seq, until = result->header.increment.until_seq;
  const std::string what = since == until ? fmt::format("of nothing written after version {}", since)
                                          : fmt::format("versions {} to {} of one", since + 1, until);
  return fail(Code::kFormat, fmt::format("{} is not a database but an increment: {}", path, what),
              "put it onto the backup that it continues: kvstore restore BACKUP " + path + " OUT");
}

Result<HeaderPage> read_increment_page(const std::uint8_t* page, std::uint64_t size,
                                       const std::string& path) {
  auto result = read_any_page(page, size, path);
  if (!result || is_increment(*result)) return result;
  return fail(Code::kFormat, path + " is not an increment but a whole database",
              "kvstore restore BACKUP [INCREMENT...] OUT, the whole backup first");
}

}  // namespace kvstore::log
