#include "src/wire/text_parser.h"

#include <memory>
#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "tests/command/support.h"

namespace kvstore::wire::test {

using namespace command;
using namespace command::test;
namespace {

using namespace std::string_literals;

// Small, so that going over a limit takes few bytes and every split can be tried.
Limits small_limits() {
  Limits limits;
  limits.max_line = 40;
  limits.max_value = 20;
  limits.max_request = 100;
  return limits;
}

std::string parse(std::string_view input) {
  return dump_however_split([] { return std::make_unique<TextParser>(); }, input);
}

std::string parse_small(std::string_view input) {
  return dump_however_split([] { return std::make_unique<TextParser>(small_limits()); }, input);
}

std::string pending(std::string_view input) {
  TextParser parser;
  return dump(parser, {input}, false);
}

constexpr const char* kEscapeHint = R"( | use \n \r \t \\ \" \xHH, or '...' to take every character as it is)";

TEST_CASE("words are separated by blanks, and lines by LF or CRLF") {
  CHECK(parse("GET a\n") == "1 [GET][a]\n");
  CHECK(parse("GET a\r\n") == "1crlf [GET][a]\n");
  CHECK(parse("  GET\t \ta  \nPING") == "1 [GET][a]\n2 [PING]\n");
  CHECK(parse("\n \t\n\r\nPING\n") == "4 [PING]\n");
  CHECK(parse("") == "");
  CHECK(parse("GET a\rb\n") == "1 [GET][a\\rb]\n");
}

TEST_CASE("a number sign begins a comment only as a line's first non-blank") {
  CHECK(parse("# SET k\n  # \"\nGET #a\n") == "3 [GET][#a]\n");
  CHECK(parse("SET k #v # no comment") ==
        "1 [SET][k][#v][#][no][comment]\n");
}

TEST_CASE("double quotes know escapes") {
  CHECK(parse(R"(ECHO "a b" "\n\r\t\\\"" "\x41\xFf")" "\n") ==
        "1 [ECHO][a b][\\n\\r\\t\\\"][A\\xff]\n");
  CHECK(parse("GET \"\" ''\n") == "1 [GET][][]\n");
}

TEST_CASE("single quotes take every character as it is") {
  CHECK(parse(R"(ECHO 'a "\n# b')" "\n") == "1 [ECHO][a \"\\n# b]\n");
}

TEST_CASE("quotes and backslashes inside a word are literal") {
  CHECK(parse(R"(SET k {"a":1})" "\n") == "1 [SET][k][{\"a\":1}]\n");
  CHECK(parse(R"(SET it's C:\new)" "\n") == "1 [SET][it's][C:\\new]\n");
}

TEST_CASE("any byte may be in a word, NUL too") {
  CHECK(parse("GET a\0b\xff\n"s) == "1 [GET][a\\x00b\\xff]\n");
}

TEST_CASE("bad quoting is an error that names the column, and the next line is read") {
  CHECK(parse("GET \"a\\q\"\nPING\n").ends_with("\n2 [PING]\n"));
  CHECK(parse("GET 'a\\'b\r\n").starts_with("1crlf SYNTAX column 9: unbalanced quotes: a blank must follow"));
  CHECK(parse("GET  'a").starts_with("1 SYNTAX column 6: unbalanced quotes: the quote ' is never closed"));
  CHECK(parse("GET \"a\\q\"\n") == "1 SYNTAX column 7: unknown escape \\q"s + kEscapeHint + "\n");
  CHECK(parse("GET \"\\x4g\"\n") == "1 SYNTAX column 6: \\x takes two hexadecimal digits"s + kEscapeHint + "\n");
  CHECK(parse("GET \"a\"b\n").starts_with("1 SYNTAX column 8: unbalanced quotes: a blank must follow the closing quote"));
  CHECK(parse("GET \"abc\\").starts_with("1 SYNTAX column 5: unbalanced quotes: the quote \" is never closed"));
}

TEST_CASE("a counted value follows SET's seconds and length") {
  CHECK(parse("SET mykey 0 5\nhello\n") == "1 [SET][mykey][hello]\n");
  CHECK(parse("SET k 60 5\nhello\n") == "1 [SET][k][hello][EX][60]\n");
  CHECK(parse("put k 000 2\nhi\nGET k\n") == "1 [put][k][hi]\n3 [GET][k]\n");
  CHECK(parse("SET k 0 0\n\nPING\n") == "1 [SET][k][]\n3 [PING]\n");
  CHECK(parse("SET k 0 11\nGET a\nDEL b\n\n") == "1 [SET][k][GET a\\nDEL b]\n");
  CHECK(parse("SET k 0 3\n\0\r\n\nPING"s) == "1 [SET][k][\\x00\\r\\n]\n4 [PING]\n");
}

TEST_CASE("a counted value follows APPEND's length") {
  CHECK(parse("APPEND trades 12\nAAPL,189.20\n\nREAD trades 5 6\n") ==
        "1 [APPEND][trades][AAPL,189.20\\n]\n4 [READ][trades][5][6]\n");
  CHECK(parse("append k 0\n\n") == "1 [append][k][]\n");
}

TEST_CASE("after the counted bytes comes LF, CRLF or the end of input") {
  CHECK(parse("APPEND k 2\r\nhi\r\nPING\n") == "1crlf [APPEND][k][hi]\n3 [PING]\n");
  CHECK(parse("APPEND k 2\r\nhi\nPING\r\n") == "1crlf [APPEND][k][hi]\n3crlf [PING]\n");
  CHECK(parse("APPEND k 2\nhi") == "1 [APPEND][k][hi]\n");
  CHECK(parse("APPEND k 0\n") == "1 [APPEND][k][]\n");
}

TEST_CASE("a line of too many words is an error after its value, and its words are not kept") {
  std::string words;
  for (int i = 0; i < 400'000; ++i) words += "a ";
  const std::string error = "1 ARITY too many arguments for SET (400001 given) | SET key value "
                            "[NX|XX] [GET] [EX seconds|PX milliseconds|EXAT unix-s|PXAT unix-ms|KEEPTTL]\n";
  TextParser parser;
  const std::string input = "SET " + words + "<<E\nDEL k\nE\nPING\n";
  CHECK(dump(parser, {input}) == error + "4 [PING]\n");
  TextParser waiting;
  waiting.feed("SET " + words + "<<E\n");
  REQUIRE(waiting.next() == RequestParser::Event::kNeedInput);
  CHECK(waiting.memory() < (1 << 20) + (1 << 16));
}

TEST_CASE("a wrong count is a LENGTH error that skips to the next newline") {
  const std::string error =
      "1 LENGTH no line end follows the 3 bytes taken as the value, 'hel'; the rest of the line is skipped | "
      "make the count the exact number of bytes, or append the digits themselves: APPEND key \"3\"\n";
  CHECK(parse("APPEND k 3\nhello\nPING\n") == error + "3 [PING]\n");
  CHECK(parse("APPEND k 3\nhello") == error);
  CHECK(parse("APPEND k 3\nhel\r") == error);
  CHECK(parse("APPEND k 3\nhel\rPING\nPING\n") == error + "3 [PING]\n");
  CHECK(parse("SET k 0 3\r\nDEL k\r\n").starts_with("1crlf LENGTH"));
  CHECK(parse("SET k 0 3\r\nDEL k\r\n").ends_with("| make the count the exact number of bytes\n"));
  // The next lines were meant as commands, and the digit as text.
  CHECK(parse("APPEND k 9\nGET k\nGET j\n").find("'GET k\\nGET'") != std::string::npos);
  CHECK(parse("APPEND k 5\n").ends_with("APPEND key \"5\"\n"));
}

TEST_CASE("only unquoted digits in the right places are a count") {
  CHECK(parse("SET k 5\n") == "1 [SET][k][5]\n");
  CHECK(parse("APPEND k \"5\"\nPING\n") == "1 [APPEND][k][5]\n2 [PING]\n");
  CHECK(parse("SET k \"0\" \"5\"\nPING\n") == "1 [SET][k][0][5]\n2 [PING]\n");
  CHECK(parse("SET k 5 EX 60\nPING\n") == "1 [SET][k][5][EX][60]\n2 [PING]\n");
  CHECK(parse("SET k v NX px 5\nPING\n") == "1 [SET][k][v][NX][px][5]\n2 [PING]\n");
  CHECK(parse("APPEND k -5\n") == "1 [APPEND][k][-5]\n");
  for (const char* line : {"GET k 0 5", "DEL 12", "CREATE 12", "INCRBY k 5", "EXPIRE k 60", "ZADD z 1 2",
                           "SET k hello world", "SET k v EXAT 12", "SETT k v", "READ k 0 12"}) {
    CAPTURE(line);
    CHECK(parse(line + "\nPING\n"s).ends_with("2 [PING]\n"));
  }
}

TEST_CASE("a count that cannot be one is an error, not a value") {
  CHECK(parse("APPEND k 12345678901") ==
        "1 NUMBER the count '12345678901' is not 1 to 10 digits | quote it to append it as text: "
        "\"12345678901\"\n");
  CHECK(parse("SET k 0 -5\nDEL k\n").starts_with("FATAL NUMBER the count '-5' is not"));
  CHECK(parse("SET k 0 12345678901\n").starts_with("FATAL NUMBER the count '12345678901' is not"));
}

// The value of 12 bytes is a command that must not be run, and its second line too.
TEST_CASE("a refused line whose value's size is certain has it consumed") {
  for (const char* line :
       {"SET k 0 12 NX", "SET k 0 12 EX 5", "SET k 0 12 # c", "SET k 0 12 12", "SET k 0 00000000012",
        "SET k 0 +12", "SET k -1 12", "APPEND k 0 12", "APPEND k 00000000012", "SET k 0 +12 XX"}) {
    CAPTURE(line);
    const std::string found = parse(line + "\nDEL preciou\n\nPING\n"s);
    CHECK(found.find("[DEL]") == std::string::npos);
    CHECK(found.ends_with("\n4 [PING]\n"));
  }
}

TEST_CASE("a refused line that announces a block has it consumed, whatever the command") {
  for (const char* line : {"GET k <<E", "CREATE k <<E", "HSET k f <<E", "INCRBY k <<E", "DEL k <<E",
                           "NONSENSE <<E", "ROLLBACK <<E", "SET k v <<E", "READ k 0 <<E EX 5"}) {
    CAPTURE(line);
    const std::string found = parse(line + "\nDEL precious\nE\nPING\n"s);
    CHECK(found.find("[DEL][precious]") == std::string::npos);
    CHECK(found.ends_with("\n4 [PING]\n"));
  }
  CHECK(parse("HELP <<\n") == "1 [HELP][<<]\n");
  CHECK(parse("GET k <<E\nx\nE\n") ==
        "1 SYNTAX GET takes no value on the lines after it | '<<E' in quotes, if it is an argument of "
        "GET key [AT seq|time] [META]\n");
  CHECK(parse("DEL <<E\nPING\n") == "1 [DEL][<<E]\n2 [PING]\n");
}

TEST_CASE("after a refused line that may announce a value of unknown size nothing is executed") {
  for (const char* line :
       {"SET k 0 -12", "SET k abc 12", "SET k 5s 12", "SET k 0 \"12\"", "SET k \"0\" 12", "SET k 0 300 12",
        "SET k 0 12b", "SET k abc 12 NX", "APPEND k abc 12", "APPEND k 12 NX", "CREATE k 12",
        "CREATE k 0 12", "STE k 0 12", "ADD k 0 0 12 noreply", "APEND k 12", "STE k", "SET k <<A <<B",
        "GET k <<A <<B", "SET k \"two", "GET \"two", "NONSENSE 'two", "SET k \"v\"<<E",
        "SET k \"v\"\"two", "SET \"k\"0 12", "SET k 0 12345678901"}) {
    CAPTURE(line);
    const std::string found = parse(line + "\nDEL precious\nE\nPING\n"s);
    CHECK(found.starts_with("FATAL "));
    CHECK(std::count(found.begin(), found.end(), '\n') == 1);
  }
}

TEST_CASE("an error on the command's line never runs its value as commands") {
  CHECK(parse("SET k -1 5\nDEL k\nPING\n") ==
        "1 NUMBER the TTL '-1' is not a number | use 0: the key never expires\n3 [PING]\n");
  CHECK(parse("SET \"k\\q\" 0 5\nDEL k\nPING\n").ends_with("\n3 [PING]\n"));
  CHECK(parse("SET \"k\\q\" 0 5\nDEL k\nPING\n").starts_with("1 SYNTAX column 7: unknown escape"));
  CHECK(parse("SET \"k\"k <<X\nDEL k\nX\nPING\n").starts_with("1 SYNTAX column 8"));
  CHECK(parse("SET \"k\"k <<X\nDEL k\nX\nPING\n").ends_with("\n4 [PING]\n"));
}

TEST_CASE("a block is the lines up to its sentinel, without the last newline") {
  CHECK(parse("SET note <<EOT\na\n b \nEOT\nPING\n") == "1 [SET][note][a\\n b ]\n5 [PING]\n");
  CHECK(parse("SET note\nGET a\nEND\n") == "1 [SET][note][GET a]\n");
  CHECK(parse("APPEND note\n# no comment\nEND\n") == "1 [APPEND][note][# no comment]\n");
  CHECK(parse("APPEND note <<.\nx\n.\n") == "1 [APPEND][note][x]\n");
  CHECK(parse("SET note <<EOT\nEOT\n") == "1 [SET][note][]\n");
  CHECK(parse("SET note <<EOT\n\nEOT\n") == "1 [SET][note][]\n");
  CHECK(parse("SET note <<EOT\n\n\nEOT\n") == "1 [SET][note][\\n]\n");
  CHECK(parse("SET note <<EOT\nEOT \n EOT\nEOTEOT\neot\nEOT") ==
        "1 [SET][note][EOT \\n EOT\\nEOTEOT\\neot]\n");
  CHECK(parse("SET note <<\nx\nEND\n") == "1 [SET][note][x]\n");
}

TEST_CASE("a block's options stand after its sentinel, or its seconds before it") {
  CHECK(parse("SET note <<EOT EX 60\nx\nEOT\n") == "1 [SET][note][x][EX][60]\n");
  CHECK(parse("SET note 60 <<EOT\nx\nEOT\n") == "1 [SET][note][x][EX][60]\n");
  CHECK(parse("SET note 0 <<EOT\nx\nEOT\n") == "1 [SET][note][x]\n");
}

TEST_CASE("a quoted << is a value, and so is one of another command") {
  CHECK(parse("SET note '<<EOT'\n") == "1 [SET][note][<<EOT]\n");
  CHECK(parse("ECHO <<EOT\n") == "1 [ECHO][<<EOT]\n");
}

TEST_CASE("a block's lines may end in CRLF") {
  CHECK(parse("SET note <<EOT\r\na\r\nb\r\nEOT\r\nPING\r\n") ==
        "1crlf [SET][note][a\\r\\nb]\n5crlf [PING]\n");
  // The command's line says what a newline is: here the CR belongs to the value.
  CHECK(parse("SET note <<EOT\na\r\nEOT\r\n") == "1 [SET][note][a\\r]\n");
  CHECK(parse("SET note <<EOT\r\na\nEOT\n") == "1crlf [SET][note][a]\n");
}

TEST_CASE("the end of input inside a value is an error naming the line where it began") {
  CHECK(parse("PING\nSET k 0 5\nhel") ==
        "1 [PING]\n2 SYNTAX the input ended inside the value that began on line 2 (3 of 5 bytes had "
        "come); nothing was stored\n");
  CHECK(parse("\nSET k <<EOT\na\nEO") ==
        "2 SYNTAX the input ended inside the value that began on line 2 (no line was 'EOT'); nothing "
        "was stored\n");
  CHECK(parse("SET k").starts_with("1 SYNTAX the input ended inside the value that began on line 1"));
  CHECK(parse("APPEND k 1073741823\nabc").starts_with("1 TOOBIG the value is 1073741823 bytes"));
  CHECK(parse("APPEND k 5").starts_with("1 SYNTAX the input ended"));
}

TEST_CASE("what is over a limit is skipped, and the next command is read") {
  const std::string long_line(100, 'x');
  CHECK(parse_small("GET " + long_line + "\nPING\n") ==
        "1 TOOBIG the line is 104 bytes, the limit is 40 | give the value as counted bytes: SET key 0 "
        "COUNT\n2 [PING]\n");
  CHECK(parse_small("GET " + long_line + "\r\nPING\n").starts_with("1crlf TOOBIG the line is 104 bytes"));
  CHECK(parse_small("GET " + std::string(36, 'x') + "\r\n") == "1crlf [GET][" + std::string(36, 'x') + "]\n");
  CHECK(parse_small("GET " + std::string(37, 'x') + "\r\n").starts_with("1crlf TOOBIG the line is 41"));
  CHECK(parse_small("SET k 0 21\n" + std::string(20, 'x') + "\n\nPING\n") ==
        "1 TOOBIG the value is 21 bytes, the limit is 20 | APPEND it in parts, or start the server with a larger --max-request\n4 [PING]\n");
  CHECK(parse_small("APPEND k 21\n" + std::string(25, 'x') + "\nPING\n") ==
        "1 TOOBIG the value is 21 bytes, the limit is 20 | APPEND it in parts, or start the server with a larger --max-request\n3 [PING]\n");
  CHECK(parse_small("APPEND k 21\n" + std::string(9, 'x')).starts_with("1 TOOBIG"));
}

TEST_CASE("after a line over the limit that may announce a value nothing is taken for a command") {
  const std::string k(100, 'k'), blanks(100, ' ');
  for (const std::string& line :
       {"SET " + k + " 0 6\n", "APPEND " + k + " 6\r\n", "SET " + k + " <<EOT\n", "SET " + k + "\n",
        "append " + blanks + "k" + blanks + "6" + blanks + "\n", blanks + "SET k <<EOT EX 60\n",
        "SET k <<E" + k + "\n", "\"SET\" k " + blanks + "0 6\n", "SET " + k + " 0 6 NX\n",
        "SET k " + k + " 12345678901\n", "SETS " + k + " 0 6\n", "GET " + k + " <<E\n",
        "GET \"" + k + "\n", "CREATE " + k + " 6\n"}) {
    CAPTURE(line);
    const std::string found = parse_small(line + "DEL  a\nEOT\nPING\n");
    CHECK(found.starts_with("FATAL TOOBIG the line is "));
    CHECK(std::count(found.begin(), found.end(), '\n') == 1);
  }
}

TEST_CASE("a line over the limit that announces no value is skipped alone") {
  const std::string k(100, 'k');
  for (const std::string& line :
       {"SET k " + k + "\n", "SET k \"" + k + " 0 6\"\n", 
        "GET " + k + " 0 6\n", "# SET " + k + " <<E\n", "GETS " + k + " 0 6\r\n", "APPEND k 1<<" + k + "\n"}) {
    CAPTURE(line);
    CHECK(parse_small(line + "PING\n").find("2 [PING]\n") != std::string::npos);
  }
}

TEST_CASE("the shell's Ctrl-C makes a parser go on after a line it gave up at") {
  TextParser parser(small_limits());
  parser.feed("SET " + std::string(100, 'k') + " 0 6\nDEL  a\n");
  CHECK(bool(parser.next() == RequestParser::Event::kFatal));
  CHECK(bool(parser.next() == RequestParser::Event::kFatal));
  parser.reset();
  parser.feed("PING\n");
  CHECK(bool(parser.next() == RequestParser::Event::kRequest));
}

TEST_CASE("a block over the limit is skipped up to its sentinel") {
  const std::string error = "1 TOOBIG the value is over the limit of 20 bytes | APPEND it in parts\n";
  for (std::size_t size = 19; size < 40; ++size) {
    CAPTURE(size);
    const std::string value(size, 'x');
    const std::string good = "1 [SET][k][" + value + "]\n";
    CHECK(parse_small("SET k <<EOT\n" + value + "\nEOT\nPING\n") ==
          (size <= 20 ? good : error) + "4 [PING]\n");
  }
  CHECK(parse_small("SET k <<EOT\n" + std::string(50, 'x') + "EOT\nEOTx\nEOT\r\nPING\n") ==
        error + "5 [PING]\n");
  CHECK(parse_small("SET k <<EOT\n" + std::string(50, '\n') + "EOT\nPING\n") == error + "53 [PING]\n");
  CHECK(parse_small("SET k <<EOT\n" + std::string(50, 'x')) == error);
  CHECK(parse_small("SET k <<EOT\n" + std::string(50, 'x') + "\nEOT") == error);
}

TEST_CASE("pending says what is waited for") {
  CHECK(pending("") == "pending nothing\n");
  CHECK(pending("PING\n") == "1 [PING]\npending nothing\n");
  CHECK(pending("PIN") == "pending line\n");
  CHECK(pending("\nSET k 0 5\n") == "pending bytes 5 line 2\n");
  CHECK(pending("SET k 0 5\nhel\n") == "pending bytes 1 line 1\n");
  CHECK(pending("SET k 0 5\nhello") == "pending bytes 0 line 1\n");
  CHECK(pending("SET k <<EOT\nhello\n") == "pending block EOT line 1\n");
  CHECK(pending("SET k\n") == "pending block END line 1\n");
  CHECK(pending("APPEND k 9999999999\nabc") == "pending bytes 9999999996 line 1\n");
}

TEST_CASE("a last line that ends in CR alone is one line") {
  TextParser parser;
  CHECK(dump(parser, {"PING\nPING\r"}) == "1 [PING]\n2crlf [PING]\n");
  CHECK(parser.line() == 2);
}

TEST_CASE("reset forgets a value half read, and lines go on being counted") {
  TextParser parser;
  CHECK(dump(parser, {"SET k 0 50\nhello\n"}, false) == "pending bytes 44 line 1\n");
  parser.reset();
  CHECK(parser.pending().what == Pending::What::kNothing);
  CHECK(dump(parser, {"PING\n"}) == "2 [PING]\n");
}

TEST_CASE("no request of a long pipeline allocates once the buffers have grown") {
  TextParser parser;
  std::string input;
  for (int i = 0; i < 1000; ++i) input += "SET key \"a value\"\nAPPEND k 5\nhello\nSET n <<E\nx\nE\nGET key\n";
  const auto run = [&] {
    parser.feed(input);
    std::size_t requests = 0;
    while (parser.next() == RequestParser::Event::kRequest) ++requests;
    return requests;
  };
  CHECK(run() == 4000);
  const std::size_t before = Heap::allocations();
  CHECK(run() == 4000);
  CHECK(Heap::allocations() == before);
}

TEST_CASE("a value over the limit takes no memory") {
  Limits limits;
  limits.max_value = 1 << 20;
  const std::string piece(64 << 10, 'x');
  for (const char* command : {"SET k 0 67108864\n", "SET k <<EOT\n", "GET "}) {
    TextParser parser(limits);
    parser.feed(command);
    Heap::reset_peak();
    const std::size_t before = Heap::now();
    for (int i = 0; i < 1024; ++i) {
      parser.feed(piece);
      CHECK(parser.next() == RequestParser::Event::kNeedInput);
    }
    CHECK(Heap::peak() - before < (4 << 20));
    parser.feed("\nEOT\n");
    CHECK(parser.next() == RequestParser::Event::kError);
    CHECK(parser.error().code == Code::kTooBig);
  }
}

TEST_CASE("an idle parser has given back what a large request needed") {
  const std::string blanks = "ECHO x" + std::string(1 << 19, ' ');
  std::string words = "PUT";
  for (int i = 0; i < 200'000; ++i) words += " x";
  for (const std::string& large : {"APPEND k 33554432\n" + std::string(32 << 20, 'x'), blanks, words}) {
    TextParser parser;
    const std::size_t before = Heap::now();
    parser.feed(large + "\nPIN");
    REQUIRE(parser.next() == RequestParser::Event::kRequest);
    CHECK(parser.next() == RequestParser::Event::kNeedInput);
    CHECK(Heap::now() - before < (1 << 19));
    CHECK(dump(parser, {"G\n"}).find("[PING]") != std::string::npos);
  }
}

}  // namespace
}  // namespace kvstore::wire::test
