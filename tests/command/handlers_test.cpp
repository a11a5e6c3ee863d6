#include <chrono>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/base/civil_time.h"
#include "src/base/clock.h"
#include "src/command/at.h"
#include "src/command/stats_fields.h"
#include "tests/command/support.h"

namespace kvstore::command::test {
namespace {

using namespace std::string_literals;
using Words = std::vector<std::string>;

class Commands : public Fixture {
 public:
  std::string operator()(const Words& argv) { return as_text(run(argv)); }
};

std::string resp_of(Fixture& fixture, const Words& argv) { return fixture.resp(as_resp(argv)); }

TEST_CASE("CREATE makes an empty value, and fails if the key is there") {
  Commands run;
  CHECK(run({"CREATE", "trades"}) == "+OK\n");
  CHECK(run({"GET", "trades"}) == "+VALUE 0\n\n");
  CHECK(run({"CREATE", "trades"})
            .starts_with("-ERR EXISTS the key 'trades' is there already; try: "));
  CHECK(run({"DELETE", "trades"}) == "+OK\n");
  CHECK(run({"CREATE", "trades"}) == "+OK\n");
}

TEST_CASE("SET replaces, GET answers, DELETE removes") {
  Commands run;
  CHECK(run({"GET", "k"}) == "+NIL\n");
  CHECK(run({"SET", "k", "one"}) == "+OK\n");
  CHECK(run({"PUT", "k", "two"}) == "+OK\n");
  CHECK(run({"GET", "k"}) == "+VALUE 3\ntwo\n");
  CHECK(run({"DELETE", "k"}) == "+OK\n");
  CHECK(run({"DELETE", "k"}) == "+NIL\n");
  CHECK(run({"GET", "k"}) == "+NIL\n");
}

TEST_CASE("keys and values are any bytes, empty ones too") {
  Commands run;
  const std::string odd = "\0\r\n\xff"s;
  CHECK(run({"SET", "", ""}) == "+OK\n");
  CHECK(run({"GET", ""}) == "+VALUE 0\n\n");
  CHECK(run({"SET", odd, odd}) == "+OK\n");
  CHECK(run({"GET", odd}) == "+VALUE 4\n" + odd + "\n");
  CHECK(run({"COUNT"}) == ":2\n");
}

TEST_CASE("a value expires after the seconds or milliseconds it was given") {
  Commands run;
  const std::uint64_t before_ms = now_ms();
  CHECK(run({"SET", "k", "v", "EX", "100"}) == "+OK\n");
  auto info = run.store->stat("k");
  REQUIRE((info && *info));
  CHECK((*info)->expires_at_ms >= before_ms + 100'000);
  CHECK((*info)->expires_at_ms <= now_ms() + 100'000);
  CHECK(run({"SET", "k", "v", "px", "1"}) == "+OK\n");
  while (now_ms() <= before_ms + 5) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(run({"GET", "k"}) == "+NIL\n");
  CHECK(run({"EXISTS", "k"}) == ":0\n");
  CHECK(run.text("SET counted 60 2\nhi\n") == "+OK\n");
  info = run.store->stat("counted");
  REQUIRE((info && *info));
  CHECK((*info)->expires_at_ms >= before_ms + 60'000);
  CHECK(run.text("SET counted 0 2\nhi\n") == "+OK\n");
  CHECK((*run.store->stat("counted"))->expires_at_ms == 0);
}

TEST_CASE("an expiry that is none is refused") {
  Commands run;
  for (const char* count :
       {"0", "-1", "x", "", "1.5", "9223372036854775807", "18446744073709551616"}) {
    CHECK(run({"SET", "k", "v", "EX", count}).starts_with("-ERR NUMBER"));
  }
  CHECK(run({"SET", "k", "v", "EX", "99999999999999999999"}).find("it is too large") !=
        std::string::npos);
  CHECK(run({"SET", "k", "v", "PX", "9223372036854775807"}).find("it is too large") !=
        std::string::npos);
  CHECK(run({"SET", "k", "v", "EX", "-1"}).find("too large") == std::string::npos);
  CHECK(resp_of(run, {"SET", "k", "v", "EX", "0"}) ==
        "-ERR invalid expire time in 'set' command\r\n");
  CHECK(resp_of(run, {"SET", "k", "v", "EX", "x"}) ==
        "-ERR value is not an integer or out of range\r\n");
  CHECK(run({"GET", "k"}) == "+NIL\n");
}

TEST_CASE("SET NX sets only what is not there") {
  Commands run;
  CHECK(run({"SET", "k", "one", "NX"}) == "+OK\n");
  CHECK(run({"SET", "k", "two", "nx", "EX", "5"}) == "+NIL\n");
  CHECK(run({"GET", "k"}) == "+VALUE 3\none\n");
}

TEST_CASE("SET with too many words is an ARITY error that suggests quotes") {
  Commands run;
  CHECK(run.text("SET k hello world\n") ==
        "-ERR ARITY SET takes one value: 'world' is not an option; try: SET k \"hello world\", "
        "with quotes "
        "around a value that holds blanks\n");
  CHECK(run.text("APPEND k hello world\n") ==
        "-ERR ARITY too many arguments for APPEND (3 given); try: APPEND k \"hello world\", with "
        "quotes "
        "around a value that holds blanks\n");
  CHECK(resp_of(run, {"SET", "k", "hello", "world"}) == "-ERR syntax error\r\n");
  CHECK(run({"COUNT"}) == ":0\n");
}

TEST_CASE("APPEND makes a missing key and answers the new length") {
  Commands run;
  CHECK(run({"APPEND", "k", "hello"}) == ":5\n");
  CHECK(run({"APPEND", "k", ""}) == ":5\n");
  CHECK(run({"APPEND", "k", " world"}) == ":11\n");
  CHECK(run({"GET", "k"}) == "+VALUE 11\nhello world\n");
  CHECK(run({"STRLEN", "k"}) == ":11\n");
  CHECK(run({"STRLEN", "other"}) == ":0\n");
}

TEST_CASE("READ takes part of a value, from its beginning or its end") {
  Commands run;
  CHECK(run({"READ", "k", "0", "5"}) == "+NIL\n");
  run({"SET", "k", "0123456789"});
  const auto read = [&](const char* offset, const char* length) {
    return run({"READ", "k", offset, length});
  };
  CHECK(read("2", "3") == "+VALUE 3\n234\n");
  CHECK(read("8", "100") == "+VALUE 2\n89\n");
  CHECK(read("10", "1") == "+VALUE 0\n\n");
  CHECK(read("9223372036854775807", "1") == "+VALUE 0\n\n");
  CHECK(read("-3", "2") == "+VALUE 2\n78\n");
  CHECK(read("-3", "18446744073709551615") == "+VALUE 3\n789\n");
  CHECK(read("-100", "2") == "+VALUE 2\n01\n");
  CHECK(read("-9223372036854775808", "2") == "+VALUE 2\n01\n");
  CHECK(read("0", "0") == "+VALUE 0\n\n");
}

TEST_CASE("bad numbers say what was expected") {
  Commands run;
  CHECK(
      run({"READ", "k", "x", "5"}) ==
      "-ERR NUMBER 'x' is not an offset; try: READ key 0 100, or READ key -100 100 for the end\n");
  CHECK(run({"READ", "k", "0", "-5"}) ==
        "-ERR NUMBER '-5' is not a length of 0 or more; try: READ key 0 100\n");
  CHECK(run({"READ", "k", "9223372036854775808", "5"}).starts_with("-ERR NUMBER"));
  CHECK(resp_of(run, {"READ", "k", "x", "5"}) ==
        "-ERR value is not an integer or out of range\r\n");
}

TEST_CASE("a past value is read by its version or its time") {
  Commands run;
  run({"SET", "k", "one"});
  std::vector<Version> versions;
  const auto newest = [&] {
    versions.clear();
    REQUIRE(run.store->history("k", 1, [&](const Version& v) {
      versions.push_back(v);
      return true;
    }));
    return versions.at(0);
  };
  const Version one = newest();
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  run({"APPEND", "k", " two"});
  const Version two = newest();
  run({"DELETE", "k"});
  CHECK(run({"GET", "k", "AT", std::to_string(one.seq)}) == "+VALUE 3\none\n");
  CHECK(run({"GET", "k", "at", std::to_string(two.seq)}) == "+VALUE 7\none two\n");
  CHECK(run({"GET", "k", "AT", iso_time(one.time_us)}) == "+VALUE 3\none\n");
  CHECK(run({"READ", "k", "-3", "3", "AT", std::to_string(two.seq)}) == "+VALUE 3\ntwo\n");
  CHECK(run({"GET", "k", "AT", "0"}) == "+NIL\n");
  CHECK(run({"GET", "k", "AT", "-1d"}) == "+NIL\n");
  CHECK(run({"GET", "k"}) == "+NIL\n");
}

TEST_CASE("META answers what is known of a key with its bytes") {
  Commands run;
  CHECK(run({"SET", "k", "hello"}) == "+OK\n");
  const std::string meta = run({"GET", "k", "META"});
  CHECK(meta.starts_with("+ARRAY 6\n:1\n+VALUE 27\n"));
  CHECK(meta.ends_with("Z\n+VALUE 6\nstring\n:5\n+NIL\n+VALUE 5\nhello\n"));
  CHECK(run({"SET", "k", "hello, you", "PXAT", "4102444800000"}) == "+OK\n");
  CHECK(run({"READ", "k", "-3", "2", "META"}).ends_with(":10\n:4102444800000\n+VALUE 2\nyo\n"));
  CHECK(run({"get", "k", "AT", "1", "meta"}).ends_with(":5\n+NIL\n+VALUE 5\nhello\n"));
  CHECK(run({"GET", "nope", "META"}) == "+NIL\n");
  CHECK(run({"ZADD", "z", "1", "m"}) == ":1\n");
  CHECK(run({"READ", "z", "0", "0", "META"}).find("zset") != std::string::npos);
  CHECK(run({"GET", "z", "META"}).starts_with("-ERR TYPE"));
  CHECK(run({"BEGIN"}) == "+OK\n");
  CHECK(run({"SET", "k", "mine"}) == "+OK\n");
  CHECK(run({"GET", "k", "META"}).starts_with("+ARRAY 6\n:0\n"));
}

TEST_CASE("a wrong AT is an error") {
  Commands run;
  CHECK(run({"GET", "k", "AT"}).starts_with("-ERR SYNTAX AT needs a seq or a time;"));
  CHECK(run({"GET", "k", "other"}) ==
        "-ERR ARITY too many arguments for GET (2 given); try: GET key [AT seq|time] [META]\n");
  CHECK(run({"GET", "k", "AT", "noon"})
            .starts_with("-ERR NUMBER 'noon' is neither a version nor a time"));
  CHECK(run({"READ", "k", "0", "1", "AT"}).starts_with("-ERR SYNTAX AT needs a seq or a time;"));
}

TEST_CASE("DEL removes several keys and counts those that were there") {
  Commands run;
  run({"SET", "a", "1"});
  run({"SET", "b", "2"});
  CHECK(run({"DEL", "a", "b", "c", "a"}) == ":2\n");
  CHECK(run({"DEL", "a"}) == ":0\n");
  CHECK(run({"COUNT"}) == ":0\n");
}

TEST_CASE("EXISTS counts a key as often as it is named") {
  Commands run;
  run({"SET", "a", "1"});
  CHECK(run({"EXISTS", "a", "b", "a"}) == ":2\n");
}

TEST_CASE("KEYS lists in byte order what matches") {
  Commands run;
  for (const char* key : {"b", "a", "user:1", "user:10", "user:2"}) run({"SET", key, "v"});
  run({"DELETE", "b"});
  CHECK(run({"KEYS"}) ==
        "+ARRAY 4\n+VALUE 1\na\n+VALUE 6\nuser:1\n+VALUE 7\nuser:10\n+VALUE 6\nuser:2\n");
  CHECK(run({"KEYS", "user:?"}) == "+ARRAY 2\n+VALUE 6\nuser:1\n+VALUE 6\nuser:2\n");
  CHECK(run({"KEYS", "none*"}) == "+ARRAY 0\n");
  CHECK(run({"DBSIZE"}) == ":4\n");
}

TEST_CASE("KEYS of more than a reply may hold lists them all, but in a transaction") {
  Commands run;
  const std::string tail(65'000, 'k');
  for (int i = 0; i < 1100; ++i)
    REQUIRE(run.store->set(std::to_string(i) + tail, "v", {.wait = false}));
  CHECK(run({"KEYS"}).starts_with("+ARRAY 1100\n+VALUE 65001\n0k"));
  CHECK(run({"KEYS", "1[0-9]k*"}).starts_with("+ARRAY 10\n"));
  CHECK(run({"COUNT", "1[0-9]k*"}) == ":10\n");
  run({"BEGIN"});
  CHECK(run({"KEYS"}).starts_with(
      "-ERR TOOBIG there is more than a reply may list in a transaction"));
  CHECK(run({"KEYS", "1[0-9]k*"}).starts_with("+ARRAY 10\n"));
}

TEST_CASE("SCAN visits every key once") {
  Commands run;
  for (int i = 0; i < 500; ++i) run({"SET", "k" + std::to_string(i), "v"});
  std::vector<std::string> seen;
  std::string cursor = "0";
  std::size_t steps = 0;
  do {
    const Reply reply = run.run({"SCAN", cursor, "COUNT", "50"});
    REQUIRE(reply.items.size() == 2);
    cursor = reply.items[0].text;
    for (const Reply& key : reply.items[1].items) seen.push_back(key.text);
    REQUIRE(++steps < 100);
  } while (cursor != "0");
  CHECK(steps > 1);
  std::sort(seen.begin(), seen.end());
  CHECK(seen.size() == 500);
  CHECK(std::unique(seen.begin(), seen.end()) == seen.end());
  CHECK(run.run({"SCAN", "0", "match", "k1?", "COUNT", "1000000"}).items[1].items.size() == 10);
}

TEST_CASE("a SCAN that loses its place at every step comes to its end all the same") {
  Commands run;
  for (int i = 0; i < 5'000; ++i) run({"SET", "k" + std::to_string(i), "v"});
  std::set<std::string> seen;
  std::string cursor = "0";
  int steps = 0;
  for (; steps == 0 || cursor != "0"; ++steps) {
    REQUIRE(steps < 10);
    // Of no file, but with the highest bits that it had.
    const std::string lost = std::to_string(std::stoull(cursor) ^ std::uint64_t{steps > 0} << 50);
    const Reply reply = run.run({"SCAN", lost, "COUNT", "10"});
    REQUIRE(reply.items.size() == 2);
    cursor = reply.items[0].text;
    for (const Reply& key : reply.items[1].items) seen.insert(key.text);
  }
  CHECK(steps == 4);  // 10, 160, 2,560 keys, and all
  CHECK(seen.size() == 5'000);
}

TEST_CASE("a wrong SCAN is an error") {
  Commands run;
  CHECK(run({"SCAN", "x"}).starts_with("-ERR NUMBER 'x' is not a cursor"));
  CHECK(
      run({"SCAN", "0", "COUNT", "0"}).starts_with("-ERR NUMBER '0' is not a count of 1 or more"));
  CHECK(run({"SCAN", "0", "MATCH"}).starts_with("-ERR SYNTAX MATCH needs a pattern; try: "));
  CHECK(run({"SCAN", "0", "TIPE", "string"})
            .starts_with("-ERR SYNTAX unknown option 'TIPE' of SCAN"));
  CHECK(resp_of(run, {"SCAN", "x"}) == "-ERR invalid cursor\r\n");
  // As strtoul() reads them.
  CHECK(run({"SCAN", "-1"}) == run({"SCAN", "18446744073709551615"}));
  for (const char* const cursor : {"", "+0", "-0"}) {
    CHECK(run({"SCAN", cursor}) == run({"SCAN", "0"}));
  }
  for (const char* const cursor : {"+", "-", "+-1", " 1", "18446744073709551616"}) {
    CAPTURE(cursor);
    CHECK(run({"SCAN", cursor}).starts_with("-ERR NUMBER"));
    CHECK(run({"ZSCAN", "z", cursor}).starts_with("-ERR NUMBER"));
  }
  CHECK(resp_of(run, {"MEMORY", "USAGE", "k", "SAMPLES", "-1"}) == "-ERR syntax error\r\n");
  CHECK(resp_of(run, {"SCAN", "0", "FOO", "1"}) == "-ERR syntax error\r\n");
}

TEST_CASE("TYPE is string or none") {
  Commands run;
  run({"SET", "k", "v"});
  CHECK(run({"TYPE", "k"}) == "+string\n");
  CHECK(run({"TYPE", "other"}) == "+none\n");
}

TEST_CASE("SCRUB begins a pass, and SCRUB STATUS says what came of it") {
  Commands run;
  run({"SET", "k", "v"});
  CHECK(run.run({"SCRUB", "STATUS"}).text.starts_with("rate:off\nrunning:no\n"));
  CHECK(run.run({"SCRUB", "STATUS"}).text.find("\nlast_ended:never\n") != std::string::npos);
  CHECK(run({"SCRUB"}) == "+OK\n");
  while (run.run({"SCRUB", "STATUS"}).text.find("\npasses:1\n") == std::string::npos) {
    std::this_thread::yield();
  }
  CHECK(run({"SCRUB", "NOW"}) == "+OK\n");
  CHECK(run.run({"SCRUB", "STATUS"}).text.ends_with("\nfound:0\n"));
  CHECK(run({"SCRUB", "nonsense"}).starts_with("-ERR UNKNOWN"));
}

TEST_CASE("STATS is headings and name:value lines, a section at a time if wanted") {
  Commands run;
  run({"SET", "k", "v"});
  const std::string all = run.run({"STATS"}).text;
  for (const char* line :
       {"# Server\nkvstore_version:0", "\n\n# Store\nfile:", "\nkeys:1\n",
        "\nfile_size:", "\nwrites_refused:no\n", "\n\n# Activity\nreads:", "\nwrites:1\n"}) {
    CAPTURE(line);
    CHECK(all.find(line) != std::string::npos);
  }
  CHECK(run.run({"INFO", "activity"}).text.starts_with("# Activity\nreads:"));
  CHECK(run.run({"INFO", "all"}).text.find("# Store\n") != std::string::npos);
  CHECK(run({"INFO", "nonsense"}) ==
        "-ERR UNKNOWN unknown section 'nonsense' of INFO; try: INFO "
        "[server|store|memory|index|activity|warnings]\n");
  CHECK(run({"STATS", "memory", "nosuch"})
            .starts_with("-ERR UNKNOWN unknown section 'nosuch' of STATS"));
}

class ThreeClients final : public ServerControl {
 public:
  explicit ThreeClients(Store& store) : keyspace_events_(store, channels_) {}
  ServerFacts facts() override {
    ServerFacts facts;
    facts.address = "a\nb";
    facts.port = 7878;
    facts.connections = 3;
    facts.commands_served = 12;
    return facts;
  }
  void visit_clients(const std::function<void(const ClientFacts&)>&) override {}
  std::shared_ptr<const CommandSection> close_client(std::uint64_t) override { return nullptr; }
  CommandSections sections() override { return {}; }
  void wake_client(std::uint64_t) override {}
  void pause(Pause, std::chrono::milliseconds) override {}
  void unpause() override {}
  void monitor(std::uint64_t, bool) override {}
  Channels& channels() override { return channels_; }
  KeyspaceEvents& keyspace_events() override { return keyspace_events_; }
  std::string password_hash() override { return {}; }
  Status set_password(std::string_view) override { return {}; }
  Status rewrite_settings() override { return {}; }
  SlowLog& slow_log() override { return slow_log_; }
  LatencyEvents& latency_events() override { return latency_events_; }
  ListpackLimits& listpack_limits() override { return listpack_limits_; }
  CommandCounts& counts() override { return counts_; }
  void reset_counts() override {}
  std::vector<std::pair<std::string, std::string>> settings() override { return {}; }
  void request_stop() override {}

 private:
  Channels channels_{{.take = [](std::size_t) { return true; }, .give = [](std::size_t) {}}};
  KeyspaceEvents keyspace_events_;
  SlowLog slow_log_;
  LatencyEvents latency_events_;
  ListpackLimits listpack_limits_;
  CommandCounts counts_;
};

TEST_CASE("HELP knows groups and topics beside the commands, and ? is HELP") {
  Commands run;
  for (const char* word : {"transactions", "Transaction", "keys", "AT", "at", "<<", "<<EOT"}) {
    CAPTURE(word);
    CHECK(run({"HELP", word}).starts_with("+VALUE "));
  }
  CHECK(run({"?", "get"}) == run({"HELP", "GET"}));
  CHECK(run({"HELP", "transactions"}).find("CONFLICT: somebody") != std::string::npos);
  CHECK(run({"HELP", "nonsense"}).starts_with("-ERR UNKNOWN"));
}

TEST_CASE("what STATS' lines mean is written down, for all of them and no others") {
  Fixture fixture;
  ThreeClients server(*fixture.store);
  Session session(*fixture.store, {.server = &server});
  const std::string_view argv[] = {"STATS"};
  std::istringstream lines(session.execute(argv).text);
  std::vector<std::string> told, documented;
  std::string section;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# "))
      section = line.substr(2);
    else if (!line.empty())
      told.push_back(section + ' ' + line.substr(0, line.find(':')));
  }
  for (const StatsField& field : stats_fields()) {
    documented.push_back(std::string(field.section) + ' ' + std::string(field.name));
  }
  CHECK(told == documented);
  CHECK(
      session.execute(std::vector<std::string_view>{"HELP", "stats"}).text.find("durable_size  ") !=
      std::string::npos);
}

TEST_CASE("STATS shows what a server knows of itself") {
  Fixture fixture;
  ThreeClients server(*fixture.store);
  Session session(*fixture.store, {.server = &server});
  const std::string_view argv[] = {"STATS"};
  const std::string text = session.execute(argv).text;
  CHECK(text.find("\nlistening:a\\nb\n") != std::string::npos);
  CHECK(text.find("\nconnections:3\n") != std::string::npos);
}

TEST_CASE("INFO over RESP is Redis', line ends and all; STATS and the text protocol keep theirs") {
  Fixture fixture;
  REQUIRE(fixture.run({"SET", "k", "v"}).kind == Reply::Kind::kOk);
  ThreeClients server(*fixture.store);
  Session session(*fixture.store, {.server = &server});
  session.set_dialect(Dialect::kResp2);
  const auto info = [&](std::vector<std::string_view> argv) { return session.execute(argv).text; };
  const std::string all = info({"INFO"});
  for (const char* line :
       {"# Server\r\nredis_version:7", "\r\nuptime_in_seconds:", "\r\ntcp_port:7878\r\n",
        "\r\nconnected_clients:3\r\n", "\r\nused_memory:", "\r\ntotal_commands_processed:12\r\n",
        "\r\nrun_id:", "\r\nrdb_last_save_time:1", "\r\ntotal_net_input_bytes:0\r\n",
        "\r\ninstantaneous_ops_per_sec:", "\r\nrole:master\r\n",
        "\r\n# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n",
        "\r\n# Warnings\r\nwarnings:0\r\n"}) {
    CAPTURE(line);
    CHECK(all.find(line) != std::string::npos);
  }
  for (std::size_t at = all.find('\n'); at != all.npos; at = all.find('\n', at + 1)) {
    REQUIRE(all[at - 1] == '\r');
  }
  CHECK(info({"INFO", "keyspace"}) == "# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n");
  CHECK(info({"INFO", "commandstats"}) == "# Commandstats\r\n");
  CHECK(info({"INFO", "keysizes"}) == "");  // of another version of Redis
  CHECK(info({"STATS", "activity"}).starts_with("# Activity\nreads:"));
  session.set_dialect(Dialect::kText);
  CHECK(info({"INFO", "activity"}).starts_with("# Activity\nreads:"));
}

TEST_CASE("SYNC answers what is on the disk, but not to Redis' replicas, which wait for a stream") {
  Commands run;
  CHECK(run({"FLUSHDISK"}) == "+OK\n");
  CHECK(run({"SYNC"}) == ":0\n");
  CHECK(run({"SET", "a", "1"}) == "+OK\n");
  CHECK(run({"SYNC"}) == ":1\n");
  CHECK(run({"SYNCED", "1", "0"}) == ":1\n");
  CHECK(run({"SYNCED", "2", "1"}) == ":1\n");
  run.session->set_dialect(Dialect::kResp2);
  CHECK(run({"REPLCONF", "capa", "eof"}).starts_with("-ERR UNKNOWN"));
  CHECK(run({"SYNC"}).starts_with("-ERR UNKNOWN SYNC is Redis' replication"));
}

TEST_CASE("PING, ECHO and EXIT answer") {
  Commands run;
  CHECK(run({"PING"}) == "+PONG\n");
  CHECK(run({"ping", "a b"}) == "+VALUE 3\na b\n");
  CHECK(run({"ECHO", ""}) == "+VALUE 0\n\n");
  CHECK(!run.session->exiting());
  CHECK(run({"QUIT"}) == "+OK\n");
  CHECK(run.session->exiting());
}

TEST_CASE("unknown commands and wrong arity say what to type") {
  Commands run;
  CHECK(run({"GTE", "k"}) == "-ERR UNKNOWN there is no command 'GTE'; try: GET\n");
  CHECK(run({"x\r\ny"}) == "-ERR UNKNOWN there is no command 'x\\r\\ny'; try: HELP\n");
  CHECK(run({"GET"}) ==
        "-ERR ARITY GET was given no arguments; try: GET key [AT seq|time] [META]\n");
  CHECK(run({"READ", "k"}) ==
        "-ERR ARITY too few arguments for READ (1 given); try: READ key offset length [AT "
        "seq|time|WAIT milliseconds] [META]\n");
  CHECK(run({"ROLLBACK", "k"}) == "-ERR ARITY ROLLBACK takes no arguments; try: ROLLBACK\n");
  CHECK(run({}) == "-ERR UNKNOWN there is no command; try: HELP\n");
}

TEST_CASE("RESP words unknown commands and wrong arity as Redis does") {
  Commands run;
  CHECK(resp_of(run, {"foo", "a", "b"}) ==
        "-ERR unknown command 'foo', with args beginning with: 'a' 'b' \r\n");
  CHECK(resp_of(run, {"get"}) == "-ERR wrong number of arguments for 'get' command\r\n");
  CHECK(resp_of(run, {"foo", std::string(1000, 'x'), "y"}).size() < 250);
}

TEST_CASE("what Redis' clients ask at connection time is answered") {
  Commands run;
  CHECK(run({"SELECT", "0"}) == "+OK\n");
  CHECK(resp_of(run, {"SELECT", "1"}) == "-ERR DB index is out of range\r\n");
  CHECK(run({"CONFIG", "GET", "save"}) == "+ARRAY 2\n+VALUE 4\nsave\n+VALUE 0\n\n");
  CHECK(run({"CONFIG", "GET", "app*y", "SAVE"}).starts_with("+ARRAY 4\n"));
  CHECK(run({"CONFIG", "GET", "nothing"}) == "+ARRAY 0\n");
  CHECK(run({"CONFIG", "SET", "save", ""}) == "+OK\n");
  CHECK(run({"CONFIG", "SET", "nosuch", ""}).starts_with("-ERR UNKNOWN"));
  CHECK(run({"CONFIG", "GET"}).starts_with("-ERR ARITY"));
  CHECK(resp_of(run, {"CONFIG", "FOO"}) == "-ERR unknown subcommand 'FOO'. Try CONFIG HELP.\r\n");
  CHECK(run({"CLIENT", "GETNAME"}) == "+NIL\n");
  CHECK(run({"CLIENT", "SETNAME", "worker"}) == "+OK\n");
  CHECK(run({"CLIENT", "GETNAME"}) == "+VALUE 6\nworker\n");
  CHECK(run({"CLIENT", "SETNAME", "a b"}).starts_with("-ERR SYNTAX"));
  CHECK(run({"CLIENT", "SETINFO", "LIB-NAME", "x"}) == "+OK\n");
  CHECK(run.run({"CLIENT", "ID"}).integer == static_cast<std::int64_t>(run.session->id()));
  CHECK(
      run({"CLIENT", "SETNAME"}).starts_with("-ERR ARITY too few arguments for CLIENT (1 given)"));
  CHECK(run({"CLIENT", "SETINFO", "x"})
            .starts_with("-ERR ARITY too few arguments for CLIENT (2 given)"));
  CHECK(
      run({"CLIENT", "ID", "x"}).starts_with("-ERR ARITY too many arguments for CLIENT (2 given)"));
  CHECK(run({"CLIENT", "KILL"}).starts_with("-ERR ARITY"));
}

TEST_CASE("a hint fits on a line, and help lists no subcommand without a word about it") {
  Commands run;
  CHECK(run({"CLIENT"}).ends_with("try: HELP CLIENT\n"));
  CHECK(run({"CLIENT", "FOO"}).ends_with("try: HELP CLIENT\n"));
  CHECK(run({"HELP", "CLIENT"}).find(": .\n") == std::string::npos);
  CHECK(run.text("STRLEN k # its length\n").ends_with("; a comment has a line of its own\n"));
}

TEST_CASE("an option of SET that is wrong is named, and no quotes are suggested") {
  Commands run;
  const std::string lines[][2] = {
      {"SET x 1 EX", "-ERR SYNTAX EX needs a number of seconds; try: SET key value EX 60\n"},
      {"SET x 1 NX px",
       "-ERR SYNTAX PX needs a number of milliseconds; try: SET key value PX 60000\n"},
      {"SET x 1 EX 5 PX 5",
       "-ERR SYNTAX one of EX, PX, EXAT and PXAT can be given; try: SET key value EX 60\n"},
      {"SET x 1 PX -5",
       "-ERR NUMBER '-5' is not a number of milliseconds of 1 or more; try: SET key value PX "
       "60000\n"},
      {"SET x 1 PXAT",
       "-ERR SYNTAX PXAT needs a number of milliseconds since 1970; try: SET key value "
       "PXAT 1893456000000\n"},
      {"SET x 1 NX xx", "-ERR SYNTAX NX and XX exclude each other; try: SET key value NX\n"},
      {"SET x 1 EX 5 keepttl",
       "-ERR SYNTAX KEEPTTL keeps the expiry that is there, EX and its like set "
       "another; try: SET key value KEEPTTL\n"},
      {"SET x 1 ifeq",
       "-ERR SYNTAX SET does not support the option 'ifeq'; try: SET key value [NX|XX] "
       "[GET] [EX seconds|PX milliseconds|EXAT unix-s|PXAT unix-ms|KEEPTTL]\n"}};
  for (const auto& [line, reply] : lines) {
    CAPTURE(line);
    CHECK(run.text(line + "\n") == reply);
  }
  CHECK(resp_of(run, {"SET", "k", "v", "NX", "XX"}) == "-ERR syntax error\r\n");
  CHECK(run({"COUNT"}) == ":0\n");
}

TEST_CASE("an expiry may be a time, of which one that has passed means that the key is gone") {
  Commands run;
  CHECK(run({"SET", "a", "1", "PXAT", "4102444800123"}) == "+OK\n");
  CHECK(run.store->stat("a").value()->expires_at_ms == 4102444800123);
  CHECK(run({"SET", "a", "1", "exat", "4102444800"}) == "+OK\n");
  CHECK(run.store->stat("a").value()->expires_at_ms == 4102444800000);
  CHECK(run({"SET", "a", "1", "PXAT", "1"}) == "+OK\n");
  CHECK(run({"GET", "a"}) == "+NIL\n");
  CHECK(run({"SET", "a", "1", "EXAT", "0"}).starts_with("-ERR NUMBER"));
  CHECK(run({"SET", "a", "1", "EXAT", "-5"}).starts_with("-ERR NUMBER"));
  CHECK(run({"SET", "a", "1", "PXAT", "9223372036854775808"}).starts_with("-ERR NUMBER"));
  // 2^48 is later than a file can say.
  CHECK(run({"SET", "a", "1", "PXAT", "281474976710656"}) == "+OK\n");
  CHECK(run.store->stat("a").value()->expires_at_ms == 281474976710655);
}

TEST_CASE("RESET begins anew") {
  Commands run;
  REQUIRE(run({"CLIENT", "SETNAME", "me"}) == "+OK\n");
  CHECK(run({"MULTI"}) == "+OK\n");
  CHECK(run({"RESET"}) == "+RESET\n");
  CHECK(run({"SET", "k", "v"}) == "+OK\n");
  CHECK(run({"CLIENT", "GETNAME"}) == "+NIL\n");
}

TEST_CASE("SCAN takes TYPE, and errors are worded as in Redis") {
  Commands run;
  REQUIRE(run({"SET", "k", "v"}) == "+OK\n");
  CHECK(run({"SCAN", "0", "TYPE", "string", "COUNT", "10", "MATCH", "*"})
            .ends_with("+ARRAY 1\n+VALUE 1\nk\n"));
  CHECK(run({"SCAN", "0", "TYPE", "zset"}).ends_with("+ARRAY 0\n"));
  CHECK(resp_of(run, {"SCAN", "0", "TYPE"}).starts_with("-ERR syntax error"));
  CHECK(resp_of(run, {"SCAN", "0", "COUNT", "0"}) == "-ERR syntax error\r\n");
  CHECK(resp_of(run, {"SCAN", "0", "COUNT", "x"}) ==
        "-ERR value is not an integer or out of range\r\n");
  CHECK(resp_of(run, {"NOSUCH\r\n"}) ==
        "-ERR unknown command 'NOSUCH  ', with args beginning with: \r\n");
  CHECK(run({"QUIT", "x"}) == "+OK\n");
}

TEST_CASE("HELLO chooses between RESP2 and RESP3, and refuses as Redis does") {
  Commands run;
  CHECK(resp_of(run, {"HELLO", "2"}).starts_with("*14\r\n$6\r\nserver\r\n$7\r\nkvstore\r\n"));
  CHECK(run({"HELLO"}).starts_with("+ARRAY 14\n"));
  CHECK(resp_of(run, {"HELLO", "4"}) == "-NOPROTO unsupported protocol version\r\n");
  CHECK(resp_of(run, {"HELLO", "x"}) ==
        "-ERR Protocol version is not an integer or out of range\r\n");
  CHECK(resp_of(run, {"HELLO", "3", "AUTH", "x"}) ==
        "-ERR Syntax error in HELLO option 'AUTH'\r\n");
  CHECK(resp_of(run, {"HELLO", "3", "AUTH", "me", "x"}).starts_with("-WRONGPASS "));
  CHECK(resp_of(run, {"HELLO", "3", "NOSUCH"}) == "-ERR Syntax error in HELLO option 'NOSUCH'\r\n");
  // The text protocol has no versions.
  CHECK(run({"HELLO", "3"}).find("\nproto\n:2\n") != std::string::npos);
  CHECK(run.session->dialect() == Dialect::kText);
  run.session->set_dialect(Dialect::kResp2);
  CHECK(resp_of(run, {"HELLO", "3", "AUTH", "default", "x", "SETNAME", "it"})
            .find("proto\r\n:3\r\n") != std::string::npos);
  CHECK(run.session->dialect() == Dialect::kResp3);
  CHECK(run.session->card().names().client == "it");
  CHECK(resp_of(run, {"HELLO", "3", "SETNAME", "a b"}).starts_with("-ERR Client names"));
  CHECK(run.session->dialect() == Dialect::kResp3);
  CHECK(resp_of(run, {"HELLO"}).find("proto\r\n:3\r\n") != std::string::npos);
  CHECK(run({"HELLO", "2", "SETNAME", "me"}).starts_with("+ARRAY 14\n"));
  CHECK(run.session->card().names().client == "me");
  CHECK(run.session->dialect() == Dialect::kResp2);
}

TEST_CASE("COMMAND tells the table as Redis does") {
  Commands run;
  const auto count = static_cast<std::size_t>(run.run({"COMMAND", "COUNT"}).integer);
  CHECK(count > 25);
  CHECK(run.run({"COMMAND"}).items.size() == count);
  CHECK(run.run({"COMMAND", "LIST"}).items.size() > count);  // subcommands, too
  CHECK(run.run({"COMMAND", "DOCS"}).items.size() == 2 * count);
  CHECK(run.run({"COMMAND", "DOCS", "get", "nonsense"}).items.size() == 2);
  const std::string info = run({"COMMAND", "INFO", "del", "nonsense"});
  CHECK(
      info.starts_with("+ARRAY 2\n+ARRAY 10\n+VALUE 3\ndel\n:-2\n+ARRAY 1\n+write\n:1\n:-1\n:1\n"));
  CHECK(info.ends_with("+NIL\n"));
  CHECK(run({"COMMAND", "INFO", "client|list", "client|nonsense"})
            .starts_with("+ARRAY 2\n+ARRAY 10\n+VALUE 11\nclient|list\n:-2\n"));
  CHECK(run({"OBJECT", "HELP"})
            .starts_with("+ARRAY 11\n+OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands "
                         "are:\n+ENCODING key\n"));
  CHECK(run({"COMMAND", "DOCS", "get"}) ==
        "+ARRAY 2\n+VALUE 3\nget\n+ARRAY 10\n+VALUE 7\nsummary\n+VALUE 27\nThe value, now or as it "
        "was\n"
        "+VALUE 5\nsince\n+VALUE 3\n0.1\n+VALUE 5\ngroup\n+VALUE 6\nvalues\n+VALUE "
        "9\narguments\n+ARRAY 3\n"
        "+ARRAY 4\n+VALUE 4\nname\n+VALUE 3\nkey\n+VALUE 4\ntype\n+VALUE 3\nkey\n"
        "+ARRAY 10\n+VALUE 4\nname\n+VALUE 7\nversion\n+VALUE 4\ntype\n+VALUE 5\noneof\n"
        "+VALUE 5\ntoken\n+VALUE 2\nAT\n+VALUE 5\nflags\n+ARRAY 1\n+optional\n"
        "+VALUE 9\narguments\n+ARRAY 2\n"
        "+ARRAY 4\n+VALUE 4\nname\n+VALUE 3\nseq\n+VALUE 4\ntype\n+VALUE 7\ninteger\n"
        "+ARRAY 4\n+VALUE 4\nname\n+VALUE 4\ntime\n+VALUE 4\ntype\n+VALUE 9\nunix-time\n"
        "+ARRAY 8\n+VALUE 4\nname\n+VALUE 4\nmeta\n+VALUE 4\ntype\n+VALUE 10\npure-token\n"
        "+VALUE 5\ntoken\n+VALUE 4\nMETA\n+VALUE 5\nflags\n+ARRAY 1\n+optional\n"
        "+VALUE 6\norigin\n+VALUE 32\nredis 1.0.0, but for AT and META\n");
  // Subcommands are rows of their own, and one that is only refused is not told of.
  const Reply config = run.run({"COMMAND", "DOCS", "config"}).items[1];
  REQUIRE(config.items[6].text == "subcommands");
  REQUIRE(config.items[7].items.size() == 2 * 5);
  CHECK(config.items[7].items[0].text == "config|get");
  CHECK(run({"COMMAND", "NONSENSE"}).starts_with("-ERR UNKNOWN"));
}

TEST_CASE("a key over the limit is refused and named") {
  Commands run;
  const std::string key(kMaxKeySize + 1, 'k');
  CHECK(run({"SET", key, "v"}).starts_with("-ERR TOOBIG"));
  CHECK(run({"GET", key}).size() < 1000);
  CHECK(run({"SET", key.substr(1), "v"}) == "+OK\n");
}

}  // namespace
}  // namespace kvstore::command::test
