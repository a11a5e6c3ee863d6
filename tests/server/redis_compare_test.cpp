// One random stream of commands to Debian's redis-server and to this one: their replies are the
// same, byte for byte. What the stream leaves out, as the two differ in it, and why:
//
//   ZADD k -0 m          Redis answers 0 or -0, by how it has stored a set of that size; here it is
//   0 Z..LEX, BYLEX        of sets whose scores differ: Redis leaves open what that is ZSCAN of
//   more than 128 members, or long ones: in an order of each one's own ZRANDMEMBER          of a
//   part of a set: as it comes ZRANK k m WITHSCORE  is of Redis 7.2 UNSUBSCRIBE          of several
//   channels without naming them: in an order of each one's own, as
//                        are PUBSUB CHANNELS and messages of several patterns (compared sorted)
//   BITFIELD             SET with SAT of a number near -2^63: Redis takes it for too large; and
//                        fields that end behind 512 MiB, which Redis makes
//   PUBLISH              to oneself: Redis 7.0 sends the message before the reply, 7.2 and this one
//                        after it
//   BZPOPMIN             what a pipeline adds and takes out again may never be there for those who
//                        wait, whom Redis serves in between
//
// KVSTORE_LONG=1 test_server    1,000,000 commands instead of 20,000
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

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
  const long theirs = std::atol(a.c_str() + 1), ours = std::atol(b.c_str() + 1);
  // Later than a file can say, which keeps the latest it can.
  constexpr long kNearlyLatest_s = (std::int64_t{1} << 48) / 1000 - 10'000'000'000;
  if (theirs > kNearlyLatest_s && ours > kNearlyLatest_s) return theirs >= ours;
  return std::labs(theirs - ours) <= 1;
}

// Where the reply ends that begins there.
std::size_t end_of_reply(const std::string& replies, std::size_t begin) {
  const std::size_t line_end = std::min(replies.find('\n', begin), replies.size() - 1) + 1;
  const char kind = replies[begin];
  long size = std::atol(replies.c_str() + begin + 1);
  if (kind == '$' || kind == '=') return size < 0 ? line_end : line_end + size + 2;
  if (kind == '%') size *= 2;
  const bool is_list = kind == '*' || kind == '%' || kind == '~' || kind == '>';
  std::size_t end = line_end;
  for (long i = 0; is_list && i < size; ++i) end = end_of_reply(replies, end);
  return end;
}

// The same of an EXEC's answers to what was queued.
bool differ_by_time(const std::vector<Words>& queued, const std::string& a, const std::string& b) {
  std::size_t at = a.find('\n') + 1, bt = b.find('\n') + 1;
  if (a.substr(0, at) != b.substr(0, bt)) return false;
  for (const Words& words : queued) {
    if (at >= a.size() || bt >= b.size()) return false;
    const std::size_t a_end = end_of_reply(a, at), b_end = end_of_reply(b, bt);
    const std::string ours = a.substr(at, a_end - at), theirs = b.substr(bt, b_end - bt);
    if (ours != theirs && !differ_by_time(words, ours, theirs)) return false;
    at = a_end, bt = b_end;
  }
  return at == a.size() && bt == b.size();
}

// What comes a little before the first byte that differs, and some after it.
std::string around_difference(const std::string& reply, const std::string& other) {
  const auto at = static_cast<std::size_t>(
      std::mismatch(reply.begin(), reply.end(), other.begin(), other.end()).first - reply.begin());
  return reply.substr(at - std::min<std::size_t>(at, 100), 200);
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
  std::vector<Words> queued;
  int different = 0;
  for (int i = 0; i < commands && different < 20; ++i) {
    const Words words = stream.next();
    if (depends_on_clock(words)) continue;
    theirs.send(resp(words));
    ours.send(resp(words));
    const std::string expected = receive_reply(theirs), answer = receive_reply(ours);
    const bool is_same = expected == answer || differ_by_time(words, expected, answer) ||
                         (words[0] == "EXEC" && differ_by_time(queued, expected, answer));
    if (words[0] == "MULTI" && expected == "+OK\r\n") queued.clear();
    if (expected == "+QUEUED\r\n") queued.push_back(words);
    if (is_same) continue;
    ++different;
    FAIL_CHECK("command ", i, " of seed ", seed, ": ", shown(words), "\nredis:   ",
               around_difference(expected, answer), "\nkvstore: ",
               around_difference(answer, expected));
  }
  CHECK(different == 0);
}

