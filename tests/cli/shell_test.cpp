// The shell in a real terminal, typed at. Every step waits for what a person
// would wait for: the prompt, or an answer.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include <doctest/doctest.h>

#include "tests/cli/terminal.h"

using namespace kvstore::test;

namespace {

struct Shell {
  // Without colours there are no hints after what is typed.
  explicit Shell(const std::string& environment = "NO_COLOR=1")
      : terminal(directory, {directory / "d"}, environment) {
    terminal.wait_for_end("\nd>");
  }
  // Types a line and waits for all that follows it up to the next prompt.
  void say(const std::string& line, const std::string& answer) {
    terminal.enter(line);
    terminal.wait_for_end(line + "\n" + answer + "d>");
  }
  Directory directory;
  Terminal terminal;
};

}  // namespace

TEST_CASE("a banner says what was opened, and Ctrl-D leaves") {
  Shell shell;
  shell.terminal.wait_for("/d, 0 keys, ");
  shell.terminal.wait_for("Type .help for help");
  shell.say("SET greeting \"hello world\"", "OK\n");
  shell.say("GET greeting", "hello world\n");
  shell.say("GET nope", "(nil)\n");
  shell.say("STRLEN greeting", "(integer) 11\n");
  shell.say("KEYS", "1) greeting\n");
  shell.terminal.key("C-d");
  shell.terminal.wait_for_end("left with 0");
}

TEST_CASE("an error says what to type, and the shell goes on") {
  Shell shell;
  shell.terminal.enter("GETT a");
  shell.terminal.wait_for("UNKNOWN: ");
  shell.terminal.wait_for("try: GET");
  shell.say("PING", "PONG\n");
}

TEST_CASE("the prompt shows an open transaction, which leaving rolls back") {
  Shell shell;
  const auto say = [&](const std::string& line, const std::string& answer) {
    shell.terminal.enter(line);
    shell.terminal.wait_for_end(line + "\n" + answer);
  };
  say("BEGIN", "OK\nd*>");
  say("SET a 1", "OK\nd*>");
  shell.terminal.enter(".open other");
  shell.terminal.wait_for("COMMIT or ROLLBACK first");
  say("COMMIT", "OK\nd>");
  say("BEGIN", "OK\nd*>");
  say("SET a 2", "OK\nd*>");
  say("ROLLBACK", "OK\nd>");
  say("GET a", "1\nd>");
  say("BEGIN", "OK\nd*>");
  shell.terminal.key("C-d");
  shell.terminal.wait_for("the open transaction was rolled back");
  shell.terminal.wait_for_end("left with 0");
}

TEST_CASE("the up-arrow brings back a command, and a block value whole") {
  Shell shell;
  shell.say("ECHO first", "first\n");
  shell.terminal.enter("SET note");
  shell.terminal.wait_for_end("... to END>");
  shell.terminal.enter("line 1");
  shell.terminal.enter(".quit");
  shell.terminal.wait_for_end("... to END> .quit\n... to END>");
  shell.terminal.enter("END");
  shell.terminal.wait_for_end("... to END> END\nOK\nd>");
  shell.say("DELETE note", "OK\n");
  shell.terminal.key("Up");
  shell.terminal.wait_for_end("d> DELETE note");
  shell.terminal.key("Up");
  shell.terminal.wait_for_end("d> SET note\nline 1\n.quit\nEND");
  shell.terminal.enter();
  shell.terminal.wait_for_end("END\nOK\nd>");
  shell.say("GET note", "line 1\n.quit\n");
}

TEST_CASE("Ctrl-C drops the line only") {
  Shell shell;
  shell.terminal.type("SET half a li");
  shell.terminal.wait_for_end("SET half a li");
  shell.terminal.key("C-c");
  shell.terminal.wait_for_end("SET half a li^C\nd>");
  shell.say("COUNT", "(integer) 0\n");
}

