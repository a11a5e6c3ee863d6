// BITOP and BITFIELD. That they answer as Redis does, byte for byte, is what
// tests/server/redis_compare_test.cpp says; here is what it cannot see.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "src/command/bit_field.h"
#include "tests/command/support.h"

namespace kvstore::command::test {
namespace {

class Commands : public Fixture {
 public:
  std::string operator()(const std::vector<std::string>& argv) { return as_text(run(argv)); }
};

std::string value(const std::string& bytes) {
  return "+VALUE " + std::to_string(bytes.size()) + "\n" + bytes + "\n";
}

TEST_CASE("BITOP combines values of different lengths as if zeros followed the shorter") {
  Commands run;
  REQUIRE(run({"MSET", "a", "\xff\x0f", "b", "\x3c"}) == "+OK\n");
  CHECK(run({"BITOP", "AND", "d", "a", "b"}) == ":2\n");
  CHECK(run({"GET", "d"}) == value(std::string("\x3c\0", 2)));
  CHECK(run({"BITOP", "or", "d", "a", "b", "none"}) == ":2\n");
  CHECK(run({"GET", "d"}) == value("\xff\x0f"));
  CHECK(run({"BITOP", "XOR", "a", "a", "b"}) == ":2\n");
  CHECK(run({"GET", "a"}) == value("\xc3\x0f"));
  CHECK(run({"BITOP", "NOT", "d", "b"}) == ":1\n");
  CHECK(run({"GET", "d"}) == value("\xc3"));
}

TEST_CASE("BITOP replaces whatever the destination is, and of nothing it leaves nothing") {
  Commands run;
  REQUIRE(run({"SET", "a", "x"}) == "+OK\n");
  REQUIRE(run({"ZADD", "d", "1", "m"}) == ":1\n");
  CHECK(run({"BITOP", "OR", "d", "a"}) == ":1\n");
  CHECK(run({"GET", "d"}) == value("x"));
  REQUIRE(run({"EXPIRE", "d", "100"}) == ":1\n");
  CHECK(run({"BITOP", "OR", "d", "a"}) == ":1\n");
  CHECK(run({"TTL", "d"}) == ":-1\n");
  CHECK(run({"BITOP", "OR", "d", "none", "nothing"}) == ":0\n");
  CHECK(run({"EXISTS", "d"}) == ":0\n");
}

TEST_CASE("BITOP refuses a sorted set, and too many keys for NOT, and writes nothing") {
  Commands run;
  REQUIRE(run({"SET", "a", "x"}) == "+OK\n");
  REQUIRE(run({"ZADD", "z", "1", "m"}) == ":1\n");
  CHECK(run({"BITOP", "AND", "d", "a", "z"}).starts_with("-ERR TYPE"));
  CHECK(run({"BITOP", "NOT", "d", "a", "a"}).starts_with("-ERR ARITY"));
  CHECK(run({"BITOP", "NOR", "d", "a"}).starts_with("-ERR SYNTAX"));
  CHECK(run({"EXISTS", "d"}) == ":0\n");
}

TEST_CASE("what BITOP holds is counted: a client's limit refuses it") {
  Fixture fixture;
  REQUIRE(as_text(fixture.run({"SET", "a", std::string(1000, 'x')})) == "+OK\n");
  std::size_t left = 1500;
  Session::Info info;
  info.context = &left;
  info.take_memory = [](void* context, std::size_t bytes) {
    auto& rest = *static_cast<std::size_t*>(context);
    if (bytes > rest) return false;
    rest -= bytes;
    return true;
  };
  Session session(*fixture.store, info);
  const auto answer = [&](std::vector<std::string_view> words) {
    return as_text(session.execute(words));
  };
  CHECK(answer({"BITOP", "OR", "d", "a"}).starts_with("-ERR LIMIT"));
  left = 2000;
  CHECK(answer({"BITOP", "OR", "d", "a"}) == ":1000\n");
}

TEST_CASE("BITFIELD sets and adds to fields anywhere, and keeps the expiry") {
  Commands run;
  REQUIRE(run({"SET", "k", "a", "EXAT", "4102444800"}) == "+OK\n");
  CHECK(run({"BITFIELD", "k", "SET", "u8", "#1", "98", "INCRBY", "i5", "100", "1", "GET", "u16",
             "0"}) == "+ARRAY 3\n:0\n:1\n:24930\n");
  CHECK(run({"STRLEN", "k"}) == ":14\n");
  CHECK(run({"EXPIRETIME", "k"}) == ":4102444800\n");
  CHECK(run({"BITFIELD", "none", "GET", "i64", "1000"}) == "+ARRAY 1\n:0\n");
  CHECK(run({"EXISTS", "none"}) == ":0\n");
}

TEST_CASE("a field that stays as it is writes no version") {
  Commands run;
  REQUIRE(run({"SET", "k", "ab"}) == "+OK\n");
  const auto versions = [&] { return run.run({"HISTORY", "k"}).items.size(); };
  const std::size_t before = versions();
  CHECK(run({"BITFIELD", "k", "SET", "u8", "0", "97", "OVERFLOW", "FAIL", "INCRBY", "u8", "8",
             "200"}) == "+ARRAY 2\n:97\n+NIL\n");
  CHECK(versions() == before);
}

TEST_CASE("BITFIELD_RO reads and refuses the rest") {
  Commands run;
  REQUIRE(run({"SET", "k", "ab"}) == "+OK\n");
  CHECK(run({"BITFIELD_RO", "k", "GET", "u8", "#1"}) == "+ARRAY 1\n:98\n");
  CHECK(run({"BITFIELD_RO", "k", "SET", "u8", "0", "1"}).starts_with("-ERR SYNTAX"));
  CHECK(run({"GET", "k"}) == value("ab"));
}

TEST_CASE("a number that a field cannot hold wraps, stops at the end, or fails") {
  using Answer = std::optional<std::int64_t>;
  const BitFieldType u8{false, 8}, i8{true, 8}, i64{true, 64};
  const auto max = INT64_MAX, min = INT64_MIN;
  CHECK(add_to_bit_field(250, 10, u8, Overflow::kWrap) == Answer(4));
  CHECK(add_to_bit_field(250, 10, u8, Overflow::kSaturate) == Answer(255));
  CHECK(add_to_bit_field(250, 10, u8, Overflow::kFail) == std::nullopt);
  CHECK(add_to_bit_field(5, -10, u8, Overflow::kSaturate) == Answer(0));
  CHECK(add_to_bit_field(-100, -100, i8, Overflow::kWrap) == Answer(56));
  CHECK(add_to_bit_field(-100, -100, i8, Overflow::kSaturate) == Answer(-128));
  CHECK(add_to_bit_field(max, 1, i64, Overflow::kWrap) == Answer(min));
  CHECK(add_to_bit_field(min, -1, i64, Overflow::kSaturate) == Answer(min));
  CHECK(add_to_bit_field(max, max, i64, Overflow::kFail) == std::nullopt);
  CHECK(fit_bit_field(-1, u8, Overflow::kSaturate) == Answer(255));
  CHECK(fit_bit_field(-1, u8, Overflow::kWrap) == Answer(255));
  CHECK(fit_bit_field(200, i8, Overflow::kWrap) == Answer(-56));
}

TEST_CASE("a field is read as it was written, wherever it lies") {
  for (const bool is_signed : {false, true}) {
    for (unsigned bits = 1; bits <= (is_signed ? 64u : 63u); ++bits) {
      const BitFieldType type{is_signed, bits};
      for (std::uint64_t at = 0; at < 16; ++at) {
        std::string bytes(10, '\x55');
        const std::int64_t number = *fit_bit_field(0x123456789abcdef1, type, Overflow::kWrap);
        write_bit_field(bytes, at, type, number);
        CHECK(read_bit_field(bytes, at, type) == number);
        write_bit_field(bytes, at, type, read_bit_field(std::string(10, '\x55'), at, type));
        CHECK(bytes == std::string(10, '\x55'));
      }
    }
  }
}

TEST_CASE("types of fields are i1 to i64 and u1 to u63") {
  CHECK(parse_bit_field_type("i64"));
  CHECK(parse_bit_field_type("u63"));
  for (const char* word : {"u64", "i65", "i0", "u", "", "8", "I8", "i08", "i-1", "i8 "}) {
    CAPTURE(word);
    CHECK_FALSE(parse_bit_field_type(word));
  }
}

}  // namespace
}  // namespace kvstore::command::test
