// Commands on the command line: what is an option, a file, a command; exit codes.
#include <algorithm>
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/cli/process.h"

using namespace kvstore::test;

TEST_CASE("separate words are one literal command") {
  const Directory directory;
  const std::string file = directory / "d";
  CHECK(run_kvstore({file, "SET", "k", "-5"}).code == 0);
  CHECK(run_kvstore({file, "GET", "k"}).out == "-5\n");
  CHECK(run_kvstore({file, "SET", "list", "[1,2,3]"}).code == 0);
  CHECK(run_kvstore({file, "GET", "list"}).out == "[1,2,3]\n");
  CHECK(run_kvstore({file, "SET", "--json", "--help"}).code == 0);
  CHECK(run_kvstore({file, "GET", "--json"}).out == "--help\n");
  CHECK(run_kvstore({file, "SET", "empty", ""}).code == 0);
  CHECK(run_kvstore({file, "STRLEN", "empty"}).out == "0\n");
  CHECK(run_kvstore({file, "APPEND", "log", "5"}).out == "1\n");
}

TEST_CASE("words with blanks are lines of text, and so is a word alone") {
  const Directory directory;
  const std::string file = directory / "d";
  const Outcome two = run_kvstore({file, "SET a 1", "GET a"});
  CHECK(two.code == 0);
  CHECK(two.out == "1\n");
  CHECK(run_kvstore({file, "COUNT"}).out == "1\n");
  CHECK(run_kvstore({file, "SET note", "one", ".two", "END", "GET note"}).out == "one\n.two\n");
}

TEST_CASE("the last reply being missing is exit code 3, whatever came before") {
  const Directory directory;
  const std::string file = directory / "d";
  const Outcome missing = run_kvstore({file, "GET", "nope"});
  CHECK(missing.code == 3);
  CHECK(missing.out == "\n");
  CHECK(run_kvstore({file, "SET a 1", "GET nope"}).code == 3);
  CHECK(run_kvstore({file, "GET nope", "SET a 1"}).code == 0);
}

TEST_CASE("reading makes no file") {
  const Directory directory;
  CHECK(run_kvstore({directory / "d", "GET", "nope"}).code == 3);
  CHECK_FALSE(std::filesystem::exists(directory / "d"));
}

TEST_CASE("a failed command is exit code 1, names its argument, and stops the rest") {
  const Directory directory;
  const std::string file = directory / "d";
  const Outcome outcome = run_kvstore({file, "SET a 1", "GETT a", "SET a 2"});
  CHECK(outcome.code == 1);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.starts_with("argument 2: UNKNOWN: "));
  CHECK(outcome.err.find("try: GET") != outcome.err.npos);
  CHECK(run_kvstore({file, "GETT"}).err.starts_with("kvstore: UNKNOWN: "));  // there is no line 1
  CHECK(run_kvstore({file, "GET", "a"}).out == "1\n");
  CHECK(run_kvstore({"--keep-going", file, "FOO x", "SET a 3"}).code == 1);
  CHECK(run_kvstore({file, "GET", "a"}).out == "3\n");
}

TEST_CASE("a subcommand's name is one only as the first word") {
  const Directory directory;
  const std::string file = directory / "d";
  CHECK(run_kvstore({file, "SET", "verify", "convert"}).code == 0);
  CHECK(run_kvstore({file, "GET", "verify"}).out == "convert\n");
}

