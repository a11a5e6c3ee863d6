// Where a server is: the forms that every client subcommand takes.
#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

#include "src/cli/place.h"

using kvstore::cli::looks_like_place;
using kvstore::cli::parse_place;

namespace {

std::string name_of(const char* word) {
  const auto place = parse_place(word);
  return place ? place->address.name() : place.error().message;
}

}  // namespace

TEST_CASE("hosts and ports, URLs and paths name a server") {
  CHECK(name_of("7878") == "127.0.0.1:7878");
  CHECK(name_of("db.example:99") == "db.example:99");
  CHECK(name_of("kvstore://db.example") == "db.example:7878");
  CHECK(name_of("kvstore://db.example/") == "db.example:7878");
  CHECK(name_of("kvstore://[::1]:99") == "::1:99");
  CHECK(name_of("kvstore://[::1]") == "::1:7878");
  CHECK(name_of("unix:/run/a.sock") == "unix:/run/a.sock");
  CHECK(name_of("unix:///run/a.sock") == "unix:/run/a.sock");
  CHECK(name_of("unix:a.sock") == "unix:a.sock");
  CHECK(name_of("./a.sock") == "unix:./a.sock");
  CHECK(parse_place("kvstores://db.example")->address.tls.has_value());
  CHECK_FALSE(parse_place("kvstore://db.example")->address.tls.has_value());
}

TEST_CASE("a URL may name a user and a password, percent-encoded") {
  const auto both = parse_place("kvstore://a%40b:p%3aw%2Fx@host:1");
  REQUIRE(both);
  CHECK(both->credentials.user == "a@b");
  CHECK(*both->credentials.password == "p:w/x");
  CHECK(both->address.name() == "host:1");
  const auto password = parse_place("kvstore://:secret@host");
  REQUIRE(password);
  CHECK(password->credentials.user.empty());
  CHECK(*password->credentials.password == "secret");
  CHECK_FALSE(parse_place("kvstore://reader@host")->credentials.password.has_value());
}

TEST_CASE("what names no server is refused, and no password is shown") {
  for (const char* const word :
       {"", "host", "kvstore://", "kvstore://host/0", "kvstore://host?x=1", "kvstore://host:x",
        "kvstore://host:70000", "kvstore://u:secret@", "kvstore://u:secret@host/x",
        "kvstore://u:secret%4@host", "kvstore://u:secret%zz@host", "http://host", "redis://host:1",
        "unix:"}) {
    CAPTURE(word);
    const auto place = parse_place(word);
    REQUIRE_FALSE(place);
    CHECK(place.error().code == kvstore::Code::kUsage);
    CHECK(place.error().message.find("secret") == std::string::npos);
    CHECK(place.error().hint.find("secret") == std::string::npos);
  }
}

TEST_CASE("a place is told from a command and from a file") {
  for (const char* const word : {"7878", "h:1", "kvstore://h", "kvstores://h", "unix:x"}) {
    CHECK(looks_like_place(word, false));
  }
  CHECK(looks_like_place("./a", true));
  CHECK_FALSE(looks_like_place("./a", false));
  CHECK(looks_like_place("run/a.sock", true));
  CHECK_FALSE(looks_like_place("GET a/b", true));
  for (const char* const word : {"GET", "data.bin", "./7878", "", "a/b:1", "http://h"}) {
    CHECK_FALSE(looks_like_place(word, false));
  }
}

TEST_CASE("without a word it is $KVSTORE_URL, and a password only there") {
  const kvstore::cli::ConnectionOptions options;
  ::unsetenv("KVSTORE_PASSWORD");
  ::unsetenv("KVSTORE_URL");
  CHECK(options.place("")->address.name() == "127.0.0.1:7878");
  ::setenv("KVSTORE_URL", "kvstores://u:p@host:1", 1);
  CHECK(options.place("")->address.name() == "host:1");
  CHECK(*options.place("")->credentials.password == "p");
  CHECK(options.place("99")->address.name() == "127.0.0.1:99");
  CHECK_FALSE(options.place("99")->address.tls.has_value());
  const auto shown = options.place("kvstore://u:p@host:1");
  REQUIRE_FALSE(shown);
  CHECK(shown.error().message.find("can be read by others") != std::string::npos);
  ::setenv("KVSTORE_URL", "nonsense://", 1);
  const auto wrong = options.place("");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message.find("$KVSTORE_URL") != std::string::npos);
  ::unsetenv("KVSTORE_URL");
}
