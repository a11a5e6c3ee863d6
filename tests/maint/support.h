// A file made of known writes, what each key's value was after each of them, and
// ways to damage it and to look at what a repair makes of it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "src/log/encoder.h"
#include "src/log/log.h"
#include "src/maint/audit.h"
#include "src/store/store.h"
#include "tests/support/sim_files.h"

namespace kvstore::maint::testing {

using kvstore::testing::SimFiles;
using State = std::map<std::string, std::string>;

inline constexpr std::uint64_t kTime = 1'700'000'000'000'000;  // of the first record; +1 s each

// Writes through log::Log, so that seqs, times and sync points are the test's.
class Builder {
 public:
  Builder();
  explicit Builder(const std::string& header_page);  // instead of a random one
  void set(std::string_view key, std::string_view value, std::uint64_t expires_ms = 0);
  void append(std::string_view key, std::string_view value);
  void remove(std::string_view key);
  // A REF to what that is now; with a seq, in the base.
  void refer(std::string_view key, std::string_view to, std::uint64_t seq = 0);
  struct Write {
    log::Kind kind;
    std::string key, value;
  };
  void batch(const std::vector<Write>& writes);
  void clear();                                                              // all keys
  void mark(log::Kind kind, std::string_view key, std::uint64_t lost_size);  // HOLE, GAP
  // Of a file made with a base, before anything else: a key's value, in pieces, and at last that
  // there are no more keys. Keys rise; what was before the floor is not told as truth.
  void base(std::string_view key, const std::vector<std::string>& pieces, std::uint64_t seq,
            std::uint64_t expires_ms = 0);
  // Before the first key: what follows of the base is compressed where that makes it smaller. The
  // page says so.
  void compress(std::string_view dictionary);
  // A piece of a key's value as it stands in the base, of the raw bytes.
  void encoded(std::string_view key, std::string_view raw, const log::Encoding& encoding,
               std::string_view stored, std::uint64_t seq, std::uint64_t expires_ms = 0);
  void end_base();
  void sync();  // and notes D in a slot

  std::uint8_t type = 1;  // of the values that follow

  std::string close();  // the file, closed cleanly
  std::string crash();  // the file as a kill leaves it, preallocated zeros and all

  // Offset and end of each record, in order.
  const std::vector<std::pair<std::uint64_t, std::uint64_t>>& records() const { return records_; }
  // The truth: all keys and values after each seq.
  const std::map<std::uint64_t, State>& states() const { return states_; }
  const State& now() const { return states_.rbegin()->second; }
  log::Log& log() { return *log_; }

 private:
  void write(log::Kind kind, std::string_view key, std::string_view value,
             std::uint64_t expires_ms);
  log::Change change(log::Kind kind, std::string_view key, std::string_view value,
                     std::uint64_t expires_ms);
  void note(std::uint64_t offset, std::string_view key);
  void take(log::Kind kind, std::string_view key, std::string_view value, State* state);

  SimFiles files_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<log::Encoder> encoder_;
  std::map<std::string, log::Record, std::less<>> newest_;
  std::uint64_t cleared_ = 0;  // offset of the newest CLEAR
  std::vector<std::pair<std::uint64_t, std::uint64_t>> records_;
  std::map<std::uint64_t, State> states_{{0, {}}};
};

// The page of a new file with a base up to this seq, whose time is kTime and a second for each.
std::string base_page(std::uint64_t floor_seq, bool compressed = false);

// A repaired file: what the audit of the damaged one said, and the new file.
struct Outcome {
  Report report;
  std::set<std::string> rolled_back;
  std::string repaired;  // bytes
};
// Audits the image as a file of a machine that was rebooted since or not.
Report audit_of(const std::string& image, Way way = Way::kJudged, bool rebooted = true);
Outcome rebuilt(const std::string& image, Way way = Way::kJudged, bool rebooted = true);

// A store on a file's bytes.
struct Opened {
  std::unique_ptr<SimFiles> files;
  std::unique_ptr<Store> store;
};
Opened open(const std::string& image);
// The value; "(nil)" or "(CORRUPT)".
std::string get(Store& store, const std::string& key, const At& at = {});

// Every key, now and as of every seq, is what it was or CORRUPT, or it was
// reported as rolled back, or (a key of no other record) could not be named.
// Returns the keys that are CORRUPT now.
std::set<std::string> check_truth(const Builder& built, const Outcome& outcome);

std::string flip(std::string image, std::uint64_t offset, unsigned bit = 0);

}  // namespace kvstore::maint::testing