// Who publishes, and some who listen, at both servers.
class Listeners {
 public:
  Listeners(const RedisServer& redis, const TestServer& server, const char* protocol) {
    for (std::size_t i = 0; i < kClients; ++i) {
      theirs_.push_back(redis.connect());
      ours_.push_back(server.connect());
      ask(i, {"HELLO", protocol}, true);
    }
  }
  static constexpr std::size_t kClients = 4;

  // Has client `i` execute it, and compares what all clients are sent.
  void ask(std::size_t i, const Words& words, bool is_greeting = false) {
    theirs_[i].send(resp(words));
    ours_[i].send(resp(words));
    const std::string mark = "mark" + std::to_string(++marks_);
    for (std::size_t k = 0; k < theirs_.size(); ++k) {
      const auto expected = receive_until(theirs_[k], mark), got = receive_until(ours_[k], mark);
      if (is_greeting || expected == got) continue;
      FAIL_CHECK("client ", k, ", after client ", i, " sent ", shown(words),
                 "\nredis:   ", expected, "\nkvstore: ", got);
    }
  }

 private:
  // What was published before is sent before the answer to a PING.
  static std::string receive_until(Client& client, const std::string& mark) {
    client.send(resp({"PING", mark}));
    std::vector<std::string> messages;
    std::string replies;
    for (int i = 0; i < 100; ++i) {
      const std::string reply = receive_reply(client);
      if (reply.find(mark) != reply.npos) break;
      if (reply.find("message\r\n") != reply.npos)
        messages.push_back(reply);
      else
        replies += reply;
    }
    std::sort(messages.begin(), messages.end());
    for (const std::string& message : messages) replies += message;
    return replies;
  }

  std::vector<Client> theirs_, ours_;
  int marks_ = 0;
};

void compare_channels(const char* protocol) {
  const RedisServer redis;
  const TestServer server;
  Listeners listeners(redis, server, protocol);
  std::minstd_rand random(7);
  const auto any = [&](const std::vector<std::string>& all) { return all[random() % all.size()]; };
  const std::vector<std::string> channels{"a", "b", "ab", "", "a*", "\r\n"};
  const std::vector<std::string> patterns{"a*", "*b", "[ab]", "a\\*", "", "?"};
  for (int i = 0; i < 600; ++i) {
    const std::size_t who = 1 + random() % (Listeners::kClients - 1);
    const std::string kind = any({"", "P", "S"});
    const std::vector<std::string>& names = kind == "P" ? patterns : channels;
    switch (random() % 9) {
      case 0:
      case 1:
        listeners.ask(who, {kind + "SUBSCRIBE", any(names), any(names)});
        break;
      case 2:
        listeners.ask(who, {kind + "UNSUBSCRIBE", any(names), any(names)});
        break;
      case 3:
        listeners.ask(who, any({"x", "y"}) == "x" ? Words{"GET", "k"} : Words{"CLIENT", "GETNAME"});
        break;
      case 4:
        listeners.ask(0, {"PUBSUB", any({"NUMSUB", "SHARDNUMSUB"}), any(channels), any(channels)});
        break;
      case 5:
        listeners.ask(0, {"PUBSUB", "NUMPAT"});
        break;
      case 6:
        if (random() % 8 == 0) {
          listeners.ask(who, {"RESET"});
          listeners.ask(who, {"HELLO", protocol}, true);
        }
        break;
      default:
        listeners.ask(0, {any({"PUBLISH", "PUBLISH", "SPUBLISH"}), any(channels), any(channels)});
    }
  }
}

