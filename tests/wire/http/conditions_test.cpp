#include "src/wire/http/conditions.h"

#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace kvstore::wire::http {
namespace {

// Of 100 bytes: "10-19" (both of it), "all", "none".
std::string range_of(std::string_view field) {
  const RangeAsked asked = parse_range(field);
  if (asked.what != RangeAsked::What::kPart) return "all";
  const auto part = resolve(asked, 100);
  return part ? fmt::format("{}-{}", part->begin, part->end - 1) : "none";
}

TEST_CASE("a range is a part, or nothing of it is there, or it is none") {
  CHECK(range_of("bytes=10-19") == "10-19");
  CHECK(range_of("Bytes= 10-19 ") == "10-19");
  CHECK(range_of("bytes=90-") == "90-99");
  CHECK(range_of("bytes=90-200") == "90-99");
  CHECK(range_of("bytes=-10") == "90-99");
  CHECK(range_of("bytes=-1000") == "0-99");
  CHECK(range_of("bytes=100-") == "none");
  CHECK(range_of("bytes=-0") == "none");
  CHECK(range_of("bytes=18446744073709551616-18446744073709551617") == "none");
  for (const std::string_view all :
       {"", "bytes", "bytes=", "bytes=-", "bytes=9-1", "bytes=a-b", "bytes=1", "bytes=1-2,3-4",
        "bytes=--1", "bytes=+1-2", "bytes=1-+2", "items=1-2", "bytes=1 -2", "bytes=0x1-2",
        "bytes=1-2-"}) {
    CAPTURE(all);
    CHECK(range_of(all) == "all");
  }
  CHECK(!resolve(parse_range("bytes=0-0"), 0));
  CHECK(!resolve(parse_range("bytes=-1"), 0));
}

TEST_CASE("versions are named in lists") {
  Head head;
  head.fields = {{"If-Match", "\"1\", W/\"23\" ,\"x\""}, {"if-match", "\"4\""}};
  const auto list = version_list(head, "If-Match");
  REQUIRE(list);
  CHECK(!list->is_any);
  CHECK(list->names(1));
  CHECK(!list->names(23));  // weak
  CHECK(list->names(4));
  CHECK(!list->names(2));
  CHECK(!version_list(head, "If-None-Match"));
  head.fields = {{"If-None-Match", "W/\"23\""}};
  CHECK(version_list(head, "If-None-Match")->names(23));
  head.fields = {{"If-Match", " * "}};
  CHECK(version_list(head, "If-Match")->is_any);
  head.fields = {{"If-Match", ", \"1,2\",, W/\"3\","}};
  CHECK(!version_list(head, "If-Match")->is_unusable);
  CHECK(version_list(head, "If-Match")->names("\"1,2\""));
  CHECK(!version_list(head, "If-Match")->names(2));
  for (const std::string_view bad :
       {"17", "", ",", "\"1", "1\"", "\"1\" \"2\"", "*, \"9\"", "\"9\", *", "\"\"1\"", "w/\"1\""}) {
    CAPTURE(bad);
    head.fields = {{"If-Match", bad}};
    CHECK(version_list(head, "If-Match")->is_unusable);
  }
}

bool is_second(std::string_view accept) {
  return preferred(accept, "application/json", "application/octet-stream") == Preferred::kSecond;
}

TEST_CASE("what is preferred is what is named closest, or weighs most") {
  CHECK(!is_second(""));
  CHECK(!is_second("*/*"));
  CHECK(!is_second("application/*"));
  CHECK(!is_second("application/json"));
  CHECK(!is_second("text/html"));
  CHECK(is_second("application/octet-stream"));
  CHECK(is_second("Application/Octet-Stream;q=0.5"));
  CHECK(is_second("application/octet-stream, */*"));
  CHECK(is_second("*/*, application/octet-stream"));
  CHECK(is_second("application/json;q=0.5, application/octet-stream"));
  CHECK(is_second("application/json; q=0, */*"));
  CHECK(!is_second("application/octet-stream;q=0"));
  CHECK(!is_second("application/octet-stream;q=0.1, application/json"));
  CHECK(!is_second("application/octet-stream;q=x"));
  CHECK(accepts("", "text/plain"));
  CHECK(accepts("image/png, text/*", "text/plain"));
  CHECK(!accepts("image/png, text/plain;q=0", "text/plain"));
}

TEST_CASE("a user and a password are in Basic") {
  const auto login = basic_credentials("basic dXNlcjpwYTpzcw==");
  REQUIRE(login);
  CHECK(login->user == "user");
  CHECK(login->password == "pa:ss");
  CHECK(basic_credentials("Basic Og==")->user.empty());
  for (const std::string_view bad :
       {"", "Basic", "Basic ", "Bearer dXNlcjpw", "Basic dXNlcg==", "Basic dXNlcjpw!"}) {
    CAPTURE(bad);
    CHECK(!basic_credentials(bad));
  }
}

}  // namespace
}  // namespace kvstore::wire::http
