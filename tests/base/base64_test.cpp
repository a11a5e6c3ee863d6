#include "src/base/base64.h"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

using kvstore::append_base64;

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