TEST_CASE("Ctrl-C inside a value stores nothing") {
  Shell shell;
  shell.terminal.enter("SET note <<EOT");
  shell.terminal.wait_for_end("... to EOT>");
  shell.terminal.enter("content");
  shell.terminal.key("C-c");
  shell.terminal.wait_for_end("command cancelled, nothing is stored\nd>");
  shell.say("COUNT", "(integer) 0\n");
}

TEST_CASE("while counted bytes are awaited the prompt counts them") {
  Shell shell;
  shell.terminal.enter("APPEND log 5");
  shell.terminal.wait_for_end("5 bytes to come, Ctrl-C cancels>");
  shell.terminal.enter("hel");
  shell.terminal.wait_for_end("1 byte to come, Ctrl-C cancels>");
  shell.terminal.enter("o");
  shell.terminal.wait_for_end("(integer) 5\nd>");
  shell.say("GET log", "hel\no\n");
}

TEST_CASE("Ctrl-R finds an earlier command, also of an earlier shell") {
  const Directory directory;
  {
    Terminal first(directory, {directory / "d"});
    first.wait_for_end("\nd>");
    first.enter("ECHO needle");
    first.wait_for_end("\nneedle\nd>");
    first.enter(".quit");
    first.wait_for_end("left with 0");
  }
  Terminal second(directory, {directory / "d"});
  second.wait_for_end("\nd>");
  second.key("C-r");
  second.wait_for("bck:");
  second.type("need");
  second.wait_for("ECHO needle");
  second.enter();
  second.wait_for_end("\nneedle\nd>");
}

TEST_CASE("Tab completes commands and keys") {
  Shell shell;
  shell.say("SET user:alice 1", "OK\n");
  shell.terminal.type("STRL");
  shell.terminal.key("Tab");
  shell.terminal.wait_for_end("d> STRLEN");
  shell.terminal.type("us");
  shell.terminal.key("Tab");
  shell.terminal.wait_for_end("d> STRLEN user:alice");
  shell.terminal.enter();
  shell.terminal.wait_for_end("(integer) 1\nd>");
  shell.say("SET user:bob 1", "OK\n");
  shell.terminal.type("GET us");
  shell.terminal.key("Tab");
  shell.terminal.wait_for_end("d> GET user:");
  shell.terminal.key("Tab");
  shell.terminal.wait_for("user:alice  user:bob");
}

TEST_CASE("a small paste without a newline can still be edited") {
  Shell shell;
  shell.terminal.paste("ECHO \"pas\tted");
  shell.terminal.wait_for("ted");
  shell.terminal.enter(" text\"");
  shell.terminal.wait_for("pas     ted text\nd>");
}

TEST_CASE("a large paste arrives as a block's content, byte for byte") {
  Shell shell;
  std::string content;
  while (content.size() < 10'000'000) {
    content += ".quit\n\ttab \"quote\" 'single' \\x00\nSET a 1\nGET \t\t\n\ngrün END\n";
  }
  shell.terminal.enter("SET big <<EOT");
  shell.terminal.wait_for_end("... to EOT>");
  shell.terminal.paste(content);
  shell.terminal.wait_for("[pasted 10,000,0");
  shell.terminal.enter("EOT");
  shell.terminal.wait_for_end("OK\nd>");
  shell.terminal.enter(".quit");
  shell.terminal.wait_for_end("left with 0");
  const Outcome stored = run_kvstore({shell.directory / "d", "GET", "big"});
  CHECK((stored.out == content));
}

TEST_CASE("a paste waits for Enter, also one that ends in a newline") {
  Shell shell;
  shell.say("SET keep 1", "OK\n");
  shell.terminal.paste("DEL keep\n");
  shell.terminal.wait_for("d> DEL keep");
  shell.terminal.key("C-c");
  shell.terminal.wait_for_end("^C\nd>");
  shell.say("EXISTS keep", "(integer) 1\n");
  shell.terminal.paste("DEL keep\n");
  shell.terminal.wait_for_end("d> DEL keep");
  shell.terminal.enter();
  shell.terminal.wait_for_end("d> DEL keep\n(integer) 1\nd>");
}

