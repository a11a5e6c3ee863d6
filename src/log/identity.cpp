#include "src/log/identity.h"

#include <algorithm>
#include <string>

#include "src/base/coding.h"
#include "src/base/crc32c.h"
#include "src/base/random.h"
#include "src/file/file_system.h"

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
  Id id;
  static_assert(sizeof id == 2 * sizeof random_bits());
  store_le(id.data(), random_bits());
  store_le(id.data() + 8, random_bits());
  return id;
}

Id boot_id_of(file::FileSystem& files) {
  Id id{};
  const std::string bytes = files.boot_id();
  std::copy_n(bytes.begin(), std::min(bytes.size(), id.size()), id.begin());
  return id;
}

}  // namespace kvstore::log
