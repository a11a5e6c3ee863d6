// KVSTORE_LONG=1 test_process    500 kills of each kind instead of 25

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/process/writer.h"

using namespace kvstore;
using test::ServerProcess;
using kvstore::testing::TempDir;

namespace {

constexpr int kWriters = 4;

int rounds() { return std::getenv("KVSTORE_LONG") ? 500 : 25; }

void sleep_ms(std::uint64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// Lets the writers write to a server for a while, then sends it the signal.
test::Finished signal_under_load(const std::string& path, std::deque<test::Writer>& writers, int number,
                                 std::uint64_t after_ms) {
  ServerProcess server(path);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < writers.size(); ++i) {
    threads.emplace_back([&, i, client = server.connect()]() mutable {
      writers[i].run(std::move(client), 1 + 7 * (i % 2));
    });
  }
  sleep_ms(after_ms);
  server.process().signal(number);
  for (std::thread& thread : threads) thread.join();
  return server.process().wait();
}

std::unique_ptr<Store> open(const std::string& path, bool read_only) {
  Options options;
  options.read_only = read_only;
  auto store = Store::open(path, options);
  REQUIRE(store);
  REQUIRE((*store)->open_report().how != OpenReport::How::kDamaged);
  return std::move(*store);
}

void check_all(Store& store, std::deque<test::Writer>& writers) {
  for (test::Writer& writer : writers) {
    const auto violation = writer.check(store);
    if (violation) FAIL_CHECK(*violation);
  }
}

// Writers hold atomics, and so stay where they are.
struct Writers : std::deque<test::Writer> {
  explicit Writers(int count) {
    for (int i = 0; i < count; ++i) emplace_back(i);
  }
  // As if they had sent nothing.
  void start_anew() {
    const int count = static_cast<int>(size());
    clear();
    for (int i = 0; i < count; ++i) emplace_back(i);
  }
  std::uint64_t acknowledged() const {
    std::uint64_t sum = 0;
    for (const test::Writer& writer : *this) sum += writer.acknowledged();
    return sum;
  }
};

// Each writer in its turn does that much and is answered.
void half_close_then_kill(const std::string& path, Writers& writers, std::uint64_t operations) {
  ServerProcess server(path);
  for (test::Writer& writer : writers) writer.half_close_after(server.connect(), operations);
  server.process().signal(SIGKILL);
  server.process().wait();
}

}  // namespace

TEST_CASE("a server killed under load loses nothing that it acknowledged, and keeps nothing half") {
  TempDir directory;
  std::mt19937_64 random(std::random_device{}());
  std::uint64_t acknowledged = 0;
  for (int file = 0; file < rounds() / 25; ++file) {
    const std::string path = directory / "data.bin";
    std::filesystem::remove(path);
    Writers writers(kWriters);
    for (int round = 0; round < 25; ++round) {
      CAPTURE(round);
      const auto end = signal_under_load(path, writers, SIGKILL, random() % 250);
      CHECK(end.exit_code == 128 + SIGKILL);
      // Every other time it is the next server that has to recover the file.
      if (std::filesystem::exists(path)) {
        check_all(*open(path, round % 2 == 0), writers);
      } else {  // killed before its first write made it
        CHECK(writers.acknowledged() == 0);
        writers.start_anew();
      }
    }
    acknowledged += writers.acknowledged();
  }
  CHECK(acknowledged > static_cast<std::uint64_t>(rounds()));
  MESSAGE(rounds() << " kills, " << acknowledged << " acknowledged writes");
}

TEST_CASE("a script killed in the middle keeps every write whose reply it printed") {
  TempDir directory;
  std::mt19937_64 random(std::random_device{}());
  std::uint64_t acknowledged = 0;
  for (int round = 0; round < rounds(); ++round) {
    CAPTURE(round);
    const std::string path = directory / "data.bin";
    std::filesystem::remove(path);
    test::Process script({KVSTORE_BINARY, path});
    std::atomic<bool> stop{false};
    std::uint64_t sent = 0;
    std::atomic<std::uint64_t> replies{0};
    std::atomic<bool> ended{false};
    // The reply to each append is the new length, a line.
    std::thread feeder([&] {
      while (!stop && sent < 200'000) {
        std::string lines;
        for (int i = 0; i < 50; ++i, ++sent) lines += "APPEND words 0123456789abcdef\n";
        script.write(lines);
      }
    });
    std::thread reader([&] {
      for (std::string line; !(line = script.read_output(64)).empty();) {
        replies += static_cast<std::uint64_t>(std::count(line.begin(), line.end(), '\n'));
      }
      ended = true;
    });
    // However slow the machine, some rounds get as far as a reply.
    while (round % 5 == 0 && replies == 0 && !ended) sleep_ms(1);
    sleep_ms(random() % 150);
    script.signal(SIGKILL);
    stop = true;
    feeder.join();
    reader.join();
    script.wait();
    acknowledged += replies;
    if (!std::filesystem::exists(path)) {
      CHECK(replies == 0);
      continue;
    }
    const auto store = open(path, false);
    std::string words;
    REQUIRE(store->get("words", &words));
    CHECK(words.size() % 16 == 0);
    CHECK(words.size() / 16 >= replies);
    CHECK(words.size() / 16 <= sent);
  }
  CHECK(acknowledged > 0);
  MESSAGE(rounds() << " kills, " << acknowledged << " acknowledged writes");
}

TEST_CASE("SIGTERM under load: every acknowledged write is there, and the file was closed") {
  TempDir directory;
  const std::string path = directory / "data.bin";
  Writers writers(kWriters);
  for (int round = 0; round < 5; ++round) {
    CHECK(signal_under_load(path, writers, SIGTERM, 100).exit_code == 0);
    const auto store = open(path, false);
    CHECK(store->open_report().how == OpenReport::How::kClean);
    check_all(*store, writers);
  }
}

TEST_CASE("a half-closed connection gets all its answers, and they are true after a kill") {
  TempDir directory;
  const std::string path = directory / "data.bin";
  Writers writers(3);
  half_close_then_kill(path, writers, 200);
  CHECK(writers.acknowledged() == 600);
  check_all(*open(path, false), writers);
}

TEST_CASE("a client that is stopped holds nobody up, and goes on where it was") {
  TempDir directory;
  ServerProcess server(directory / "data.bin");
  test::Process sleeper({"nc", "127.0.0.1", std::to_string(server.endpoint().port)});
  sleeper.write("APPEND mine one\n");
  REQUIRE(sleeper.read_output(3) == ":3\n");
  sleeper.signal(SIGSTOP);
  sleeper.write("APPEND mine two\n");
  test::Client other = server.connect();
  for (int i = 0; i < 100; ++i) {
    other.send("APPEND theirs x\n");
    REQUIRE(other.receive_line() == ":" + std::to_string(i + 1) + "\n");
  }
  sleeper.signal(SIGCONT);
  CHECK(sleeper.read_output(3) == ":6\n");
}

TEST_CASE("the oracle finds one acknowledged write that is not there, and one that is half there") {
  TempDir directory;
  const std::string path = directory / "data.bin";
  Writers writers(2);
  half_close_then_kill(path, writers, 5);
  const auto store = open(path, false);
  check_all(*store, writers);
  // Said to have done one more than it was told.
  (void)writers[0].next_line();
  writers[0].acknowledge(1);
  CHECK(writers[0].check(*store));
  // A batch of which one half is missing: five operations leave only the first key.
  (void)writers[1].next_line();
  REQUIRE(store->set("other1", "1"));
  CHECK(writers[1].check(*store));
}