TEST_CASE("pasted commands run together on Enter, with what was typed after them") {
  Shell shell;
  shell.terminal.paste("SET a 1\n.mode quoted\nGET a\nECHO un");
  shell.terminal.wait_for_end("GET a\nECHO un");
  shell.terminal.enter("finished");
  shell.terminal.wait_for_end("ECHO unfinished\n\"1\"\n\"unfinished\"\n3 OK\nd>");
}

TEST_CASE("a run of pasted commands is summed up, and its errors name their lines") {
  Shell shell("NO_COLOR=1 PAGER='echo paged; cat'");
  std::string run;
  for (int i = 1; i <= 200; ++i) {
    run += i == 3 ? "FOO\n" : i == 77 ? "GET\n" : "SET key" + std::to_string(i) + " 1\n";
  }
  shell.terminal.paste(run);
  shell.terminal.wait_for_end("SET key199 1\nSET key200 1");
  shell.terminal.enter();
  shell.terminal.wait_for_end("198 OK, 2 failed: lines 3, 77\nd>");
  const std::string screen = shell.terminal.screen();
  CHECK(screen.find("line 3: UNKNOWN: ") != screen.npos);
  CHECK(screen.find("line 77: ARITY: ") != screen.npos);
  CHECK(screen.find("paged") == screen.npos);
}

TEST_CASE("Ctrl-C drops a long paste, and a value inside a paste is a value") {
  Shell shell;
  shell.terminal.paste("SET gone 1\n" + std::string(5000, 'x') + "\n");
  shell.terminal.wait_for("[pasted 5,0");
  shell.terminal.key("C-c");
  shell.terminal.wait_for_end("^C\nd>");
  shell.terminal.paste("SET note <<EOT\nDEL x\n.quit\nEOT\nSET two \"a\nb\"\nAPPEND n 3\nabc\n");
  shell.terminal.wait_for_end("abc");
  shell.terminal.enter();
  shell.terminal.wait_for_end("(integer) 3\n3 OK\nd>");
  shell.say("GET note", "DEL x\n.quit\n");
  shell.say("GET two", "a\nb\n");
  shell.say("EXISTS gone", "(integer) 0\n");
}

TEST_CASE("an open quote goes on with the next line") {
  Shell shell;
  shell.terminal.enter("SET poem \"one");
  shell.terminal.wait_for_end("...\">");
  shell.terminal.enter("two\\x21\" EX 1000");
  shell.terminal.wait_for_end("OK\nd>");
  shell.say("GET poem", "one\ntwo!\n");
  shell.terminal.enter("SET poem 'gone");
  shell.terminal.wait_for_end("...'>");
  shell.terminal.key("C-c");
  shell.terminal.wait_for_end("command cancelled, nothing is stored\nd>");
  shell.say("STRLEN poem", "(integer) 8\n");
}

TEST_CASE("wide characters at the right edge, and a resize, leave the line in order") {
  Shell shell;
  shell.terminal.resize(30, 20);
  shell.terminal.type("ECHO \"漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字é");
  shell.terminal.wait_for_end("\nd> ECHO \"漢字漢字漢字漢字漢字\n漢字漢字漢字漢字漢字é");
  for (int i = 0; i < 3; ++i) shell.terminal.key("Left");
  shell.terminal.type("x");
  shell.terminal.wait_for_end("\n漢字漢字漢字漢字x漢字é");
  shell.terminal.resize(21, 20);
  shell.terminal.wait_for_end("d> ECHO \"漢字漢字漢字\n漢字漢字漢字漢字漢字\n漢字x漢字é");
  shell.terminal.resize(60, 20);
  shell.terminal.wait_for_end("d> ECHO \"漢字漢字漢字漢字漢字漢字漢字漢字漢字x漢字é");
  shell.terminal.key("End");
  shell.terminal.enter("\"");
  shell.terminal.wait_for_end("\n漢字漢字漢字漢字漢字漢字漢字漢字漢字x漢字é\nd>");
}

