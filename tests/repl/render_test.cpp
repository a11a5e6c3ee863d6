#include "repl/render.h"

#include <doctest/doctest.h>

using namespace kvstore;
using namespace kvstore::repl;
using command::Reply;

namespace {

std::string at_prompt(const Reply& reply, Mode mode = Mode::kPlain) {
  std::string out;
  render(reply, {mode, true, true, true}, &out);
  return out;
}

std::string in_script(const Reply& reply, Mode mode = Mode::kPlain, bool newline = true) {
  std::string out;
  render(reply, {mode, false, false, newline}, &out);
  return out;
}

const Reply kPair = Reply::array({Reply::value("a"), Reply::of(1)});
const std::string kBinary("\x00\xff\n", 3);

}  // namespace

TEST_CASE("a person sees what kind of answer it is") {
  CHECK(at_prompt(Reply::ok()) == "OK\n");
  CHECK(at_prompt(Reply::status("PONG")) == "PONG\n");
  CHECK(at_prompt(Reply::value("hello")) == "hello\n");
  CHECK(at_prompt(Reply::of(3)) == "(integer) 3\n");
  CHECK(at_prompt(Reply::missing()) == "(nil)\n");
  CHECK(at_prompt(Reply::array({})) == "(empty array)\n");
  CHECK(at_prompt(kPair) == "1) a\n2) (integer) 1\n");
}

TEST_CASE("a script sees data only") {
  CHECK(in_script(Reply::ok()).empty());
  CHECK(in_script(Reply::value("hello")) == "hello\n");
  CHECK(in_script(Reply::value(kBinary)) == kBinary + "\n");
  CHECK(in_script(Reply::of(-3)) == "-3\n");
  CHECK(in_script(Reply::missing()) == "\n");
  CHECK(in_script(Reply::array({})).empty());
  CHECK(in_script(kPair) == "a\n1\n");
  CHECK(in_script(Reply::array({kPair, kPair})) == "a\t1\na\t1\n");
}

TEST_CASE("without newlines a script sees exactly a value's bytes") {
  CHECK(in_script(Reply::value(kBinary), Mode::kPlain, false) == kBinary);
  CHECK(in_script(Reply::value(""), Mode::kPlain, false).empty());
  CHECK(in_script(Reply::missing(), Mode::kPlain, false).empty());
  CHECK(in_script(Reply::of(3), Mode::kPlain, false) == "3\n");
}

TEST_CASE("an error on its own is not an answer") {
  const Reply error = Reply::failure({Code::kArity, "no", ""});
  CHECK(at_prompt(error).empty());
  CHECK(in_script(error).empty());
  CHECK(in_script(error, Mode::kJson).empty());
  CHECK(at_prompt(Reply::array({error})) == "1) (error) ARITY no\n");
}

TEST_CASE("binary is never sent raw to a terminal") {
  for (const Mode mode : {Mode::kPlain, Mode::kQuoted, Mode::kHex, Mode::kJson}) {
    for (const Reply& reply : {Reply::value("\x1b[31m\x07"), Reply::value(kBinary),
                               Reply::array({Reply::value("\x1b]0;x\x07")})}) {
      for (const bool prompt : {true, false}) {
        std::string out;
        render(reply, {mode, prompt, true, true}, &out);
        CAPTURE(out);
        for (const char c : out) CHECK((c == '\n' || (c >= 0x20 && c < 0x7f)));
      }
    }
  }
}

TEST_CASE("a csv control character is quoted on a terminal too") {
  std::string out;
  render(Reply::value("\x1b[31m"), {Mode::kCsv, true, true, true}, &out);
  CHECK(out.find('\x1b') == out.npos);
}

TEST_CASE("numbers in front of array items line up, and arrays nest") {
  std::vector<Reply> ten(10, Reply::value("x"));
  ten[9] = kPair;
  const std::string out = at_prompt(Reply::array(ten));
  CHECK(out.starts_with(" 1) x\n 2) x\n"));
  CHECK(out.ends_with("10) 1) a\n    2) (integer) 1\n"));
}

TEST_CASE("a value of several lines stays on its line inside an array") {
  CHECK(at_prompt(Reply::value("a\nb")) == "a\nb\n");
  CHECK(at_prompt(Reply::array({Reply::value("a\nb")})) == "1) \"a\\nb\"\n");
}

TEST_CASE("quoted mode quotes every value") {
  CHECK(at_prompt(Reply::value("hello"), Mode::kQuoted) == "\"hello\"\n");
  CHECK(in_script(Reply::value(kBinary), Mode::kQuoted) == "\"\\x00\\xff\\n\"\n");
}

TEST_CASE("hex mode dumps for people and gives digits to scripts") {
  CHECK(at_prompt(Reply::value("AB\n"), Mode::kHex) ==
        "00000000  41 42 0a                                          |AB.|\n");
  CHECK(at_prompt(Reply::value("0123456789abcdefX"), Mode::kHex) ==
        "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n"
        "00000010  58                                                |X|\n");
  CHECK(in_script(Reply::value(kBinary), Mode::kHex) == "00ff0a\n");
}

