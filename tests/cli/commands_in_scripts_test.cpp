// Dot-commands, --cmd, ~/.kvstorerc and --ack: what surrounds the commands of a script.
#include <csignal>
#include <cstdlib>

#include <doctest/doctest.h>

#include "tests/cli/process.h"

using namespace kvstore::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

class Home {  // $HOME is the directory while this lives
 public:
  explicit Home(const std::string& path) {
    if (const char* before = std::getenv("HOME")) before_ = before;
    ::setenv("HOME", path.c_str(), 1);
  }
  ~Home() { ::setenv("HOME", before_.c_str(), 1); }

 private:
  std::string before_;
};

}  // namespace

TEST_CASE("a line that begins with a dot is the shell's own, in scripts too, but not in a value") {
  const Directory directory;
  const Outcome outcome = run_kvstore(
      {directory / "d"},
      "SET a 1\nGET a\n.mode json\nGET a\nSET b <<EOT\n.mode hex\nEOT\n  .mode plain\nGET b\n");
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "1\n\"1\"\n.mode hex\n");
  CHECK(run_kvstore({directory / "d", ".mode quoted", "GET a"}).out == "\"1\"\n");
}

TEST_CASE("a wrong dot-command is an error of its line") {
  const Directory directory;
  for (const std::string line : {".foo", ".mode bar", ".read", ".read none.kv", ".read \"none"}) {
    CAPTURE(line);
    const Outcome outcome = run_kvstore({directory / "d"}, "ECHO 1\n" + line + "\nECHO 2\n");
    CHECK(outcome.code == (line == ".read none.kv" ? 4 : 1));
    CHECK(outcome.out == "1\n");
    CHECK(outcome.err.starts_with("stdin:2: "));
  }
}

TEST_CASE("a script reads another one, whose errors name its own lines") {
  const Directory directory;
  write_file(directory / "two words.kv", "ECHO inner\n.mode json\nFROB\nECHO no\n");
  write_file(directory / "outer.kv",
             "ECHO outer\n.read \"" + (directory / "two words.kv") + "\"\nECHO after\n");
  const Outcome stopped = run_kvstore({"-f", directory / "outer.kv", directory / "d"});
  CHECK(stopped.code == 1);
  CHECK(stopped.out == "outer\ninner\n");
  CHECK(stopped.err.starts_with((directory / "two words.kv") + ":3: UNKNOWN: "));
  const Outcome going = run_kvstore({"--keep-going", "-f", directory / "outer.kv", directory / "d"});
  CHECK(going.code == 1);
  CHECK(going.out == "outer\ninner\n\"no\"\n\"after\"\n");
  CHECK(has(going.err, "outer.kv: 2 OK, 1 failed: line 2\n"));
}

TEST_CASE("a script read by another ends both with EXIT, and one that reads itself is an error") {
  const Directory directory;
  const Home home(directory / "");
  write_file(directory / "exit.kv", "ECHO 1\nEXIT\n");
  CHECK(run_kvstore({directory / "d"}, ".read ~/exit.kv\nECHO 2\n").out == "1\n");
  CHECK(run_kvstore({directory / "d"}, "ECHO 1\n.exit\nECHO 2\n").out == "1\n");
  write_file(directory / "self.kv", ".read ~/self.kv\n");
  const Outcome self = run_kvstore({directory / "d"}, ".read ~/self.kv\n");
  CHECK(self.code == 1);
  CHECK(has(self.err, " reads itself"));
}

TEST_CASE("--cmd runs lines first, and an error in one of them ends it") {
  const Directory directory;
  const std::string file = directory / "d";
  CHECK(run_kvstore({"--cmd", ".mode json", file, "ECHO", "x"}).out == "\"x\"\n");
  CHECK(run_kvstore({"--cmd", "SET a 1", "--cmd", ".mode hex", file}, "GET a\n").out == "31\n");
  const Outcome wrong = run_kvstore({"--cmd", "FROB", file, "ECHO", "x"});
  CHECK(wrong.code == 1);
  CHECK(wrong.out.empty());
  CHECK(wrong.err.starts_with("--cmd 1: UNKNOWN: "));
}

TEST_CASE("scripts begin with ~/.kvstorerc, unless told otherwise; one-shots do without") {
  const Directory directory;
  const Home home(directory / "");
  const std::string file = directory / "d";
  write_file(directory / ".kvstorerc", ".mode json\nFROB\n");
  const Outcome outcome = run_kvstore({file}, "ECHO x\n");
  CHECK(outcome.code == 0);  // a mistake in it is told, and no more
  CHECK(outcome.out == "\"x\"\n");
  CHECK(has(outcome.err, ".kvstorerc:2: UNKNOWN: "));
  CHECK(run_kvstore({"--no-init", file}, "ECHO x\n").out == "x\n");
  CHECK(run_kvstore({file, "ECHO", "x"}).out == "x\n");
  write_file(directory / "own.kv", ".mode hex\n");
  CHECK(run_kvstore({"--init", directory / "own.kv", file, "ECHO", "x"}).out == "78\n");
  CHECK(run_kvstore({"--init", directory / "none.kv", file, "ECHO", "x"}).code == 4);
}

