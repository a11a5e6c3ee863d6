#include "src/base/coding.h"

#include <string>

#include <doctest/doctest.h>

#include "src/base/crc32c.h"

using namespace kvstore;

TEST_CASE("numbers are little-endian, of fixed width, and may stand anywhere") {
  std::uint8_t bytes[16] = {};
  store_le(bytes + 1, std::uint32_t{0x01020304});
  CHECK(bytes[1] == 4);
  CHECK(bytes[4] == 1);
  CHECK(load_le<std::uint32_t>(bytes + 1) == 0x01020304);
  store_le48(bytes + 5, 0xFFEEDDCCBBAA);
  CHECK(bytes[5] == 0xAA);
  CHECK(bytes[10] == 0xFF);
  CHECK(bytes[11] == 0);
  CHECK(load_le48(bytes + 5) == 0xFFEEDDCCBBAA);
}

TEST_CASE("the CRC is that of iSCSI, and goes on in pieces") {
  CHECK(crc32c(0, "123456789", 9) == 0xE3069283);
  const std::string bytes(100'000, 'x');
  CHECK(crc32c(crc32c(0, bytes.data(), 777), bytes.data() + 777, bytes.size() - 777) ==
        crc32c(0, bytes.data(), bytes.size()));
  CHECK(crc32c(5, nullptr, 0) == 5);
}