TEST_CASE("arguments are hinted in grey where there are colours") {
  Shell shell("TERM=xterm");
  shell.terminal.type("SET");
  shell.terminal.wait_for_end("d> SET key value [NX|XX] [GET] [EX seconds|PX milliseconds|EXAT unix-s|PXAT unix-ms|KEEPTTL]");
  shell.terminal.type(" a 1");
  shell.terminal.wait_for_end("d> SET a 1 [NX|XX] [GET] [EX seconds|PX milliseconds|EXAT unix-s|PXAT unix-ms|KEEPTTL]");
  shell.terminal.enter();
  shell.terminal.wait_for_end("d> SET a 1\nOK\nd>");
}

TEST_CASE("EXIT says nothing") {
  Shell shell;
  shell.terminal.enter("EXIT");
  shell.terminal.wait_for_end("d> EXIT\nleft with 0");
}

TEST_CASE("HISTORY is a table, and says where it ends; UNDO says what it did") {
  Shell shell;
  shell.say("SET a 1", "OK\n");
  shell.terminal.enter("HISTORY a");
  shell.terminal.wait_for("kind  size  expires\n  1  2");
  shell.say("UNDO a", "OK: the key is missing again\n");
  shell.say("UNDO a", "OK: as of version 1 again\n");
  shell.say("UNDO nothing", "(nil) nothing to undo: it is so already\n");
  shell.terminal.enter("HISTORY a LIMIT 2");
  shell.terminal.wait_for("note: 2 versions; older ones may be there\n  try: HISTORY a LIMIT 20\n");
}

TEST_CASE("HELP shows replies as the shell does") {
  Shell shell;
  shell.terminal.resize(60, 40);
  shell.terminal.enter("HELP HISTORY");
  shell.terminal.wait_for("answers\n    seq  time  kind    size  expires\n");
  shell.terminal.wait_for("A key's versions, newest first (100, or n up to 100000)");
}

TEST_CASE("the time of a command is not that of its reader") {
  Shell shell("NO_COLOR=1 PAGER='sleep 2; cat >/dev/null'");
  shell.say(".timing on", "");
  shell.terminal.enter("HELP");
  shell.terminal.wait_for(" ms)");
  const std::string screen = shell.terminal.screen();
  const std::size_t end = screen.find(" ms)");
  CHECK(std::stod(screen.substr(screen.rfind('(', end) + 1)) < 2000);
}

TEST_CASE("an answer is not lost where the pager cannot be run") {
  Shell shell("NO_COLOR=1 PAGER='/nonexistent/pager --opts # of its own'");
  shell.terminal.resize(80, 20);
  shell.terminal.enter("HELP");
  shell.terminal.wait_for("/nonexistent/pager: not found");
  shell.terminal.wait_for("line that begins with # is a comment");
  shell.terminal.wait_for_end("\nd>");
}