TEST_CASE("a wrong command line is exit code 2 and says what to type") {
  const Directory directory;
  const std::string file = directory / "d";
  for (const Words& words : {Words{file, "--bogus", "GET", "a"}, Words{"--sync", "5x", file, "COUNT"},
                             Words{"--mode", "xml", file, "COUNT"}, Words{file, "--listen=foo"},
                             Words{file, "--listen", "0", "GET", "a"}, Words{file, "-x"},
                             Words{"GET", "a"}}) {
    CAPTURE(words.front());
    const Outcome outcome = run_kvstore(words);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.empty());
    CHECK_FALSE(outcome.err.empty());
  }
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("-x takes the last argument from stdin, byte for byte") {
  const Directory directory;
  const std::string file = directory / "d";
  std::string bytes;
  for (int i = 0; i < 300000; ++i) bytes += static_cast<char>(i * 31);
  CHECK(run_kvstore({file, "-x", "SET", "bin"}, bytes).code == 0);
  CHECK(run_kvstore({"--no-newline", file, "GET", "bin"}).out == bytes);
  CHECK(run_kvstore({"--no-newline", file, "-x", "GET"}, "bin").out == bytes);
  CHECK(run_kvstore({file, "-x", "SET key"}, "v").code == 2);
}

TEST_CASE("modes change how answers look") {
  const Directory directory;
  const std::string file = directory / "d";
  REQUIRE(run_kvstore({file, "SET", "k", "a,\"b\""}).code == 0);
  CHECK(run_kvstore({"--json", file, "GET", "k"}).out == "\"a,\\\"b\\\"\"\n");
  CHECK(run_kvstore({"--json", file, "GET", "nope"}).out == "null\n");
  CHECK(run_kvstore({"--mode", "csv", file, "GET", "k"}).out == "\"a,\"\"b\"\"\"\n");
  CHECK(run_kvstore({"--mode", "hex", file, "GET", "k"}).out == "612c226222\n");
  CHECK(run_kvstore({file, "--mode", "quoted", "GET", "k"}).out == "\"a,\\\"b\\\"\"\n");
}

TEST_CASE("what cannot be opened is exit code 4") {
  const Directory directory;
  CHECK(run_kvstore({directory / "", "GET", "a"}).code == 4);
  write_file(directory / "foreign", std::string(5000, 'x') + "not a database");
  const std::string before = file_bytes(directory / "foreign");
  const Outcome foreign = run_kvstore({directory / "foreign", "SET", "a", "1"});
  CHECK(foreign.code == 4);
  CHECK_FALSE(foreign.err.empty());
  CHECK(file_bytes(directory / "foreign") == before);
}

TEST_CASE("a file that another process writes is exit code 4, and names its owner") {
  const Directory directory;
  const std::string file = directory / "d";
  Process owner({KVSTORE_BINARY, file});
  owner.write("SET a 1\nGET a\n");
  REQUIRE(owner.read(2) == "1\n");
  const Outcome second = run_kvstore({"--wait", "0", file, "SET", "a", "2"});
  CHECK(second.code == 4);
  CHECK(second.err.find("LOCKED") != second.err.npos);
  CHECK(run_kvstore({"--read-only", file, "GET", "a"}).out == "1\n");
  CHECK(owner.finish().code == 0);
}

TEST_CASE("help and version are data, and done") {
  const Outcome help = run_kvstore({"--help"});
  CHECK(help.code == 0);
  CHECK(help.out.find("Examples:") != help.out.npos);
  CHECK(run_kvstore({"--version"}).out.starts_with("kvstore "));
  CHECK(run_kvstore({"connect", "--help"}).code == 0);
}

TEST_CASE("a database that may not grow is exit code 7, and keeps what it has") {
  const Directory directory;
  const std::string file = directory / "d";
  REQUIRE(run_kvstore({file, "SET", "a", "1"}).code == 0);
  write_file(directory / "big", std::string(3 << 20, 'x'));
  const std::string set = "ulimit -f 1500; '" KVSTORE_BINARY "' '" + file + "' -x SET big < '" +
                          (directory / "big") + "'";
  const Outcome full = run({"bash", "-c", set});
  CHECK(full.code == 7);
  CHECK(full.err.find("FULL: ") != full.err.npos);
  CHECK(run_kvstore({file, "GET", "a"}).out == "1\n");
  CHECK(run_kvstore({file, "GET", "big"}).code == 3);
}

