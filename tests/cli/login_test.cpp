// `kvstore connect` and passwords: from a file, the environment, and whoever sits there.
#include <sys/stat.h>

#include <string>

#include <doctest/doctest.h>

#include "tests/cli/process.h"
#include "tests/cli/terminal.h"

using namespace kvstore::test;

namespace {

// A server that wants "sesame".
class Guarded {
 public:
  Guarded()
      : password_(directory_ / "password"),
        process_({"env", "-u", "KVSTORE_PASSWORD", KVSTORE_BINARY, directory_ / "d", "--listen",
                  "0", "--password-file", written(password_)}) {
    std::string line;
    do {
      line = process_.read_error_line();
    } while (!line.empty() && line.find("ready on ") == line.npos);
    const std::size_t begin = line.find("ready on ") + 9;
    address_ = line.substr(begin, line.find(',') - begin);
  }
  const std::string& address() const { return address_; }
  const std::string& password_file() const { return password_; }
  const Directory& directory() const { return directory_; }

 private:
  static const std::string& written(const std::string& path) {
    write_file(path, "sesame\n");
    return path;
  }
  Directory directory_;
  const std::string password_;
  Process process_;
  std::string address_;
};

}  // namespace

TEST_CASE("the password comes from a file or the environment") {
  const Guarded server;
  const std::string binary = KVSTORE_BINARY;
  CHECK(
      run_kvstore({"connect", "--password-file", server.password_file(), server.address(), "PING"})
          .out == "PONG\n");
  CHECK(run({"env", "KVSTORE_PASSWORD=sesame", binary, "connect", server.address(), "PING"}).out ==
        "PONG\n");
  CHECK(run({"env", "KVSTORE_PASSWORD=sesame", binary, "connect", server.address()},
            "SET a 1\nGET a\n")
            .out == "1\n");
  const Outcome wrong =
      run({"env", "KVSTORE_PASSWORD=wrong", binary, "connect", server.address(), "PING"});
  CHECK(wrong.code == 4);
  CHECK(wrong.err.find("WRONGPASS") != wrong.err.npos);
  const Outcome none = run_kvstore({"connect", server.address(), "PING"});
  CHECK(none.code == 4);
  CHECK(none.err.find("NOAUTH") != none.err.npos);
  CHECK(run_kvstore({"connect", "--password-file", "/none", server.address(), "PING"}).code == 4);
}

TEST_CASE("whoever sits at a terminal is asked, and what is typed is not shown") {
  const Guarded server;
  Terminal terminal(server.directory(), {"connect", server.address()});
  terminal.wait_for("Password of default at " + server.address());
  terminal.enter("sesame");
  terminal.wait_for_end(">");
  terminal.enter("PING");
  terminal.wait_for("PONG");
  CHECK(terminal.screen().find("sesame") == std::string::npos);
}
