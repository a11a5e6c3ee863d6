#include "src/base/base64.h"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

using kvstore::append_base64;
using kvstore::parse_base64;


namespace {

std::string base64(std::string_view bytes) {
  std::string out;
  append_base64(bytes, &out);
  return out;
}

}  // namespace

TEST_CASE("base64 gives the test vectors of RFC 4648, section 10") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foob") == "Zm9vYg==");
  CHECK(base64("fooba") == "Zm9vYmE=");
  CHECK(base64("foobar") == "Zm9vYmFy");
}

TEST_CASE("base64 takes any byte, and appends") {
  std::string out = "kept ";
  append_base64({"\xff\xfe\0", 3}, &out);
  CHECK(out == "kept //4A");
}

TEST_CASE("base64 is read as it is written, and nothing else is read") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    CHECK(parse_base64(base64(bytes)) == bytes);
    bytes += static_cast<char>(i * 37);
  }
  // Cut, not padded, padded inside, blanks, line ends, other alphabets, bits that are of no byte.
  for (const char* wrong : {"Z", "Zg", "Zg=", "Zm9vYg=", "Zg==Zg==", "Z===", "====", "Zm 9v",
                            "Zm9v\n", "Zm9-", "Zm9_", "Zh==", "Zm9=", "\xff\xff\xff\xff"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_base64(wrong));
  }
  CHECK_FALSE(parse_base64(std::string_view("Zm9\0", 4)));
}
