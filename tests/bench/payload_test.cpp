#include "src/bench/payload.h"

#include <string>

#include <doctest/doctest.h>

using namespace kvstore::bench;

TEST_CASE("a key's number is read back, and other keys have none") {
  const Payload payload(10, "p:");
  std::string key;
  payload.key(1234, &key);
  CHECK(key == "p:000000001234");
  CHECK(payload.number_of(key) == 1234);
  CHECK(payload.number_of("p:00000000123") == std::nullopt);
  CHECK(payload.number_of("q:000000001234") == std::nullopt);
  CHECK(payload.number_of("p:00000000123x") == std::nullopt);
}

TEST_CASE("any part of a value is known, and a wrong byte is seen") {
  for (const std::size_t size : {1, 7, 100, 1024, 5000}) {
    CAPTURE(size);
    const Payload payload(size, "");
    std::string value;
    while (value.size() < 3 * size) value += payload.piece(5);
    CHECK(payload.matches(5, 0, value));
    for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, size - 1, size, 2 * size})
      CHECK(payload.matches(5, offset, std::string_view(value).substr(offset)));
    for (const std::size_t at : {std::size_t{0}, value.size() - 1}) {
      std::string wrong = value;
      wrong[at] = static_cast<char>(wrong[at] + 1);
      CHECK_FALSE(payload.matches(5, 0, wrong));
    }
    if (size >= 100) CHECK_FALSE(payload.matches(6, 0, value));
  }
}
