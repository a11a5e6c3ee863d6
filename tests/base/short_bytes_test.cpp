#include "src/base/short_bytes.h"

#include <string>

#include <doctest/doctest.h>

TEST_CASE("short bytes are copied and compared as by memcpy and memcmp, and no other is touched") {
  const std::string from = "abcdefghijklmnopqrstuvwxyz0123456789";
  for (std::size_t size = 0; size <= from.size(); ++size) {
    std::string to(from.size() + 2, '.');
    kvstore::copy_short(to.data() + 1, from.data(), size);
    CAPTURE(size);
    CHECK(to == "." + from.substr(0, size) + std::string(from.size() - size + 1, '.'));
    CHECK(kvstore::equal_short(to.data() + 1, from.data(), size));
    for (std::size_t at = 0; at < size; ++at) {
      std::string other = from;
      other[at] ^= 1;
      CHECK_FALSE(kvstore::equal_short(other.data(), from.data(), size));
    }
  }
}
