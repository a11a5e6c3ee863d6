#include "tests/fuzz/seal.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

#include "src/base/coding.h"
#include "src/base/crc32c.h"
#include "src/base/hash.h"
#include "src/log/header_page.h"
#include "src/log/record.h"
#include "tests/fuzz/image.h"
#include "tests/fuzz/seal_segment.h"

namespace kvstore::fuzz {
namespace {

constexpr std::uint32_t kLeaveBad = 0xFFFFFFFF;

std::uint8_t* bytes_of(std::string* file) { return reinterpret_cast<std::uint8_t*>(file->data()); }

// The id records and slots are bound to: the first header's that can be read.
log::Binding binding_of(const std::uint8_t* page) {
  log::Id id{};
  const auto first = log::load_header(page, 0);
  const auto header = first ? first : log::load_header(page, 1);
  if (header)
    id = header->file_id;
  else
    std::memcpy(id.data(), page + 56, id.size());
  return log::Binding(id);
}

class Sealer {
 public:
  Sealer(std::uint8_t fix, std::string* file)
      : fix_(fix), data_(bytes_of(file)), limit_(file->size()), binding_(binding_of(data_)) {}

  void run() {
    std::uint64_t at = log::kHeaderPageSize;
    while (at + log::kRecordHeaderSize <= limit_) {
      const std::uint64_t size = size_at(at);
      const bool has_record = data_[at + 8] != 0 && size <= limit_ - at;
      if (has_record) seal(at, size);
      at += has_record ? size + seal_extent(at, size) : log::kAlignment;
    }
  }

 private:
  std::uint64_t header_size(std::uint64_t at) const {
    return log::kRecordHeaderSize + data_[at + 11] * log::kExtensionUnit +
           load_le<std::uint16_t>(data_ + at + 12);
  }
  std::uint64_t size_at(std::uint64_t at) const {
    return log::record_size(data_[at + 11], load_le<std::uint16_t>(data_ + at + 12),
                            load_le<std::uint32_t>(data_ + at + 16));
  }

  std::uint8_t* extension(std::uint64_t at, log::Tag tag) {
    std::uint8_t* from = data_ + at + log::kRecordHeaderSize;
    std::uint8_t* const end = from + data_[at + 11] * log::kExtensionUnit;
    for (; from < end && from[1] != 0; from += from[1] * log::kExtensionUnit) {
      const bool whole = from[1] >= 2 && from + 2 * log::kExtensionUnit <= end;
      if (from[0] == static_cast<std::uint8_t>(tag) && whole) return from;
    }
    return nullptr;
  }

  void seal(std::uint64_t at, std::uint64_t size) {
    if (fix_ & kSeqs) fix_seq(at);
    if (fix_ & kEpochs) fix_epoch(at);
    if (fix_ & kLinks) fix_links(at);
    if (load_le<std::uint32_t>(data_ + at + 4) != kLeaveBad) seal_body(at, size);
    const auto head = load_le<std::uint32_t>(data_ + at);
    if (head == kLeaveBad || head == 0) return;
    const std::uint64_t covered = header_size(at) - 4;
    store_le(data_ + at, crc32c(binding_.header_seed(at), data_ + at + 4, covered));
  }

  // The size of the body that follows an EXTENT, if there is one.
  std::uint64_t seal_extent(std::uint64_t at, std::uint64_t size) {
    if (data_[at + 8] != static_cast<std::uint8_t>(log::Kind::kExtent)) return 0;
    const std::uint8_t* const raw = extension(at, log::Tag::kRaw);
    const std::uint64_t body = raw ? load_le48(raw + 2) : 0;
    if (body % log::kAlignment != 0 || body > limit_ - at - size) return 0;
    seal_segment(data_ + at + size, at + size, body, binding_);
    return body;
  }