TEST_CASE("json mode gives one JSON text a reply, base64 for what is not UTF-8") {
  CHECK(in_script(Reply::ok(), Mode::kJson).empty());
  CHECK(in_script(Reply::value("a\"\n\x01ü"), Mode::kJson) == "\"a\\\"\\n\\u0001ü\"\n");
  CHECK(in_script(Reply::value("\xff"), Mode::kJson) == "{\"base64\":\"/w==\"}\n");
  CHECK(in_script(Reply::value("\xff\xff"), Mode::kJson) == "{\"base64\":\"//8=\"}\n");
  CHECK(in_script(Reply::value("\xff\xff\xff"), Mode::kJson) == "{\"base64\":\"////\"}\n");
  CHECK(in_script(Reply::value(""), Mode::kJson) == "\"\"\n");
  CHECK(in_script(Reply::of(3), Mode::kJson) == "3\n");
  CHECK(in_script(Reply::missing(), Mode::kJson) == "null\n");
  CHECK(in_script(Reply::array({kPair, Reply::missing()}), Mode::kJson) == "[[\"a\",1],null]\n");
  CHECK(in_script(Reply::array({}), Mode::kJson) == "[]\n");
}

TEST_CASE("csv mode quotes after RFC 4180") {
  CHECK(in_script(Reply::value("plain"), Mode::kCsv) == "plain\n");
  CHECK(in_script(Reply::value("a,b"), Mode::kCsv) == "\"a,b\"\n");
  CHECK(in_script(Reply::value("say \"hi\""), Mode::kCsv) == "\"say \"\"hi\"\"\"\n");
  CHECK(in_script(Reply::value("two\nlines"), Mode::kCsv) == "\"two\nlines\"\n");
  CHECK(in_script(Reply::value(""), Mode::kCsv) == "\"\"\n");
  CHECK(in_script(Reply::missing(), Mode::kCsv) == "\n");
  CHECK(in_script(Reply::array({kPair, kPair}), Mode::kCsv) == "a,1\na,1\n");
  CHECK(in_script(Reply::array({Reply::value("x"), Reply::value("y")}), Mode::kCsv) == "x\ny\n");
}

TEST_CASE("with ack every reply is one line that says what it is") {
  const auto acked = [](const Reply& reply, Mode mode = Mode::kPlain) {
    std::string out;
    Look look{mode};
    look.ack = true;
    render(reply, look, &out);
    return out;
  };
  CHECK(acked(Reply::ok()) == "OK\n");
  CHECK(acked(Reply::missing()) == "NIL\n");
  CHECK(acked(Reply::failure({Code::kType, "a\nb", "hint"})) == "ERR TYPE a\\nb\n");
  CHECK(acked(Reply::value("plain text")) == "plain text\n");
  for (const char* ambiguous : {"OK", "NIL", "ERR x", "", "\"q\"", "two\nlines"}) {
    CHECK(acked(Reply::value(ambiguous)).starts_with('"'));
  }
  CHECK(acked(Reply::of(-3)) == "-3\n");
  CHECK(acked(Reply::array({Reply::value("a\tb"), Reply::missing(), kPair})) ==
        "\"a\\tb\"\tNIL\t[\"a\",1]\n");
  CHECK(acked(Reply::array({})) == "\n");
  CHECK(acked(Reply::ok(), Mode::kJson) == "\"OK\"\n");
  CHECK(acked(Reply::failure({Code::kType, "no", ""}), Mode::kJson) ==
        "{\"error\":\"TYPE\",\"message\":\"no\"}\n");
  CHECK(acked(Reply::value(kBinary), Mode::kHex) == "00ff0a\n");
}

TEST_CASE("JSON objects are made of sections and versions") {
  const auto shaped = [](const Reply& reply, Shape shape) {
    std::string out;
    render(reply, {Mode::kJson}, &out, shape);
    return out;
  };
  CHECK(shaped(Reply::value("# A\nn:12\nt:a:b\n\n# B\r\nz:007\r\n"), Shape::kSections) ==
        "{\"A\":{\"n\":12,\"t\":\"a:b\"},\"B\":{\"z\":\"007\"}}\n");
  CHECK(shaped(Reply::value(""), Shape::kSections) == "{}\n");
  CHECK(shaped(Reply::value("no section\n"), Shape::kSections) == "{}\n");
  const Reply row = Reply::array({Reply::of(3), Reply::value("t"), Reply::value("set"), Reply::of(1),
                                  Reply::missing(), Reply::value("more")});
  CHECK(shaped(Reply::array({row}), Shape::kVersions) ==
        "[{\"seq\":3,\"time\":\"t\",\"kind\":\"set\",\"size\":1,\"expires\":null,"
        "\"column6\":\"more\"}]\n");
  CHECK(shaped(Reply::missing(), Shape::kVersions) == "null\n");
}

TEST_CASE("mode names are read and said") {
  for (const char* name : {"plain", "quoted", "hex", "json", "csv"}) {
    const auto mode = parse_mode(name);
    REQUIRE(mode);
    CHECK(mode_name(*mode) == name);
  }
  CHECK_FALSE(parse_mode("HEX"));
  CHECK_FALSE(parse_mode(""));
}
