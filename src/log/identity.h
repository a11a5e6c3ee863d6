// Binds records to their file, so that bytes of another file, copy or offset are never accepted.
#pragma once

#include <array>
#include <cstdint>

namespace kvstore::file {
class FileSystem;
}

namespace kvstore::log {

using Id = std::array<std::uint8_t, 16>;

// The seed of a record's header_crc: its file and its offset.
class Binding {
 public:
  explicit Binding(const Id& file_id);
  std::uint32_t header_seed(std::uint64_t offset) const {
    return file_crc_ ^ static_cast<std::uint32_t>(offset >> 3) ^
           static_cast<std::uint32_t>(offset >> 35);
  }
  // The seed of the CRC of block `block` of a large value.
  std::uint32_t block_seed(std::uint64_t offset, std::uint64_t seq, std::uint64_t block) const;
  std::uint32_t file_crc() const { return file_crc_; }

 private:
  std::uint32_t file_crc_;
};

Id random_id();

// The id of the machine's boot; all zeros if it is unknown.
Id boot_id_of(file::FileSystem& files);

// Whether a slot was written during the present boot. An unknown boot (all zeros) matches none.
inline bool is_same_boot(const Id& slot, const Id& running) {
  return slot == running && running != Id{};
}

}  // namespace kvstore::log
