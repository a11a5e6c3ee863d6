#include "src/wire/json_writer.h"

#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "src/command/reply.h"
#include "src/command/streams.h"

using namespace kvstore;
using namespace kvstore::wire;
using command::Aggregate;
using command::Reply;

TEST_CASE("whatever a reply is, it is one JSON text") {
  std::string out;
  JsonWriter writer(&out);
  writer.begin(Aggregate::kMap, 8);
  writer.ok();
  writer.status("PONG");
  writer.value("a\"\xc3\xbc");
  writer.value("\xff");
  writer.integer(-3);
  writer.real(1.5);
  writer.missing();
  writer.begin(Aggregate::kArray, 0);
  writer.end();
  writer.end();
  CHECK(out == "[\"OK\",\"PONG\",\"a\\\"\xc3\xbc\",{\"base64\":\"/w==\"},-3,1.5,null,[]]");
}

TEST_CASE("an error is an object, and takes the place of what was discarded") {
  std::string out;
  JsonWriter writer(&out);
  writer.start();
  writer.begin(Aggregate::kArray, 2);
  writer.ok();
  writer.discard();
  writer.error(Error{Code::kType, "no", "hint"});
  CHECK(out == R"({"error":"TYPE","message":"no"})");
}

TEST_CASE("a value that comes in parts is one string") {
  std::string out;
  JsonWriter writer(&out);
  writer.begin(Aggregate::kArray, 2);
  writer.stream(std::make_unique<command::TextStream>(std::string(100'000, 'x')));
  writer.begin_value(2);
  writer.part("\xc3");
  writer.part("\xbc");
  writer.end();
  writer.end();
  CHECK(out == "[\"" + std::string(100'000, 'x') + "\",\"\xc3\xbc\"]");
}

TEST_CASE("the text of bytes is no longer than was said, however it is cut up") {
  std::string long_text(16'383, 'x');
  for (int i = 0; i < 9000; ++i) long_text += "\xc3\xbc\xe2\x82\xac";
  const std::string texts[] = {"",          "\xff",   "\xff\xff\xff\xff", std::string(100, '\0'),
                               "a\"b\\c\n", long_text};
  for (const std::string& text : texts) {
    std::string json;
    append_json(text, &json);
    CHECK(json.size() <= json_size(text));
  }
  std::string json;
  append_json(long_text, &json);
  CHECK(json == '"' + long_text + '"');
  CHECK(json_size(long_text) == json.size());
}
