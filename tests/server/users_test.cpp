// Users over the wire: AUTH, HELLO AUTH, ACL, and what is refused to whom.
#include "server/users.h"

#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "server/acl_file.h"
#include "server/login_throttle.h"
#include "tests/server/fixture.h"

using namespace kvstore;
using namespace std::string_literals;
using test::Client;
using test::TestServer;

namespace {

server::Config with_password(const std::string& password = "sesame") {
  server::Config config;
  config.password = password;
  return config;
}

// Inline commands of RESP: `*1 PING` before them makes them so.
std::string ask_resp(const TestServer& server, const std::string& lines) {
  return server.ask("*0\r\n" + lines);
}

constexpr const char* kNoAuth = "-NOAUTH Authentication required.\r\n";
constexpr const char* kWrongPass =
    "-WRONGPASS invalid username-password pair or user is disabled.\r\n";

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("CONFIG SET requirepass gives the user default a password, and takes it away") {
  const TestServer server;
  CHECK(ask_resp(server,
                 "CONFIG GET requirepass\r\nAUTH x\r\nCONFIG SET requirepass sesame\r\n"
                 "CONFIG SET requirepass a requirepass b\r\n") ==
        "*2\r\n$11\r\nrequirepass\r\n$0\r\n\r\n"
        "-ERR AUTH <password> called without any password configured for the default user. Are you "
        "sure your configuration is correct?\r\n+OK\r\n"
        "-ERR CONFIG SET failed (possibly related to argument 'requirepass') - duplicate "
        "parameter\r\n");
  CHECK(ask_resp(server, "PING\r\nAUTH wrong\r\nAUTH sesame\r\nPING\r\n") ==
        kNoAuth + std::string(kWrongPass) + "+OK\r\n+PONG\r\n");
  const std::string shown = ask_resp(server, "AUTH sesame\r\nCONFIG GET requirepass\r\n");
  CHECK(shown.find("$argon2id$") != shown.npos);
  CHECK(shown.find("sesame") == shown.npos);
  CHECK(ask_resp(server, "AUTH sesame\r\nCONFIG SET requirepass ''\r\n") == "+OK\r\n+OK\r\n");
  CHECK(ask_resp(server, "PING\r\nCONFIG REWRITE\r\n") ==
        "+PONG\r\n-ERR The server is running without a config file\r\n");
}

TEST_CASE("without a password nothing is executed but AUTH, HELLO, RESET and QUIT") {
  const TestServer server(with_password());
  CHECK(ask_resp(server, "PING\r\nGET k\r\nSET k v\r\nNOSUCH\r\nGET\r\n") ==
        kNoAuth + std::string(kNoAuth) + kNoAuth +
            "-ERR unknown command 'NOSUCH', with args beginning with: \r\n"
            "-ERR wrong number of arguments for 'get' command\r\n");
  CHECK(ask_resp(server, "HELLO 3\r\n").starts_with("-NOAUTH HELLO must be called with"));
  CHECK(ask_resp(server, "RESET\r\nQUIT\r\n") == "+RESET\r\n+OK\r\n");
  CHECK(server.ask("PING\n").starts_with("-ERR NOAUTH "));
}

TEST_CASE("AUTH opens, with the user's name or without") {
  const TestServer server(with_password());
  CHECK(ask_resp(server, "AUTH sesame\r\nPING\r\n") == "+OK\r\n+PONG\r\n");
  CHECK(ask_resp(server, "AUTH default sesame\r\nPING\r\n") == "+OK\r\n+PONG\r\n");
  CHECK(server.ask("AUTH sesame\nPING\n") == "+OK\n+PONG\n");
  CHECK(ask_resp(server, "AUTH a b c\r\n") == "-ERR syntax error\r\n");
  const std::string hello = ask_resp(server, "HELLO 3 AUTH default sesame SETNAME me\r\nPING\r\n");
  CHECK(hello.starts_with("%7\r\n"));
  CHECK(hello.ends_with("+PONG\r\n"));
  CHECK(ask_resp(server, "AUTH sesame\r\nRESET\r\nPING\r\n") == "+OK\r\n+RESET\r\n"s + kNoAuth);
}

TEST_CASE("a wrong password is refused, and whoever was logged in stays so") {
  const TestServer server(with_password());
  CHECK(ask_resp(server, "AUTH wrong\r\nPING\r\n") == kWrongPass + std::string(kNoAuth));
  CHECK(ask_resp(server, "AUTH nobody sesame\r\n") == kWrongPass);
  CHECK(ask_resp(server, "HELLO 2 AUTH default wrong\r\n") == kWrongPass);
  CHECK(ask_resp(server, "AUTH sesame\r\nAUTH wrong\r\nPING\r\n") ==
        "+OK\r\n"s + kWrongPass + "+PONG\r\n");
}

TEST_CASE("a server without a password says so to AUTH") {
  const TestServer server;
  CHECK(ask_resp(server, "AUTH x\r\n")
            .starts_with("-ERR AUTH <password> called without any password configured"));
  CHECK(ask_resp(server, "AUTH default whatever\r\nACL WHOAMI\r\n") == "+OK\r\n$7\r\ndefault\r\n");
}

TEST_CASE("a user may do what its rules say, from the next command on") {
  const TestServer server;
  Client admin = server.connect(), bob = server.connect();
  admin.send("ACL SETUSER bob on >pw ~app:* +@read +set\n");
  CHECK(admin.receive_line() == "+OK\n");
  bob.send("*0\r\nAUTH bob pw\r\nACL WHOAMI\r\n");
  CHECK(bob.receive_line() == "+OK\r\n");
  CHECK(bob.receive_line() ==
        "-NOPERM this user has no permissions to run the 'acl|whoami' command\r\n");
  bob.send("SET app:1 x\r\nGET app:1\r\nGET other\r\nDEL app:1\r\n");
  CHECK(bob.receive_line() == "+OK\r\n");
  CHECK(bob.receive(7) == "$1\r\nx\r\n");
  CHECK(bob.receive_line() ==
        "-NOPERM this user has no permissions to access one of the keys used as arguments\r\n");
  CHECK(bob.receive_line() == "-NOPERM this user has no permissions to run the 'del' command\r\n");
  admin.send("ACL SETUSER bob -set +del\n");
  CHECK(admin.receive_line() == "+OK\n");
  bob.send("SET app:1 y\r\nDEL app:1\r\n");
  CHECK(bob.receive_line() == "-NOPERM this user has no permissions to run the 'set' command\r\n");
  CHECK(bob.receive_line() == ":1\r\n");
}

TEST_CASE("what is refused between MULTI and EXEC lets EXEC execute nothing") {
  const TestServer server;
  CHECK(server.ask("ACL SETUSER bob on >pw ~app:* +@all -del\n") == "+OK\n");
  const std::string replies =
      ask_resp(server,
               "AUTH bob pw\r\nMULTI\r\nSET app:1 x\r\nDEL app:1\r\nSET other x\r\nEXEC\r\n"
               "EXISTS app:1\r\n");
  CHECK(replies ==
        "+OK\r\n+OK\r\n+QUEUED\r\n"
        "-NOPERM this user has no permissions to run the 'del' command\r\n"
        "-NOPERM this user has no permissions to access one of the keys used as arguments\r\n"
        "-EXECABORT Transaction discarded because of previous errors.\r\n:0\r\n");
}

TEST_CASE("what is allowed when it is queued may not be when EXEC comes") {
  const TestServer server;
  Client admin = server.connect(), bob = server.connect();
  admin.send("ACL SETUSER bob on >pw ~* +@all\n");
  CHECK(admin.receive_line() == "+OK\n");
  bob.send("*0\r\nAUTH bob pw\r\nMULTI\r\nSET a 1\r\n");
  CHECK(bob.receive(18) == "+OK\r\n+OK\r\n+QUEUED\r\n"s.substr(0, 18));
  CHECK(bob.receive_line() == "\n");
  admin.send("ACL SETUSER bob -set\n");
  CHECK(admin.receive_line() == "+OK\n");
  bob.send("EXEC\r\n");
  CHECK(bob.receive_line() == "*1\r\n");
  CHECK(bob.receive_line().starts_with("-NOPERM ACLs rules changed between the moment"));
}

TEST_CASE("a user that is removed loses its connections, idle ones too") {
  const TestServer server;
  Client admin = server.connect(), idle = server.connect();
  admin.send("ACL SETUSER bob on >pw ~* +@all\n");
  CHECK(admin.receive_line() == "+OK\n");
  idle.send("AUTH bob pw\n");
  CHECK(idle.receive_line() == "+OK\n");
  admin.send("ACL DELUSER bob nobody\nACL SETUSER bob on >pw ~* +@all\n");
  CHECK(admin.receive_line() == ":1\n");
  CHECK(admin.receive_line() == "+OK\n");
  CHECK(idle.receive_all().starts_with("-ERR NOAUTH the user of this connection was removed"));
}

TEST_CASE("who follows is asked for its rights again when rules change") {
  const TestServer server;
  Client admin = server.connect(), bob = server.connect();
  admin.send("ACL SETUSER bob on >pw ~app:* +follow\nSET app:1 x\n");
  CHECK(admin.receive_line() == "+OK\n");
  CHECK(admin.receive_line() == "+OK\n");
  bob.send("*0\r\nAUTH bob pw\r\nFOLLOW app:1\r\n");
  CHECK(bob.receive(4 + 1) == "+OK\r\n");
  CHECK(bob.receive_line() == ":0\r\n");
  CHECK(bob.receive(7) == "$1\r\nx\r\n");
  admin.send("ACL SETUSER bob resetkeys ~other:*\nAPPEND app:1 secret\n");
  CHECK(bob.receive_line() ==
        "-NOPERM this user has no permissions to access one of the keys used as arguments\r\n");
}

TEST_CASE("CLIENT INFO and LIST name the user of a connection") {
  const TestServer server;
  Client admin = server.connect(), bob = server.connect();
  admin.send("ACL SETUSER bob on >pw ~* +@all\n");
  CHECK(admin.receive_line() == "+OK\n");
  bob.send("*0\r\nAUTH bob pw\r\nCLIENT INFO\r\nRESET\r\nCLIENT INFO\r\n");
  CHECK(bob.receive_line() == "+OK\r\n");
  CHECK(bob.receive_line().starts_with("$"));
  CHECK(bob.receive_line().find(" user=bob ") != std::string::npos);
  CHECK(bob.receive_line() == "\r\n");
  CHECK(bob.receive_line() == "+RESET\r\n");
  CHECK(bob.receive_line().starts_with("$"));
  CHECK(bob.receive_line().find(" user=default ") != std::string::npos);
}

TEST_CASE("users are shown as they are stored, and passwords never in plain") {
  const TestServer server;
  CHECK(server.ask("ACL SETUSER bob on >secret ~app:* +@all -@dangerous\n") == "+OK\n");
  const std::string list = server.ask("ACL LIST\n");
  CHECK(list.find("user bob on #$argon2id$v=19$m=19456,t=2,p=1$") != list.npos);
  CHECK(list.find("~app:* resetchannels +@all -@dangerous") != list.npos);
  CHECK(list.find("secret") == list.npos);
  CHECK(server.ask("ACL USERS\n") == "+ARRAY 2\n+VALUE 3\nbob\n+VALUE 7\ndefault\n");
  const std::string one = ask_resp(server, "ACL GETUSER bob\r\n");
  CHECK(one.starts_with("*12\r\n$5\r\nflags\r\n*1\r\n$2\r\non\r\n$9\r\npasswords\r\n*1\r\n$"));
  CHECK(ask_resp(server, "ACL GETUSER nobody\r\n") == "$-1\r\n");
  CHECK(ask_resp(server, "ACL DELUSER default\r\n") ==
        "-ERR The 'default' user cannot be removed\r\n");
  CHECK(ask_resp(server, "ACL SETUSER x #abc\r\n").find("argon2id") != std::string::npos);
}

TEST_CASE("DRYRUN, CAT and GENPASS answer as Redis does") {
  const TestServer server;
  CHECK(server.ask("ACL SETUSER bob on >pw ~app:* +@read -get\n") == "+OK\n");
  CHECK(ask_resp(server,
                 "ACL DRYRUN bob STRLEN app:1\r\nACL DRYRUN bob NOSUCH\r\n"
                 "ACL DRYRUN bob MGET\r\nACL DRYRUN nobody GET k\r\n") ==
        "+OK\r\n-ERR Command 'NOSUCH' not found\r\n"
        "-ERR wrong number of arguments for 'mget' command\r\n-ERR User 'nobody' not found\r\n");
  CHECK(server.ask("ACL DRYRUN bob GET k\n") ==
        "+VALUE 53\nThis user has no permissions to run the 'get' command\n");
  CHECK(server.ask("ACL DRYRUN bob MGET other\n").find("to access the 'other' key") !=
        std::string::npos);
  CHECK(server.ask("ACL GENPASS\n").size() == "+VALUE 64\n"s.size() + 65);
  CHECK(server.ask("ACL GENPASS 5\n").size() == "+VALUE 2\n"s.size() + 3);
  CHECK(ask_resp(server, "ACL GENPASS 0\r\n").starts_with("-ERR ACL GENPASS argument must be"));
  CHECK(ask_resp(server, "ACL CAT nosuch\r\n") == "-ERR Unknown category 'nosuch'\r\n");
  CHECK(server.ask("ACL CAT transaction\n").find("+VALUE 4\nexec\n") != std::string::npos);
  // In Redis it has no subcommands, of which each would have categories of its own.
  CHECK(server.ask("ACL CAT dangerous\n").find("+VALUE 5\ndebug\n") != std::string::npos);
  CHECK(ask_resp(server, "COMMAND INFO debug\r\n").find("+@dangerous") <
        ask_resp(server, "COMMAND INFO debug\r\n").find("debug|sleep"));
}

TEST_CASE("ACL LOG says who was refused what") {
  const TestServer server;
  CHECK(server.ask("ACL SETUSER bob on >pw ~app:* +@read\n") == "+OK\n");
  ask_resp(server, "AUTH bob pw\r\nSET app:1 x\r\nSET app:1 x\r\nGET other\r\nAUTH bob no\r\n");
  const std::string log = server.ask("ACL LOG\n");
  CHECK(log.starts_with("+ARRAY 3\n"));
  CHECK(log.find("\nauth\n") < log.find("\nkey\n"));
  CHECK(log.find("\nkey\n") < log.find("\ncommand\n"));
  CHECK(log.find("+VALUE 5\ncount\n:2\n") != log.npos);
  CHECK(server.ask("ACL LOG RESET\nACL LOG\n") == "+OK\n+ARRAY 0\n");
}

TEST_CASE("users are kept in the ACL file, whole") {
  const testing::TempDir directory;
  const std::string path = directory / "users.acl";
  write_file(path, "# users\n\n");
  server::Config config;
  config.acl_file = path;
  {
    const TestServer server(config);
    CHECK(server.ask("ACL SETUSER bob on >pw ~* +@all\nACL SAVE\n") == "+OK\n+OK\n");
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    CHECK(server.ask("ACL DELUSER bob\nACL LOAD\nACL USERS\n") ==
          ":1\n+OK\n+ARRAY 2\n+VALUE 3\nbob\n+VALUE 7\ndefault\n");
    write_file(path, "user bob on\nuser x +nosuch\n");
    CHECK(server.ask("ACL LOAD\n").find("line 2: ") != std::string::npos);
    CHECK(server.ask("AUTH bob pw\n") == "+OK\n");
    CHECK(server.ask("ACL SAVE\n") == "+OK\n");
  }
  CHECK(read_file(path).starts_with("user bob on #$argon2id$"));
  const TestServer again(config);
  CHECK(again.ask("AUTH bob pw\nACL WHOAMI\n") == "+OK\n+VALUE 3\nbob\n");
}

TEST_CASE("what the user default may do is kept in the ACL file, its password where it was given") {
  const testing::TempDir directory;
  const std::string path = directory / "users.acl";
  write_file(path, "");
  server::Config config = with_password("one");
  config.acl_file = path;
  {
    const TestServer server(config);
    CHECK(server.ask("AUTH one\nACL SETUSER default resetkeys ~a:*\nACL SAVE\nACL LOAD\n") ==
          "+OK\n+OK\n+OK\n+OK\n");
    CHECK(server.ask("AUTH one\nGET secret\n").find("NOPERM") != std::string::npos);
  }
  CHECK(read_file(path) == "user default on ~a:* &* +@all\n");
  const TestServer again(config);
  CHECK(again.ask("AUTH one\nGET secret\n").find("NOPERM") != std::string::npos);
  CHECK(again.ask("GET a:1\n").find("NOAUTH") != std::string::npos);
}

TEST_CASE("an ACL file that has no user default is loaded, and the log says what that means") {
  const testing::TempDir directory;
  const std::string path = directory / "users.acl";
  const std::string doubt = path + " has no user 'default': whoever connects may do everything";
  write_file(path, "user default on nopass ~* &* +@all\n");
  server::Config config;
  config.acl_file = path;
  {
    const TestServer server(config);
    CHECK(server.ask("ACL LOAD\n") == "+OK\n");
    CHECK(server.log().find(doubt) == std::string::npos);
    write_file(path, "");
    CHECK(server.ask("ACL LOAD\n") == "+OK\n");
    CHECK(server.log_says(doubt));
  }
  const TestServer again(config);
  CHECK(again.log_says(doubt));
  config.password = "pw";  // which default has, then
  const TestServer guarded(config);
  CHECK(guarded.ask("AUTH pw\nACL LOAD\n") == "+OK\n+OK\n");
  CHECK(guarded.log().find(doubt) == std::string::npos);
}

TEST_CASE("an ACL file that is a pipe is read when the server starts, and refused while it runs") {
  const testing::TempDir directory;
  const std::string path = directory / "users.acl";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  server::Config config;
  config.acl_file = path;
  std::thread writer([&] { write_file(path, "user bob on nopass ~* +@all\n"); });
  const TestServer server(config);
  writer.join();
  for (const char* const word : {"LOAD", "SAVE"}) {
    CAPTURE(word);
    const std::string reply = server.ask("ACL "s + word + "\n");
    CHECK(reply.find(path + " is a pipe, and no regular file") != std::string::npos);
  }
  CHECK(server.ask("ACL USERS\n") == "+ARRAY 2\n+VALUE 3\nbob\n+VALUE 7\ndefault\n");
}

TEST_CASE("without an ACL file SAVE and LOAD say so") {
  const TestServer server;
  CHECK(ask_resp(server, "ACL SAVE\r\n")
            .starts_with("-ERR This server is not configured to use an ACL file"));
}

TEST_CASE("an ACL file that is wrong, or not there, lets no server start") {
  const testing::TempDir directory;
  const std::string path = directory / "users.acl";
  auto store = Store::open(directory / "data.bin", TestServer::fast());
  REQUIRE(store);
  server::Config config;
  config.listen.port = 0;
  config.log_level = "off";
  config.acl_file = path;
  const auto code_of = [&] {
    const auto started = server::Server::start(config, **store);
    return started ? Code::kExists : started.error().code;
  };
  CHECK(code_of() == Code::kNotFound);
  for (const std::string& text :
       {"users\n"s, "user\n"s, "user a +x\n"s, "user a >plain\n"s, "user a on\nuser a on\n"s,
        "user a #abc\n"s, std::string(1000, '\0')}) {
    CAPTURE(text);
    write_file(path, text);
    CHECK(code_of() == Code::kSyntax);
  }
  write_file(path, "user default on nopass ~* +@all\n");
  config.password = "x";
  CHECK(code_of() == Code::kUsage);
}

TEST_CASE("the password may be in a file, also as a hash") {
  const testing::TempDir directory;
  const std::string path = directory / "password";
  write_file(path, "open sesame\nwhatever\n");
  server::Config config;
  config.password_file = path;
  {
    const TestServer server(config);
    CHECK(server.ask("AUTH 'open sesame'\n") == "+OK\n");
  }
  server::Argon2 argon2;
  write_file(path, *argon2.make("hashed") + "\n");
  const TestServer server(config);
  CHECK(server.ask("AUTH hashed\n") == "+OK\n");
}

TEST_CASE("who has not logged in may send only small requests") {
  const TestServer server(with_password());
  const std::string big(20'000, 'x');
  CHECK(server.ask("*2\r\n$4\r\nAUTH\r\n$20000\r\n" + big + "\r\n") ==
        "-ERR Protocol error: unauthenticated bulk length\r\n");
  CHECK(server.ask("*1000\r\n") == "-ERR Protocol error: unauthenticated multibulk length\r\n");
  CHECK(server.ask("AUTH " + big + "\n").starts_with("-ERR TOOBIG"));
  // From the login on, also in what was sent with it.
  CHECK(server.ask("*2\r\n$4\r\nAUTH\r\n$6\r\nsesame\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$20000\r\n" +
                   big + "\r\n*1\r\n$5\r\nRESET\r\n*1\r\n$4\r\nPING\r\n") ==
        "+OK\r\n+OK\r\n+RESET\r\n"s + kNoAuth);
}

TEST_CASE("who does not log in is sent away") {
  server::Config config = with_password();
  config.login_timeout_ms = 50;
  const TestServer server(config);
  Client client = server.connect();
  CHECK(client.receive_all().starts_with("-ERR TIMEOUT nobody had logged in after"));
  Client other = server.connect();
  other.send("AUTH sesame\n");
  CHECK(other.receive_line() == "+OK\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  other.send("PING\n");
  CHECK(other.receive_line() == "+PONG\n");
}

TEST_CASE("a flood of wrong passwords is slowed down, and starves nobody") {
  const TestServer server(with_password());
  CHECK(server.ask("AUTH sesame\n") == "+OK\n");  // proven: from now on it takes no time
  std::vector<Client> flood;
  for (int i = 0; i < 50; ++i) {
    flood.push_back(server.connect());
    flood.back().send("AUTH wrong" + std::to_string(i) + "\n");
  }
  Client admin = server.connect();
  admin.send("PING\n");
  CHECK(admin.receive_line().starts_with("-ERR NOAUTH"));
  CHECK(flood[0].receive_once(100).starts_with("-ERR "));
}

TEST_CASE("wrong passwords of an address delay it more and more, and others not at all") {
  using server::LoginThrottle;
  using Try = LoginThrottle::Try;
  CHECK(LoginThrottle::delay_after(0).count() == 0);
  CHECK(LoginThrottle::delay_after(1) < LoginThrottle::delay_after(3));
  CHECK(LoginThrottle::delay_after(1000) == LoginThrottle::delay_after(100));
  LoginThrottle throttle;
  REQUIRE(throttle.begin("a"));
  throttle.end("a", Try::kWrong);
  const auto before = std::chrono::steady_clock::now();
  REQUIRE(throttle.begin("a"));
  CHECK(std::chrono::steady_clock::now() - before >= LoginThrottle::delay_after(1) / 2);
  throttle.end("a", Try::kRight);
  CHECK(throttle.addresses() == 0);
  for (int i = 0; i < 10'000; ++i) {
    const std::string address = std::to_string(i);
    REQUIRE(throttle.begin(address));
    throttle.end(address, Try::kWrong);
  }
  CHECK(throttle.addresses() <= LoginThrottle::kMostAddresses);
  throttle.stop();
  CHECK_FALSE(throttle.begin("a"));
}

namespace {
const std::string kHash =
    "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2E$"
    "aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g";
}

TEST_CASE("of a password's hash each beginning, and each longer one, is none") {
  const server::Argon2 argon2;
  CHECK(argon2.is_hash(kHash));
  for (std::size_t size = 0; size < kHash.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(argon2.is_hash(kHash.substr(0, size)));
  }
  for (const char* const end : {"A", "AA", "AAA", "AAAA", "=", "$", "\n", "!"}) {
    CHECK_FALSE(argon2.is_hash(kHash + end));
  }
  std::string uneven = kHash;  // bits behind the last byte
  uneven.back() = 'h';
  CHECK_FALSE(argon2.is_hash(uneven));
}

TEST_CASE("an ACL file that was cut within a hash is refused by its line, and not loaded") {
  const testing::TempDir directory;
  const std::string path = directory / "users.acl";
  const std::string first = "user alice on " + ("#" + kHash) + " ~* +@all\n";
  const std::string last = "user bob on #";
  for (const std::size_t missing : {std::size_t{1}, std::size_t{4}, kHash.size() / 2}) {
    server::UserList users;
    users.set_file(path);
    write_file(path, first + last + kHash.substr(0, kHash.size() - missing));
    const Status loaded = users.load();
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().message.find(path + ", line 2: ") == 0);
    CHECK(users.find("alice") == nullptr);
    CHECK(users.find("bob") == nullptr);
  }
  server::UserList users;
  users.set_file(path);
  write_file(path, first + last + kHash);
  REQUIRE(users.load());
  CHECK(users.find("bob") != nullptr);
}

TEST_CASE("a part of a hash is no password of the user default") {
  server::UserList users;
  const Status cut = users.set_default_password(kHash.substr(0, kHash.size() - 1));
  REQUIRE_FALSE(cut);
  CHECK(cut.error().code == Code::kUsage);
  CHECK(users.set_default_password(kHash));
  CHECK(users.set_default_password("$argon2id"));
}

TEST_CASE("hashes that would take too much are none") {
  const server::Argon2 argon2;
  CHECK(argon2.is_hash(kHash));
  for (const char* const text :
       {"", "$argon2id$", "$argon2i$v=19$m=19456,t=2,p=1$a$b",
        "$argon2id$v=19$m=4194304,t=2,p=1$a$b", "$argon2id$v=19$m=19456,t=2000,p=1$a$b",
        "$argon2id$v=19$m=19456,t=2,p=8$a$b", "$argon2id$v=19$m=19456,t=2,p=1$a",
        "$argon2id$v=19$m=19456,t=2,p=1$$", "$argon2id$v=19$m=19456,t=2,p=1$a b$c",
        "$argon2id$v=19$m=99999999999,t=2,p=1$a$b"}) {
    CAPTURE(text);
    CHECK_FALSE(argon2.is_hash(text));
  }
}

TEST_CASE("beyond loopback a password is needed, or an override") {
  const testing::TempDir directory;
  auto store = Store::open(directory / "data.bin", TestServer::fast());
  REQUIRE(store);
  server::Config config;
  config.listen = {"0.0.0.0", 0};
  config.log_level = "off";
  const auto refused = server::Server::start(config, **store);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::kUsage);
  config.password = "sesame";
  CHECK(server::Server::start(config, **store));
}

TEST_CASE("Redis' own tools log in") {
  const TestServer server(with_password());
  CHECK(test::run_tool(
            {"redis-cli", "-p", server.port(), "-a", "sesame", "--no-auth-warning", "PING"})
            .output == "PONG\n");
  CHECK(test::run_tool({"redis-cli", "-p", server.port(), "--user", "default", "--pass", "sesame",
                        "--no-auth-warning", "-3", "PING"})
            .output == "PONG\n");
  const auto bench = test::run_tool({"redis-benchmark", "-p", server.port(), "-a", "sesame", "-c",
                                     "100", "-n", "1000", "-q", "-t", "set"});
  CHECK(bench.exit_code == 0);
  CHECK(bench.output.find("requests per second") != std::string::npos);
}