// Each command as users with one kind of access to its keys may run it.
void compare_permissions() {
  const RedisServer redis;
  const TestServer server;
  Client theirs = redis.connect(), ours = server.connect();
  const auto ask = [&](const Words& words) {
    theirs.send(resp(words));
    ours.send(resp(words));
    const std::string expected = receive_reply(theirs), answer = receive_reply(ours);
    INFO(shown(words));
    CHECK(expected == answer);
  };
  ask({"ACL", "SETUSER", "reads", "on", "%R~*", "+@all"});
  ask({"ACL", "SETUSER", "writes", "on", "%W~*", "+@all"});
  ask({"ACL", "SETUSER", "either", "on", "%R~a*", "%W~b*", "+@all"});
  ask({"ACL", "SETUSER", "words", "on", "~*", "+get|foo", "+select|0", "+set"});
  const std::vector<Words> commands{
      {"GET", "a"},
      {"GET", "foo"},
      {"GET", "FOO"},
      {"SELECT", "0"},
      {"SELECT", "1"},
      {"SET", "a", "1"},
      {"SET", "a", "1", "GET"},
      {"SET", "b", "GET"},
      {"SET", "b", "1", "EX", "GET"},
      {"SET", "b", "1", "KEEPTTL", "GET"},
      {"STRLEN", "a"},
      {"TYPE", "a"},
      {"EXISTS", "a", "b"},
      {"TOUCH", "b"},
      {"WATCH", "b"},
      {"ZCARD", "b"},
      {"ZADD", "b", "INCR", "1", "m"},
      {"ZINCRBY", "b", "1", "m"},
      {"ZREM", "b", "m"},
      {"ZPOPMIN", "b"},
      {"OBJECT", "ENCODING", "b"},
      {"MEMORY", "USAGE", "b"},
      {"APPEND", "b", "1"},
      {"SETRANGE", "b", "1", "x"},
      {"SETBIT", "b", "1", "1"},
      {"BITOP", "AND", "a", "a2"},
      {"BITOP", "AND", "b", "a", "a2"},
      {"BITOP", "NOT", "b", "b2"},
      {"BITFIELD", "a"},
      {"BITFIELD", "a", "GET", "u8", "0"},
      {"BITFIELD", "a", "GET", "u8"},
      {"BITFIELD", "b", "OVERFLOW", "SAT", "GET", "u8", "0"},
      {"BITFIELD", "b", "SET", "u8", "0", "1"},
      {"BITFIELD", "b", "INCRBY", "u8", "0", "1"},
      {"BITFIELD_RO", "a", "GET", "u8", "0"},
      {"BITFIELD_RO", "b", "GET", "u8", "0"},
      {"INCR", "b"},
      {"GETDEL", "b"},
      {"GETEX", "b"},
      {"DEL", "b"},
      {"EXPIRE", "b", "1"},
      {"PERSIST", "b"},
      {"TTL", "b"},
      {"COPY", "a", "b"},
      {"COPY", "b", "a"},
      {"RENAME", "a", "b"},
      {"RENAMENX", "b", "b2"},
      {"MSET", "b", "1", "b2", "2"},
      {"MSETNX", "a", "1"},
      {"ZUNIONSTORE", "b", "2", "a", "a2"},
      {"ZUNIONSTORE", "a", "1", "b"},
      {"ZRANGESTORE", "b", "a", "0", "-1"},
      {"ZUNION", "1", "b"},
      {"ZMPOP", "1", "b", "MIN"},
      {"LCS", "a", "b"},
  };
  for (const char* const user : {"reads", "writes", "either", "words"}) {
    for (const Words& words : commands) {
      Words all{"ACL", "DRYRUN", user};
      all.insert(all.end(), words.begin(), words.end());
      ask(all);
    }
  }
  for (const char* const again : {"~*", "allkeys", "%R~*", "~a", "(~* ~*)", "(~* %R~*)"}) {
    ask({"ACL", "SETUSER", "words", again});
  }
  for (const char* const again : {"&*", "&*", "allchannels", "&a", "(&* &*)"}) {
    ask({"ACL", "SETUSER", "words", again});
  }
  for (const char* const again : {"%R~*", "%W~*", "%R~*", "%RW~*", "~a", "~*", "~b"}) {
    ask({"ACL", "SETUSER", "wide", again});
  }
  ask({"ACL", "SETUSER", "fast", "+@fast"});
  ask({"ACL", "DRYRUN", "fast", "DBSIZE"});
  ask({"ACL", "SETUSER", "words", "-get"});
  ask({"ACL", "DRYRUN", "words", "GET", "foo"});
}

// --- keyspace events

