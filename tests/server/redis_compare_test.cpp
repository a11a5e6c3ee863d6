// One random stream of commands to Debian's redis-server and to this one: their replies are the
// same, byte for byte. What the stream leaves out, as the two differ in it, and why:
//
//   ZADD k -0 m          Redis answers 0 or -0, by how it has stored a set of that size; here it is 0
//   Z..LEX, BYLEX        of sets whose scores differ: Redis leaves open what that is
//   ZSCAN                of more than 128 members, or long ones: in an order of each one's own
//   ZRANDMEMBER          of a part of a set: as it comes
//   ZRANK k m WITHSCORE  is of Redis 7.2
//   BZPOPMIN             what a pipeline adds and takes out again may never be there for those who
//                        wait, whom Redis serves in between
//
// KVSTORE_LONG=1 test_server    1,000,000 commands instead of 20,000
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"
#include "tests/server/redis_stream.h"

using namespace kvstore;
using namespace kvstore::test;

namespace {

// The server is the program that Debian's redis-tools has under another name.
class RedisServer {
 public:
  RedisServer()
      : program_(link_in(directory_)),
        process_({program_, "--unixsocket", socket_path(), "--port", "0", "--databases", "1",
                  "--save", "", "--appendonly", "no", "--logfile", directory_.path() + "/log"}) {}

  Client connect() const {
    for (int attempt = 0; attempt < 200; ++attempt) {
      const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
      sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
      std::strncpy(address.sun_path, socket_path().c_str(), sizeof address.sun_path - 1);
      const auto* const to = reinterpret_cast<const sockaddr*>(&address);
      if (::connect(socket, to, sizeof address) == 0) return Client(socket);
      ::close(socket);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    FAIL("redis-server does not listen: is redis-tools installed?");
    return Client(-1);
  }

 private:
  static std::string link_in(const testing::TempDir& directory) {
    const std::string name = directory.path() + "/redis-server";
    REQUIRE(::symlink("/usr/bin/redis-check-rdb", name.c_str()) == 0);
    return name;
  }
  std::string socket_path() const { return directory_.path() + "/socket"; }

  testing::TempDir directory_;
  std::string program_;
  Process process_;
};

std::string resp(const Words& words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) {
    bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  return bytes;
}

// One whole reply of RESP2 or RESP3.
std::string receive_reply(Client& client) {
  std::string reply = client.receive_line();
  if (reply.size() < 3) return reply;
  const char kind = reply[0];
  long size = std::atol(reply.c_str() + 1);
  if ((kind == '$' || kind == '=') && size >= 0) {
    reply += client.receive(static_cast<std::size_t>(size) + 2);
  }
  if (kind == '%') size *= 2;
  const bool is_list = kind == '*' || kind == '%' || kind == '~' || kind == '>';
  for (long i = 0; is_list && i < size; ++i) reply += receive_reply(client);
  return reply;
}

// What the clock may have changed between the two.
bool differ_by_time(const Words& words, const std::string& a, const std::string& b) {
  const bool is_of_time = words[0] == "TTL" || words[0] == "EXPIRETIME";
  if (!is_of_time || a[0] != ':' || b[0] != ':') return false;
  return std::labs(std::atol(a.c_str() + 1) - std::atol(b.c_str() + 1)) <= 1;
}

// Of two expiries that were set from now GT and LT may see one as later that the other sees as the
// same: then the stream has to end there, as the two go on with different data.
bool depends_on_clock(const Words& words) {
  const bool from_now = words[0] == "EXPIRE" || words[0] == "PEXPIRE";
  return from_now && words.size() > 3;
}

std::string shown(const Words& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "'" : " '") + word + "'";
  return line;
}

void compare_with_redis(const Words& greeting) {
  const int commands = std::getenv("KVSTORE_LONG") != nullptr ? 1'000'000 : 20'000;
  const auto seed = static_cast<std::uint32_t>(
      std::getenv("KVSTORE_SEED") ? std::atoi(std::getenv("KVSTORE_SEED")) : 1);
  const RedisServer redis;
  const TestServer server;
  Client theirs = redis.connect(), ours = server.connect();
  for (Client* const client : {&theirs, &ours}) {
    client->send(resp(greeting));
    (void)receive_reply(*client);
  }
  RedisStream stream(seed);
  int different = 0;
  for (int i = 0; i < commands && different < 20; ++i) {
    const Words words = stream.next();
    if (depends_on_clock(words)) continue;
    theirs.send(resp(words));
    ours.send(resp(words));
    const std::string expected = receive_reply(theirs), answer = receive_reply(ours);
    if (expected == answer || differ_by_time(words, expected, answer)) continue;
    ++different;
    FAIL_CHECK("command ", i, " of seed ", seed, ": ", shown(words),
               "\nredis:   ", expected.substr(0, 200), "\nkvstore: ", answer.substr(0, 200));
  }
  CHECK(different == 0);
}

}  // namespace

TEST_CASE("a random stream of commands is answered as Redis answers it") {
  compare_with_redis({"HELLO", "2"});
}

TEST_CASE("a random stream of commands is answered as Redis answers it, in RESP3, too") {
  compare_with_redis({"HELLO", "3"});
}