TEST_CASE("a full disk behind standard output is exit code 7") {
  const Directory directory;
  const std::string command = std::string(KVSTORE_BINARY) + " " + (directory / "d") + " ECHO x > /dev/full";
  const Outcome outcome = run({"sh", "-c", command});
  CHECK(outcome.code == 7);
  CHECK(outcome.err.find("standard output") != outcome.err.npos);
}

TEST_CASE("a wrong option says what is wrong and gives a right one") {
  const Directory directory;
  const auto error = [&](Words words) {
    words.insert(words.begin(), directory / "d");
    const Outcome outcome = run_kvstore(words);
    CHECK(outcome.code == 2);
    return outcome.err;
  };
  CHECK(error({"--max-request", "foo"}) ==
        "kvstore: USAGE: --max-request: 'foo' is not a size of 1 byte or more\n  try: --max-request 64M\n");
  CHECK(error({"--max-request", "99999999999999999999"}).find("is not a size") != std::string::npos);
  CHECK(error({"--max-buffered", "99999999999T"}).find("is not a size") != std::string::npos);
  CHECK(error({"--wait", "abc"}) ==
        "kvstore: USAGE: --wait: 'abc' is not a number from 0 to 1000000\n  try: --wait 5\n");
  CHECK(error({"--mode", "foo"}).find("'foo' is not one of plain, quoted, hex, json, csv") !=
        std::string::npos);
  CHECK(error({"--slow-command", "-1"}).find("'-1' is not a number from 0") != std::string::npos);
  CHECK(error({"--sync"}).find("--sync needs POLICY") != std::string::npos);
  CHECK(error({"--sync", "5"}).find("unknown sync policy '5'") != std::string::npos);
  CHECK(error({"--json", "--mode", "csv"}).find("exclude each other") != std::string::npos);
  CHECK(error({"--max-connections", "5"}).find("needs --listen or --http") != std::string::npos);
  const Outcome verify = run_kvstore({"verify", "--limit", "x", directory / "d"});
  CHECK(verify.err == "kvstore: USAGE: --limit: 'x' is not a whole number\n  try: --limit 100\n");
  CHECK(run_kvstore({"verify", "a", "b"}).err.find("too many words: 'b'") != std::string::npos);
}

TEST_CASE("--help shows what holds without an option") {
  const std::string help = run_kvstore({"--help"}).out;
  for (const char* text : {"json, csv (plain)", "(64MiB)", "(1000)", "never (auto)", "none (always)"}) {
    CAPTURE(text);
    CHECK(help.find(text) != std::string::npos);
  }
}

TEST_CASE("a command alone is not taken for a file") {
  for (const char* word : {"HELP", "COUNT"}) {
    const Outcome outcome = run_kvstore({word});
    CHECK(outcome.code == 2);
    CHECK(outcome.err.find("is a command; for a file of that name: ./") != std::string::npos);
  }
}

TEST_CASE("help and version are asked for as of git") {
  CHECK(run_kvstore({"help"}).out == run_kvstore({"--help"}).out);
  CHECK(run_kvstore({"version"}).out == run_kvstore({"--version"}).out);
  CHECK(run_kvstore({"help"}).code == 0);
  const Directory directory;
  run_kvstore({directory / "d", "SET", "a", "1"});
  CHECK(run_kvstore({"serve", directory / "d"}).err.find("kvstore " + (directory / "d") +
                                                        " --listen") != std::string::npos);
  CHECK(run_kvstore({"dump", directory / "d"}).err.find("kvstore export") != std::string::npos);
}

TEST_CASE("a list that is empty for its words says so, and its answer is as before") {
  const Directory directory;
  run_kvstore({directory / "d", "SET", "tick:1", "1"});
  const Outcome pattern = run_kvstore({directory / "d", "PREFIX", "tick:*"});
  CHECK(pattern.out == "");
  CHECK(pattern.code == 0);
  CHECK(pattern.err.find("PREFIX takes no pattern") != std::string::npos);
  CHECK(run_kvstore({directory / "d", "RANGE", "b", "a"}).err.find("ends before it begins") !=
        std::string::npos);
  CHECK(run_kvstore({directory / "d", "PREFIX", "tock"}).err == "");
}

