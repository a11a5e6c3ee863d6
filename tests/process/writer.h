// A client whose every operation is known by its number, and the oracle of what
// must be in the file once it was cut off: exactly its first m operations, where
// m is at least what was acknowledged and at most what was sent.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "src/store/store.h"
#include "tests/server/fixture.h"

namespace kvstore::test {

// In turn: append a numbered word; set one key; set a second one to the same;
// remove both in one batch.
class Writer {
 public:
  explicit Writer(int number) : name_(std::to_string(number)) {}

  // Until the connection ends. `depth`: commands sent at once.
  void run(Client client, std::uint64_t depth);
  void half_close_after(Client client, std::uint64_t count);
  // The next operation as a line; counts as sent.
  std::string next_line();
  void acknowledge(std::uint64_t count) { acknowledged_ += count; }

  // What is wrong with the store, if anything. If nothing is, the writer goes on
  // from what was found.
  std::optional<std::string> check(Store& store);
  std::uint64_t acknowledged() const { return acknowledged_; }
  std::uint64_t sent() const { return sent_; }

 private:
  struct Keys {
    std::string words;
    std::optional<std::string> one, other;
    bool operator==(const Keys&) const = default;
  };
  Keys expected_after(std::uint64_t operations) const;
  bool take_replies(const std::string& bytes);

  const std::string name_;
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> acknowledged_{0};
};

}  // namespace kvstore::test