constexpr const char* kWithEvents = R"(
    SET a 1
    SET a 2 EX 100
    SET a 2 KEEPTTL
    SET a 2 XX
    SET a 3 NX
    SET nn 3 XX
    SET a 3 GET
    SET g 3 GET
    SET a 3 XX EX 10 GET
    SET a 3 XX PX 10000
    SETNX a 1
    SETNX b 1
    SETEX a 10 1
    PSETEX a 10000 1
    MSET a 1 b 2 a 3
    MSETNX a 1 q 2
    MSETNX r 1 q 2
    GETSET a 5
    GETSET a2 5
    GETDEL a2
    GETDEL a2
    GETEX a
    GETEX a EX 10
    GETEX a PERSIST
    GETEX a PERSIST
    GETEX a EXAT 1
    GETEX a EX 10
    SET a 1
    EXPIRE a 100
    EXPIRE a 100 NX
    EXPIRE nokey 100
    PEXPIREAT a 99999999999999
    PEXPIREAT a 99999999999999
    PERSIST a
    PERSIST a
    EXPIRE a -1
    EXPIREAT a 1
    GET a
    GET b
    GET a
    TTL a
    TTL b
    PTTL zz
    TYPE a
    TYPE b
    EXISTS a b b
    TOUCH a b
    STRLEN a
    STRLEN b
    GETRANGE a 0 1
    GETRANGE b 0 1
    SUBSTR b 0 1
    MGET a b c
    INCR c
    INCRBY c 5
    DECR c
    DECRBY c 2
    INCRBYFLOAT c 1.5
    INCRBYFLOAT c2 1.5
    INCR c
    APPEND ap x
    APPEND ap y
    APPEND ap ''
    APPEND ap2 ''
    STRLEN ap2
    SETRANGE sr 5 x
    SETRANGE sr 5 x
    SETRANGE sr 5 ''
    SETRANGE srn 0 ''
    SETBIT sb 5 1
    SETBIT sb 5 1
    SETBIT sb 5 0
    SETBIT sbn 5 0
    GETBIT sb 5
    GETBIT sbx 5
    BITCOUNT sb
    BITCOUNT sbx
    BITPOS sb 1
    BITPOS sbx 1
    BITOP AND d sb sr
    BITOP AND d nokey1 nokey2
    BITOP AND d nokey1 nokey2
    BITOP OR d sb
    BITFIELD bf SET u8 0 255
    BITFIELD bf SET u8 0 255
    BITFIELD bf INCRBY u8 0 1 GET u8 0
    BITFIELD bf GET u8 0
    BITFIELD bfx GET u8 0
    BITFIELD_RO bfx GET u8 0
    BITFIELD bfn SET u8 0 0
    LCS ap b
    LCS apx bx
    DEL bf nokey bfn bf
    UNLINK d
    DEL nokey
    RENAME ap app
    RENAME app app
    SET other 1 EX 100
    RENAME app other
    RENAME nokey x
    RENAMENX other b
    RENAMENX other fresh
    COPY fresh copied
    COPY fresh copied
    COPY fresh copied REPLACE
    COPY nokey copied2
    ZADD z 1 a 2 b 3 c
    ZADD z 1 a
    ZADD z 2 a
    ZADD z CH 2 a 3 d
    ZADD z INCR 2 a
    ZADD z INCR 0 a
    ZADD z NX INCR 2 a
    ZADD z XX 2 nomember
    ZADD zxx XX 2 nomember
    ZINCRBY z 5 a
    ZINCRBY z 0 a
    ZINCRBY znew 5 a
    ZREM z a x
    ZREM z x
    ZREM nokey x
    ZREM znew a
    ZSCORE z b
    ZSCORE znew b
    ZMSCORE z b
    ZMSCORE zn b
    ZCARD z
    ZCARD zn
    ZCOUNT z 0 9
    ZCOUNT zn 0 9
    ZLEXCOUNT z - +
    ZLEXCOUNT zn - +
    ZRANK z b
    ZRANK z bb
    ZRANK zn b
    ZREVRANK zn b
    ZRANGE z 0 -1
    ZRANGE zn 0 -1
    ZRANGEBYSCORE z 0 9
    ZRANGEBYSCORE zn 0 9
    ZRANGEBYLEX zn - +
    ZREVRANGE zn 0 1
    ZSCAN z 0
    ZSCAN zn 0
    ZRANDMEMBER zn
    ZRANGESTORE zs z 0 -1
    ZRANGESTORE zs z 0 0
    ZRANGESTORE zs zn 0 -1
    ZRANGESTORE zs zn 0 -1
    ZUNIONSTORE zu 2 z zn
    ZUNIONSTORE zu 2 z zn
    ZINTERSTORE zi 1 z
    ZINTERSTORE zi 2 z zn
    ZINTERSTORE zi 2 z zn
    ZDIFFSTORE zd 2 z zn
    ZDIFFSTORE zd 1 zn
    ZUNION 2 z zn
    ZINTER 2 z zn
    ZINTER 2 zn z
    ZDIFF 2 z zn
    ZINTERCARD 2 z zn
    ZPOPMIN zu
    ZPOPMAX zu 10
    ZPOPMIN zu
    ZPOPMAX zu 0
    ZMPOP 2 nokey z MIN
    ZADD z 5 x 6 y 7 w 8 v
    ZMPOP 1 z MAX COUNT 2
    ZPOPMIN z 0
    BZPOPMIN z 0.01
    BZPOPMAX z 0.01
    BZPOPMIN nokey 0.01
    ZADD z 5 x 6 y 7 w 8 v
    BZMPOP 0.01 1 z MIN
    ZREMRANGEBYRANK z 0 0
    ZREMRANGEBYRANK z 100 200
    ZREMRANGEBYSCORE z 7 7
    ZREMRANGEBYSCORE nokey 7 7
    ZREMRANGEBYLEX z - +
    ZADD t 1 a
    SET t 1
    DEL t
    MULTI
    SET a 1 EX 10
    INCR cc
    GET nokey
    DEL a
    EXEC
    MULTI
    SET a 1
    DISCARD
    FLUSHALL
    SET with_x x
    SET '' x
    GET b
)";