TEST_CASE("a dot-command may be given as words") {
  const Directory directory;
  write_file(directory / "two words.kv", "SET a 1\nGET a\n");
  const Outcome outcome = run_kvstore({directory / "d", ".read", directory / "two words.kv"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "1\n");
  CHECK(run_kvstore({directory / "d", ".mode", "foo"}).code == 1);
}

TEST_CASE("an unknown option of a subcommand names the nearest one, whatever stands around it") {
  const Directory directory;
  const std::string file = directory / "d";
  const auto error = [](const Words& words) {
    const Outcome outcome = run_kvstore(words);
    CHECK(outcome.code == 2);
    return outcome.err;
  };
  CHECK(error({"map", "--svgg", "x", file}) == "kvstore: USAGE: unknown option --svgg\n  try: --svg\n");
  CHECK(error({"map", file, "--svgg=x"}) == "kvstore: USAGE: unknown option --svgg\n  try: --svg\n");
  CHECK(error({"verify", "--reapir", file}) == "kvstore: USAGE: unknown option --reapir\n  try: --repair\n");
  CHECK(error({"bench", "--size", "5", "read"}) == "kvstore: USAGE: unknown option --size\n  try: --sizes\n");
  CHECK(error({"restore", "--frobnicate", "a", "b"}) ==
        "kvstore: USAGE: unknown option --frobnicate\n  try: kvstore restore --help\n");
  CHECK(error({"--keep-hist", "1d", file}).ends_with("\n  try: --keep-history\n"));
  CHECK(error({"-V"}).ends_with("\n  try: --version\n"));
  CHECK(error({"--jsn", file}) == "kvstore: USAGE: unknown option --jsn\n  try: --json\n");
  CHECK(error({"verify", "a", "b", "c"}).find("too many words: 'b c'") != std::string::npos);
}

TEST_CASE("an empty value of an option is an error, and not as if it had not been given") {
  const Directory directory;
  const std::string file = directory / "d";
  run_kvstore({file, "SET a 1"});
  const std::string out = directory / "out";
  const std::vector<Words> all = {{"restore", "--until", "", file, out},
                                  {"restore", "--until=", file, out},
                                  {"restore", file, "", out},
                                  {"backup", "--since", "", file, out},
                                  {"backup", "--to", "", file},
                                  {"export", "--at", "", file},
                                  {"export", "--at=", file},
                                  {"export", file, ""},
                                  {"replay", "--until", "", file, "--to", out},
                                  {"replay", "--resume", "", file, "--to", out},
                                  {"compact", file, ""},
                                  {"compact", "--compress", "", file},
                                  {"verify", "--salvage", "", file},
                                  {"map", "--svg", "", file},
                                  {"bench", "--file", ""},
                                  {"--init", "", file, "GET a"},
                                  {"--file", "", file},
                                  {"--format=", file, "GET a"},
                                  {"--log-file", "", file, "--listen"}};
  for (const Words& words : all) {
    CAPTURE(words[0]);
    CAPTURE(words[1]);
    const Outcome outcome = run_kvstore(words);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.find("is given, but empty\n  try: ") != std::string::npos);
  }
  CHECK(run_kvstore({"verify", file, "--records", "--key", ""}).code == 0);
  CHECK(run_kvstore({"export", "--prefix", "", file}).out.find("SET") != std::string::npos);
  CHECK(run_kvstore({"--nil", "", file, "GET b"}).out == "\n");
  CHECK(run_kvstore({"--nil=", file, "GET b"}).err.find("try: --nil ''") != std::string::npos);
  CHECK(run_kvstore({file, "SET", "a", "--nil="}).code == 0);
}