TEST_CASE("with --ack every command is answered by exactly one line") {
  const Directory directory;
  const std::string script =
      "SET a 1\nGET a\nGET nope\nFROB\nSET e \"\"\nGET e\nSET m \"x\\ny\"\nGET m\n"
      "SET o OK\nGET o\nSTRLEN m\nKEYS\n.mode hex\nGET a\n.foo\nSET q \"\\a\"\nPING\n";
  const std::string expected =
      "OK\n1\nNIL\nERR UNKNOWN there is no command 'FROB'\nOK\n\"\"\nOK\n\"x\\ny\"\n"
      "OK\n\"OK\"\n3\na\te\tm\to\nOK\n31\n";
  const Outcome outcome = run_kvstore({"--ack", "--keep-going", directory / "d"}, script);
  CHECK(outcome.code == 1);
  CHECK(outcome.out.starts_with(expected));
  CHECK(has(outcome.out, "\nERR UNKNOWN unknown shell command '.foo'\nERR SYNTAX "));
  CHECK(outcome.out.ends_with("\nPONG\n"));
  CHECK(run_kvstore({"--ack", "--nil", "-", directory / "d", "GET", "nope"}).out == "-\n");
  CHECK(run_kvstore({"--ack", "--json", directory / "d", "GET", "nope"}).out == "null\n");
}

TEST_CASE("a script that keeps going stops where a value of unknown size may follow") {
  const Directory directory;
  const Server server(directory / "served");
  const std::string script = "SET precious 1\nFROB\nSET k abc 12\nDEL precious\n";
  for (const Words& where : {Words{directory / "d"}, Words{"connect", server.address()}}) {
    Words words = where;
    words.insert(words.end() - 1, "--keep-going");
    const Outcome outcome = run_kvstore(words, script);
    CHECK(outcome.code == 1);
    CHECK(has(outcome.err, "ARITY: too many arguments for SET (3 given); what follows may belong to it"));
    words = where;
    words.insert(words.end(), {"GET", "precious"});
    CHECK(run_kvstore(words).out == "1\n");
  }
}

TEST_CASE("a coprocess gets its line before it writes the next command, here and over the wire") {
  const Directory directory;
  const Server server(directory / "served");
  for (const Words& words : {Words{KVSTORE_BINARY, "--ack", directory / "d"},
                             Words{KVSTORE_BINARY, "connect", "--ack", server.address()}}) {
    Process process(words);
    for (int i = 0; i < 20; ++i) {
      process.write("SET k " + std::to_string(10 + i) + "\n");
      CHECK(process.read(3) == "OK\n");
      process.write("GET k\n");
      CHECK(process.read(3) == std::to_string(10 + i) + "\n");
      process.write("GET nope\n");
      CHECK(process.read(4) == "NIL\n");
    }
    CHECK(process.finish().code == 0);
  }
}

TEST_CASE("--nil tells missing from empty") {
  const Directory directory;
  const std::string file = directory / "d";
  REQUIRE(run_kvstore({file, "SET", "e", ""}).code == 0);
  CHECK(run_kvstore({"--nil", "(none)", file, "GET e", "GET nope"}).out == "\n(none)\n");
  CHECK(run_kvstore({"--nil", "(none)", file, "GET", "nope"}).code == 3);
  CHECK(run_kvstore({"--nil", "", file, "GET", "nope"}).out == "\n");
  CHECK(run_kvstore({"--nil", "(none)", "--mode", "csv", file, "GET", "nope"}).out == "(none)\n");
  CHECK(run_kvstore({"--nil", "(none)", "--json", file, "GET", "nope"}).out == "null\n");
}

TEST_CASE("a byte order mark is passed over, wherever a script comes from") {
  const Directory directory;
  const std::string file = directory / "d", script = "\xEF\xBB\xBFSET a 1\r\nGET a\r\n";
  write_file(directory / "s.kv", script);
  CHECK(run_kvstore({file}, script).out == "1\n");
  CHECK(run_kvstore({"-f", directory / "s.kv", file}).out == "1\n");
  CHECK(run_kvstore({file}, ".read " + (directory / "s.kv") + "\n").out == "1\n");
  CHECK(run_kvstore({"--init", directory / "s.kv", file, "PING"}).out == "1\nPONG\n");
  CHECK(run_kvstore({file}, "\xEF\xBB\xBF").code == 0);
  Process slow({KVSTORE_BINARY, file});
  slow.write("\xEF");
  slow.write("\xBB\xBFGET a\n");
  CHECK(slow.read(2) == "1\n");
}