  void seal_body(std::uint64_t at, std::uint64_t size) {
    const std::uint8_t* value = data_ + at + header_size(at);
    const std::uint8_t* end = data_ + at + size;
    const auto value_size = load_le<std::uint32_t>(data_ + at + 16);
    const std::uint64_t blocks = log::block_count(value_size);
    if (blocks != 0) {
      std::uint8_t* table = data_ + at + size - round_up(blocks * 4, log::kAlignment);
      seal_blocks(at, value, table, blocks);
      value = table;
    }
    store_le(data_ + at + 4, crc32c(0, value, static_cast<std::size_t>(end - value)));
  }

  void seal_blocks(std::uint64_t at, const std::uint8_t* value, std::uint8_t* table,
                   std::uint64_t blocks) {
    const auto seq = load_le<std::uint64_t>(data_ + at + 24);
    for (std::uint64_t block = 0; block < blocks; ++block) {
      const std::uint8_t* begin = value + block * log::kBlockSize;
      const std::uint8_t* end = block + 1 == blocks ? table : begin + log::kBlockSize;
      store_le(table + block * 4, crc32c(binding_.block_seed(at, seq, block), begin,
                                         static_cast<std::size_t>(end - begin)));
    }
  }

  void fix_seq(std::uint64_t at) {
    const bool derived = data_[at + 8] < log::kCriticalKind;
    const bool later_member =
        (data_[at + 10] & log::kBatchMember) != 0 && !extension(at, log::Tag::kBatch);
    if (!derived && !(later_member && seq_ != 0)) ++seq_;
    store_le(data_ + at + 24, seq_);
  }

  void fix_epoch(std::uint64_t at) {
    if (epoch_ == 0) epoch_ = std::max<std::uint16_t>(1, load_le<std::uint16_t>(data_ + at + 14));
    store_le(data_ + at + 14, epoch_);
    store_le(data_ + at + 20, prev_key_hash_);
    prev_key_hash_ = static_cast<std::uint32_t>(hash_key(key_at(at)));
  }

  std::string_view key_at(std::uint64_t at) const {
    const auto size = load_le<std::uint16_t>(data_ + at + 12);
    return {reinterpret_cast<const char*>(data_ + at + header_size(at) - size), size};
  }

  void fix_links(std::uint64_t at) {
    if (data_[at + 8] < log::kCriticalKind) return;
    Newest& newest = newest_[key_at(at)];
    const bool starts = (data_[at + 10] & log::kChainStart) != 0;
    std::uint64_t length = load_le<std::uint32_t>(data_ + at + 16);
    if (const std::uint8_t* raw = extension(at, log::Tag::kRaw)) length = load_le48(raw + 2);
    newest.total = (starts ? 0 : newest.total) + length;
    store_le(data_ + at + 40, newest.offset);
    if (std::uint8_t* chain = extension(at, log::Tag::kChain)) store_le48(chain + 10, newest.total);
    newest.offset = at;
  }

  struct Newest {
    std::uint64_t offset = 0;
    std::uint64_t total = 0;
  };
  const std::uint8_t fix_;
  std::uint8_t* const data_;
  const std::uint64_t limit_;
  const log::Binding binding_;
  std::uint64_t seq_ = 0;
  std::uint16_t epoch_ = 0;
  std::uint32_t prev_key_hash_ = 0;
  std::map<std::string_view, Newest> newest_;
};

}  // namespace

void seal_page(std::uint8_t keep, std::string* file) {
  std::uint8_t* page = bytes_of(file);
  for (std::uint64_t sector = 0; sector < 4; ++sector) {
    if ((keep >> sector & 1) != 0) continue;
    std::uint8_t* at = page + sector * log::kSectorSize;
    if (sector < 2) {
      store_le(at + 8, crc32c(0, at + 12, log::kSectorSize - 12));
    } else if (!std::all_of(at, at + log::kSectorSize, [](std::uint8_t b) { return b == 0; })) {
      const log::Binding binding = binding_of(page);
      store_le(at, crc32c(binding.file_crc(), at + 4, log::kSectorSize - 4));
    }
  }
}

void seal_log(std::uint8_t fix, std::string* file) { Sealer(fix, file).run(); }

}  // namespace kvstore::fuzz
