// Commands that read more than once, beside a writer that takes the keys from one state to another
// and back: what they answer is what one of the two would have been answered.
#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/command/support.h"

namespace kvstore::command::test {
namespace {

constexpr int kReads = 1000;  // the writer writes all the while

using Words = std::vector<std::string>;
using State = std::vector<std::pair<std::string, std::string>>;  // an empty value: no key

class Commands : public Fixture {
 public:
  std::string operator()(const Words& argv) { return as_text(run(argv)); }
  void put(const State& state) {
    Batch batch;
    for (const auto& [key, value] : state) {
      value.empty() ? batch.remove(key) : batch.set(key, value);
    }
    REQUIRE(store->apply(batch, false).has_value());
  }
};

// Puts the states in turn for as long as it lives.
class Writer {
 public:
  Writer(Commands& run, const State& one, const State& other)
      : thread_([&run, &one, &other, this] {
          for (int i = 0; !ends_; ++i) run.put(i % 2 == 0 ? one : other);
        }) {}
  ~Writer() {
    ends_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> ends_{false};
  std::thread thread_;
};

// How many of its answers are none of either state.
int answers_of_neither(const State& one, const State& other, const Words& command) {
  Commands run;
  run.put(one);
  const std::string of_one = run(command);
  run.put(other);
  const std::string of_other = run(command);
  const Writer writer(run, one, other);
  int others = 0;
  for (int i = 0; i < kReads; ++i) {
    const std::string answer = run(command);
    others += answer != of_one && answer != of_other;
  }
  return others;
}

TEST_CASE("fields that are read together are of one moment") {
  const Words command = {"BITFIELD", "k", "GET", "u8", "#0", "GET", "u8", "#1"};
  CHECK(answers_of_neither({{"k", "aa"}}, {{"k", "bb"}}, command) == 0);
}

TEST_CASE("a range that ends before the end of a value is of one moment") {
  const State one = {{"k", std::string(97, 'a') + "END"}};
  const State other = {{"k", std::string(9997, 'b') + "FIN"}};
  CHECK(answers_of_neither(one, other, {"GETRANGE", "k", "-3", "-1"}) == 0);
  CHECK(answers_of_neither(one, other, {"SUBSTR", "k", "50", "-1"}) == 0);
}

TEST_CASE("bits are counted, and looked for, in a value of one moment") {
  // As many ones, in values of other lengths; and pieces of 64 KiB of which one or none has any.
  const State few = {{"k", std::string(125, '\xff')}}, many = {{"k", std::string(1000, '\1')}};
  CHECK(answers_of_neither(few, many, {"BITCOUNT", "k", "0", "-1"}) == 0);
  CHECK(answers_of_neither(few, many, {"BITPOS", "k", "1", "-1", "-1"}) == 0);
  const std::string zeros((64 << 10) + 1, '\0'), end(1, '\xff'), begin = end + zeros;
  const State first = {{"k", begin}}, last = {{"k", zeros + end}};
  CHECK(answers_of_neither(first, last, {"BITCOUNT", "k"}) == 0);
  CHECK(answers_of_neither(first, last, {"BITPOS", "k", "1"}) == 0);
}

TEST_CASE("two values are compared as they were at one moment") {
  const State one = {{"a", "111"}, {"b", "1"}}, other = {{"a", "222"}, {"b", "2"}};
  CHECK(answers_of_neither(one, other, {"LCS", "a", "b", "LEN"}) == 0);
  CHECK(answers_of_neither(one, other, {"MGET", "a", "b"}) == 0);
}

TEST_CASE("an encoding is of one value") {
  const State number = {{"k", "12345"}}, text = {{"k", std::string(100, 'x')}};
  CHECK(answers_of_neither(number, text, {"OBJECT", "ENCODING", "k"}) == 0);
}

TEST_CASE("a store that has one key at any moment answers it as a random one") {
  const State one = {{"a", "1"}, {"z", ""}}, other = {{"a", ""}, {"z", "1"}};
  CHECK(answers_of_neither(one, other, {"RANDOMKEY"}) == 0);
}

TEST_CASE("who waits for bytes is answered those that ended the wait") {
  Commands run;
  const State none = {{"k", ""}}, some = {{"k", "v"}};
  const Writer writer(run, none, some);
  int others = 0;
  for (int i = 0; i < kReads; ++i) {
    others += run({"READ", "k", "0", "100", "WAIT", "600000"}) != "+VALUE 1\nv\n";
  }
  CHECK(others == 0);
}

TEST_CASE("a key that GETEX answers has the expiry that it was given") {
  Commands run;
  int others = 0;
  for (int i = 0; i < kReads; ++i) {
    run.put({{"k", ""}});
    std::thread writer([&run] { run.put({{"k", "v"}}); });
    const bool is_answered = run({"GETEX", "k", "EX", "100"}) == "+VALUE 1\nv\n";
    writer.join();
    others += is_answered && run({"TTL", "k"}) == ":-1\n";
  }
  CHECK(others == 0);
}

}  // namespace
}  // namespace kvstore::command::test