TEST_CASE("a script in UTF-16 or UTF-32 is told as that") {
  const Directory directory;
  for (const std::string encoding : {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE"}) {
    CAPTURE(encoding);
    const std::string pipe = "printf 'SET a 1\\n' | iconv -f UTF-8 -t " + encoding + " | '" +
                             KVSTORE_BINARY + "' '" + (directory / "d") + "'";
    const Outcome outcome = run({"bash", "-c", pipe});
    CHECK(outcome.code == 1);
    CHECK(has(outcome.err, "the script is " + encoding.substr(0, 6)));
    CHECK(has(outcome.err, "iconv -f UTF-"));
  }
  CHECK_FALSE(std::filesystem::exists(directory / "d"));
}

TEST_CASE("an empty stdin for -x is noted when it is stored, and refused if so wished") {
  const Directory directory;
  const std::string file = directory / "d";
  const Outcome noted = run_kvstore({file, "-x", "SET", "a"});
  CHECK(noted.code == 0);
  CHECK(has(noted.err, "standard input is empty"));
  CHECK(run_kvstore({file, "-x", "SET", "a"}, "x").err.empty());
  const Outcome refused = run_kvstore({"--no-empty", file, "-x", "SET", "a"});
  CHECK(refused.code == 1);
  CHECK(run_kvstore({file, "GET", "a"}).out == "x\n");
  CHECK(run_kvstore({"--no-empty", file, "-x", "SET", "a"}, "y").code == 0);
}

TEST_CASE("two dashes end the options, before FILE and before COMMAND") {
  const Directory directory;
  const std::string file = directory / "d";
  REQUIRE(run_kvstore({"--", file, "SET", "a", "1"}).code == 0);
  CHECK(run_kvstore({file, "--", "GET", "a"}).out == "1\n");
  CHECK(run_kvstore({"--json", "--", file, "--", "GET", "a"}).out == "\"1\"\n");
  CHECK(run_kvstore({"--", file}, "GET a\n").out == "1\n");
  CHECK(run_kvstore({file, "--", "SET", "a", "--"}).code == 0);
  CHECK(run_kvstore({file, "GET", "a"}).out == "--\n");
  CHECK(run_kvstore({"verify", "--", file}).code == 0);
  const Server server(directory / "served");
  CHECK(run_kvstore({"connect", "--", server.address(), "SET", "a", "1"}).code == 0);
  CHECK(run_kvstore({"connect", server.address(), "--", "GET", "a"}).out == "1\n");
}

TEST_CASE("a script hears of EXEC only, of an error in it, and of an end that came before it") {
  const Directory directory;
  const std::string file = directory / "d";
  const Outcome done = run_kvstore({file}, "MULTI\nSET a 1\nINCR a\nEXEC\n");
  CHECK(done.out == "OK\n2\n");
  CHECK(done.code == 0);
  const Outcome failed = run_kvstore({file}, "SET w word\nMULTI\nINCR w\nSET b 1\nEXEC\nSET c 1\n");
  CHECK(failed.err.find("stdin:5: TYPE") != std::string::npos);
  CHECK(failed.code == 1);
  CHECK(run_kvstore({file, "EXISTS", "b", "c"}).out == "1\n");
  const Outcome csv = run_kvstore({"--mode", "csv", file}, "MULTI\nINCR w\nEXEC\n");
  CHECK(csv.out == "(error) TYPE the value of 'w' is not an integer\n");
  const Outcome cut = run_kvstore({file}, "MULTI\nSET z 1\n");
  CHECK(cut.err.find("ABORTED") != std::string::npos);
  CHECK(cut.code == 1);
}

TEST_CASE("JSON has objects for STATS and HISTORY, and strings for HELP") {
  const Directory directory;
  const std::string file = directory / "d";
  REQUIRE(run_kvstore({file, "SET", "a", "one"}).code == 0);
  const Outcome stats = run_kvstore({"--json", file, "STATS", "Store"});
  CHECK(stats.out.starts_with("{\"Store\":{\"file\":\"" + file + "\",\"keys\":1,"));
  CHECK(stats.out.ends_with("}}\n"));
  const Outcome history = run_kvstore({"--json", file, "HISTORY", "a"});
  CHECK(history.out.starts_with("[{\"seq\":1,\"time\":\"20"));
  CHECK(history.out.ends_with("\"kind\":\"set\",\"size\":3,\"expires\":null}]\n"));
  CHECK(run_kvstore({"--json", file, "UNDO a", "UNDO a", "UNDO b"}).out == "0\n1\nnull\n");
  const Outcome changes = run_kvstore({"--json", file, "DIFF 0"});
  CHECK(changes.out.starts_with("[{\"change\":\"+\",\"key\":\"a\",\"seq\":3,\"time\":\"20"));
  CHECK(changes.out.ends_with("\"size_before\":null,\"size_after\":3}]\n"));
  CHECK(run_kvstore({"--json", file, "DIFF 3"}).out == "[]\n");
  CHECK(run_kvstore({file, "DIFF 0"}).out.starts_with("+\ta\t3\t20"));
  CHECK(run_kvstore({"--json", file, "HELP", "PING"}).out.starts_with("\"PING [message]\\n"));
  CHECK(run_kvstore({"--json", file, "SCRUB", "STATUS"}).out.starts_with("{\"rate\":"));
  CHECK(run_kvstore({"--json", file, "SCAN", "0"}).out == "{\"cursor\":\"0\",\"keys\":[\"a\"]}\n");
  CHECK(run_kvstore({"--json", file, "PREFIX", "a", "VALUES"}).out ==
        "[{\"key\":\"a\",\"value\":\"one\"}]\n");
}

TEST_CASE("CSV has a row for each pair, each field of STATS and each key of SCAN") {
  const Directory directory;
  const std::string file = directory / "d";
  REQUIRE(run_kvstore({file, "SET a 1", "SET b 'x,y'"}).code == 0);
  const auto csv = [&](Words words) {
    words.insert(words.begin(), {"--mode", "csv", file});
    return run_kvstore(words).out;
  };
  CHECK(csv({"RANGE", "", "", "VALUES"}) == "a,1\nb,\"x,y\"\n");
  CHECK(csv({"SCAN", "0"}) == "0\na\nb\n");
  CHECK(csv({"STATS", "Store"}).find("\nStore,keys,2\n") != std::string::npos);
  CHECK(csv({"SCRUB", "STATUS"}).find("\nrunning,") != std::string::npos);
}

TEST_CASE("a deletion of nothing is no data, and known by its exit code") {
  const Directory directory;
  const Outcome outcome = run_kvstore({directory / "d", "DELETE", "nosuch"});
  CHECK(outcome.out.empty());
  CHECK(outcome.code == 3);
  CHECK(run_kvstore({"--nil", "-", directory / "d", "DELETE", "nosuch"}).out == "-\n");
}

TEST_CASE("words that changed places are put right in the hint") {
  const Directory directory;
  const std::string file = directory / "d";
  REQUIRE(run_kvstore({file, "SET", "a", "1"}).code == 0);
  const auto hint = [](const Words& words) {
    const Outcome outcome = run_kvstore(words);
    CHECK(outcome.code == 2);
    const std::size_t at = outcome.err.find("try: ");
    return at == outcome.err.npos ? outcome.err : outcome.err.substr(at);
  };
  CHECK(hint({"--repair", file}) == "try: kvstore verify --repair " + file + "\n");
  CHECK(hint({file, "--repair"}) == "try: kvstore verify --repair " + file + "\n");
  CHECK(hint({file, "verify"}) == "try: kvstore verify " + file + "\n");
  CHECK(hint({"reindex", file}) == "try: kvstore verify --reindex " + file + "\n");
  CHECK(hint({"verfy", file}) == "try: kvstore verify " + file + "\n");
}

TEST_CASE("a line of text that is taken for a word is mentioned") {
  const Directory directory;
  const std::string file = directory / "d";
  const auto notes = [&](Words words) {
    words.insert(words.begin(), file);
    return run_kvstore(words).err.find("note: 'KEYS a*' is an argument") != std::string::npos;
  };
  CHECK(notes({"COUNT", "KEYS a*"}));
  CHECK(notes({"BEGIN", "KEYS a*", "COMMIT"}));
  CHECK_FALSE(notes({"SET", "note", "KEYS a*"}));
  CHECK_FALSE(notes({"COUNT ", "KEYS a*"}));
}

TEST_CASE("Ctrl-C ends a script as it ends any program") {
  const Directory directory;
  Process process({KVSTORE_BINARY, directory / "d"});
  process.write("ECHO 1\n");
  REQUIRE(process.read(2) == "1\n");
  process.signal(SIGINT);
  CHECK(process.wait() == 128 + SIGINT);
}

TEST_CASE("a transaction takes what --transaction-memory gives it, and no more") {
  const Directory directory;
  const std::string script = "BEGIN\nSET a " + std::string(4000, 'x') + "\nCOMMIT\n";
  CHECK(run_kvstore({"--transaction-memory", "8KiB", directory / "d"}, script).code == 0);
  const Outcome over = run_kvstore({"--transaction-memory", "2KiB", directory / "d"}, script);
  CHECK(over.code == 1);
  CHECK(over.err.find("ABORTED: the transaction was rolled back: its writes") != over.err.npos);
  CHECK(over.err.find("in smaller parts") != over.err.npos);
  CHECK(run_kvstore({"--transaction-time", "-1", directory / "d", "COUNT"}).code == 2);
}