TEST_CASE("Ctrl-C ends a pager that would never end, and a script that waits for its input") {
  Shell shell("NO_COLOR=1 PAGER='echo paging >/dev/tty; exec sleep 600'");
  shell.terminal.resize(80, 20);
  shell.terminal.enter("HELP");
  shell.terminal.wait_for("paging");
  shell.terminal.key("C-c");
  shell.terminal.wait_for("^C\n");
  shell.terminal.wait_for_end("\nd>");
  const std::string pipe = shell.directory / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int writer = ::open(pipe.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(::write(writer, "ECHO script-runs\n", 17) == 17);
  shell.terminal.enter(".read " + pipe);
  shell.terminal.wait_for("script-runs");
  shell.terminal.key("C-c");
  shell.terminal.wait_for_end("\nd>");
  shell.say("PING", "PONG\n");
  ::close(writer);
}

TEST_CASE("answers go to a file and back, and another file is opened") {
  Shell shell;
  shell.say("SET a 1", "OK\n");
  shell.say(".output \"" + (shell.directory / "two words") + "\"", "");
  shell.say("GET a", "");
  shell.say(".output -", "");
  CHECK(file_bytes(shell.directory / "two words") == "1\n");
  shell.terminal.enter(".output " + (shell.directory / "d"));
  shell.terminal.wait_for("is the database itself");
  shell.terminal.enter(".open " + (shell.directory / "other"));
  shell.terminal.wait_for_end("\nother>");
  shell.terminal.enter("GET a");
  shell.terminal.wait_for_end("(nil)\nother>");
}

TEST_CASE("modes, timing and reading a file") {
  Shell shell;
  write_file(shell.directory / "script.kv", "SET k \"a\\tb\"\nFOO\nSET k 2\n");
  shell.terminal.enter(".read " + (shell.directory / "script.kv"));
  shell.terminal.wait_for("script.kv:2: UNKNOWN: ");
  shell.say(".mode quoted", "");
  shell.say("GET k", "\"a\\tb\"\n");
  shell.say(".mode json", "");
  shell.say("GET k", "\"a\\tb\"\n");
  shell.say(".mode hex", "");
  shell.say("GET k", "00000000  61 09 62                                          |a.b|\n");
  shell.terminal.enter(".mode xml");
  shell.terminal.wait_for("unknown mode 'xml'");
  shell.say(".timing on", "");
  shell.terminal.enter("PING");
  shell.terminal.wait_for(" ms)");
}

TEST_CASE("binary does not reach the terminal raw") {
  Shell shell;
  shell.say("SET evil \"\\x1b]0;title\\x07\\x1b[2J\"", "OK\n");
  shell.say("GET evil", "\"\\x1b]0;title\\x07\\x1b[2J\"\n");
}

TEST_CASE("an answer longer than the screen goes through the pager") {
  Shell shell("NO_COLOR=1 PAGER='head -n 3'");
  std::string block = "SET long <<EOT\n";
  for (int i = 0; i < 200; ++i) block += "line " + std::to_string(i) + "\n";
  shell.terminal.paste(block + "EOT\n");
  shell.terminal.wait_for_end("line 199\nEOT");
  shell.terminal.enter();
  shell.terminal.wait_for_end("OK\nd>");
  shell.terminal.enter("GET long");
  shell.terminal.wait_for_end("line 0\nline 1\nline 2\nd>");
}

TEST_CASE("a shell whose server is gone can be left, and helps") {
  for (const char* word : {"quit", "EXIT"}) {
    const Directory directory;
    Server server(directory / "d");
    Terminal terminal(directory, {"connect", server.address()}, "NO_COLOR=1");
    terminal.wait_for_end("\n" + server.address() + ">");
    CHECK(server.stop() == 0);
    terminal.enter("PING");
    terminal.wait_for("NETWORK: ");
    terminal.enter("PING");
    terminal.wait_for("cannot connect");
    terminal.enter("HELP STRLEN");
    terminal.wait_for("STRLEN key");
    terminal.enter(word);
    terminal.wait_for_end("left with 0");
  }
}

TEST_CASE("the same shell works over the wire, and comes back when the server does") {
  const Directory directory;
  auto server = std::make_unique<Server>(directory / "d");
  const std::string address = server->address();
  Terminal terminal(directory, {"connect", address}, "NO_COLOR=1");
  terminal.wait_for_end("\n" + address + ">");
  terminal.enter("SET key:one 1");
  terminal.wait_for_end("OK\n" + address + ">");
  terminal.type("GET key");
  terminal.key("Tab");
  terminal.wait_for_end("GET key:one");
  terminal.enter();
  terminal.wait_for_end("\n1\n" + address + ">");
  terminal.enter("BEGIN");
  terminal.wait_for_end("OK\n" + address + "*>");
  terminal.enter("ROLLBACK");
  terminal.wait_for_end("OK\n" + address + ">");
  CHECK(server->stop() == 0);
  terminal.enter("GET key:one");
  terminal.wait_for("NETWORK: ");
  const std::string port = address.substr(address.find(':') + 1);
  Process again({KVSTORE_BINARY, directory / "d", "--listen", port, "--log-level", "off"});
  while (again.read_error_line().find("ready on") == std::string::npos) {
  }
  terminal.enter("STRLEN key:one");
  terminal.wait_for_end("(integer) 1\n" + address + ">");
}