TEST_CASE("a counted value does not take its bytes from the next argument") {
  const Directory directory;
  const std::string file = directory / "d";
  const Outcome outcome = run_kvstore({file, "SET c 10", "APPEND c 5", "GET c"});
  CHECK(outcome.code == 1);
  CHECK(outcome.err.find("argument 2: LENGTH: ") != std::string::npos);
  CHECK(outcome.err.find("try: quote a value that is a number: 'APPEND key \"5\"'") !=
        std::string::npos);
  CHECK(run_kvstore({file, "GET c"}).out == "10\n");
  CHECK(run_kvstore({"--keep-going", file, "SET d 0 5", "GET c"}).out == "10\n");
  CHECK(run_kvstore({file, "APPEND c 5\nhello", "APPEND c \"5\"", "GET c"}).out == "7\n8\n10hello5\n");
}

TEST_CASE("a subcommand after an option is told to come first") {
  const Directory directory;
  const Outcome outcome = run_kvstore({"--wait", "0.5", "compact", directory / "d"});
  CHECK(outcome.code == 2);
  CHECK(outcome.err.find("compact is a subcommand, and comes before options") != std::string::npos);
  CHECK(outcome.err.find("try: kvstore compact " + (directory / "d")) != std::string::npos);
}

TEST_CASE("a line of text where FILE belongs becomes no file") {
  const Directory directory;
  const auto here = [&](const std::string& words) {
    return run({"bash", "-c", "cd '" + (directory / "") + "' && '" KVSTORE_BINARY "' " + words});
  };
  const Outcome lines = here("'SET a 1' 'SET b 2'");
  CHECK(lines.code == 2);
  CHECK(lines.err.find("FILE comes before the line 'SET a 1'") != lines.err.npos);
  CHECK(lines.err.find("try: kvstore data.bin 'SET a 1' 'SET b 2'") != lines.err.npos);
  for (const char* line :
       {"'set a 1'", "' SET a 1'", "$'GET\\ta'", "'.mode json' 'GET a'", "--json 'KEYS *'"}) {
    CAPTURE(line);
    CHECK(here(line).code == 2);
  }
  CHECK(run({"ls", "-A", directory / ""}).out.empty());
  // A file is called so: it exists, or a path says it.
  CHECK(here("'./SET a 1' SET k v").code == 0);
  CHECK(here("'SET a 1' GET k").out == "v\n");
  CHECK(here("'my data' SET k v").code == 0);
  CHECK(here("'my data' GET k").out == "v\n");
}

TEST_CASE("hints of words in the wrong place lead to what works") {
  const Directory directory;
  const std::string file = directory / "d.bin";
  REQUIRE(run_kvstore({file, "SET", "a", "1"}).code == 0);
  const auto hint = [](const Words& words) {
    const Outcome outcome = run_kvstore(words);
    CHECK(outcome.code == 2);
    const std::size_t at = std::min(outcome.err.find("try: "), outcome.err.size());
    return outcome.err.substr(at, outcome.err.find('\n', at) - at);
  };
  CHECK(run_kvstore({"help", "verify"}).out == run_kvstore({"verify", "--help"}).out);
  CHECK(run_kvstore({"help", "get"}).code == 0);
  CHECK(hint({"keys", file}) == "try: kvstore " + file + " keys");
  CHECK(hint({"GET", file, "a"}) == "try: kvstore " + file + " GET a");
  CHECK(hint({"SET", "note", "two words"}) == "try: kvstore data.bin SET note 'two words'");
  CHECK(hint({file, "connect"}) ==
        "try: kvstore " + file +
            " for the file itself, kvstore connect [HOST:]PORT for its server");
  CHECK(hint({file, "restore", "b.kvs"}) == "try: kvstore restore b.kvs " + file);
  CHECK(hint({file, "verify"}) == "try: kvstore verify " + file);
}

TEST_CASE("an option that is given twice is said to be") {
  for (const char* option : {"--listen", "--sync", "--http"}) {
    const Outcome twice = run_kvstore({"d", option, "1", option, "2"});
    CHECK(twice.code == 2);
    CHECK(twice.err.find(std::string(option) + " is given more than once") != twice.err.npos);
  }
}