std::vector<Words> words_in(const char* text) {
  std::vector<Words> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    Words one;
    for (std::string word; words >> word;) one.push_back(word == "''" ? "" : word);
    if (!one.empty()) all.push_back(one);
  }
  return all;
}

// One server, who listens to all of its events and who writes.
struct Heard {
  template <class Server>
  Heard(const Server& server, const Words& greeting)
      : listener(server.connect()), client(server.connect()), watcher(server.connect()) {
    for (Client* const one : {&listener, &client, &watcher}) {
      one->send(resp(greeting));
      (void)receive_reply(*one);
    }
    listener.send(resp({"PSUBSCRIBE", "__key*__:*"}));
    (void)receive_reply(listener);
    (void)ask({"CONFIG", "SET", "notify-keyspace-events", "KEAmn"});
  }

  std::string ask(const Words& words) {
    client.send(resp(words));
    return receive_reply(client);
  }
  // Since it was asked last, but for those that the clock decides about.
  std::string events() {
    listener.send(resp({"PING", "mark"}));
    std::string all;
    while (true) {
      const std::string one = receive_reply(listener);
      if (one.find("mark\r\n") != one.npos) return all;
      if (one.find("expired\r\n") == one.npos) all += one;
    }
  }
  std::string looks() {
    watcher.send(resp({"INFO", "stats"}));
    const std::string info = receive_reply(watcher);
    std::string found;
    for (const char* const name : {"keyspace_hits:", "keyspace_misses:"}) {
      const std::size_t at = info.find(name);
      if (at != info.npos) found += info.substr(at, info.find('\r', at) - at) + ' ';
    }
    return found;
  }

  Client listener, client, watcher;
};

void compare_events(const Words& greeting) {
  const RedisServer redis;
  const TestServer server;
  Heard theirs(redis, greeting), ours(server, greeting);
  CHECK(theirs.ask({"CONFIG", "GET", "notify-keyspace-events"}) ==
        ours.ask({"CONFIG", "GET", "notify-keyspace-events"}));
  (void)theirs.events(), (void)ours.events();
  for (const Words& words : words_in(kWithEvents)) {
    INFO(shown(words));
    CHECK(theirs.ask(words) == ours.ask(words));
    CHECK(theirs.events() == ours.events());
    CHECK(theirs.looks() == ours.looks());
  }
}

}  // namespace

TEST_CASE("users with part of the access to keys may run what Redis lets them run") {
  compare_permissions();
}

TEST_CASE("channels are listened to, and messages sent, as Redis sends them") {
  compare_channels("2");
  compare_channels("3");
}

TEST_CASE("commands cause the keyspace events, and look-ups, that they cause in Redis") {
  compare_events({"HELLO", "2"});
  compare_events({"HELLO", "3"});
}

TEST_CASE("a random stream of commands is answered as Redis answers it") {
  compare_with_redis({"HELLO", "2"});
}

TEST_CASE("a random stream of commands is answered as Redis answers it, in RESP3, too") {
  compare_with_redis({"HELLO", "3"});
}
