#include "src/log/identity.h"

#include <cstring>
#include <random>

#include "src/base/coding.h"
#include "src/base/crc32c.h"

namespace kvstore::log {

Binding::Binding(const Id& file_id) : file_crc_(crc32c(0, file_id.data(), file_id.size())) {}

std::uint32_t Binding::block_seed(std::uint64_t offset, std::uint64_t seq,
                                  std::uint64_t block) const {
  std::uint8_t bytes[24];
  store_le(bytes, offset);
  store_le(bytes + 8, seq);
  store_le(bytes + 16, block);
  return crc32c(file_crc_, bytes, sizeof bytes);
}

Id random_id() {
  std::random_device device;
  Id id;
  for (std::size_t i = 0; i < id.size(); i += 4) {
    store_le(id.data() + i, static_cast<std::uint32_t>(device()));
  }
  return id;
}

}  // namespace kvstore::log
