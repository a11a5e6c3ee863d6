#include "repl/change_rows.h"

#include <string>

#include <doctest/doctest.h>

using namespace kvstore::repl;
using kvstore::command::Reply;

namespace {

constexpr std::uint64_t kNow = 1'800'000'000'000'000;

std::string line_of(std::string key) {
  Look look;
  look.prompt = true;
  std::string out;
  ChangeRows rows(look, kNow, &out);
  rows.add(Reply::array({Reply::value("+"), Reply::value(std::move(key)), Reply::of(999'990),
                         Reply::value("2027-01-15T07:50:00Z"), Reply::missing(), Reply::of(7)}));
  return out;
}

}  // namespace

TEST_CASE("a line of DIFF fits into 80 columns, also where its key is longer than others") {
  CHECK(line_of("k") ==
        "+ k                         7 bytes               seq 999990, 10 min ago\n");
  CHECK(line_of(std::string(36, 'k')) ==
        "+ " + std::string(36, 'k') + "  7 bytes   seq 999990, 10 min ago\n");
}

TEST_CASE("a line of DIFF that does not fit is broken between words") {
  CHECK(line_of(std::string(60, 'k')) ==
        "+ " + std::string(60, 'k') + "  7 bytes  seq\n999990, 10 min ago\n");
}
