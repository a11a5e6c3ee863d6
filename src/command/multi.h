// The state of a session between MULTI and EXEC, and its watched keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/command/data.h"
#include "src/command/table.h"

namespace kvstore::command {

// Commands that wait for EXEC. Thread rule: one thread.
class CommandQueue {
 public:
  // Limit for all words, with their overhead.
  static constexpr std::size_t kMaxBytes = std::size_t{64} << 20;

  static std::size_t memory_of(Args words);
  // False: the limit would be exceeded; the command was not added. Throws std::bad_alloc.
  bool add(Args words);
  std::size_t memory() const { return bytes_; }
  // A command was refused: EXEC will execute none.
  void refuse() { is_refused_ = true; }
  bool is_refused() const { return is_refused_; }
  // A queued command may change something that others see.
  void note_change() { changes_ = true; }
  bool changes() const { return changes_; }
  const std::vector<std::vector<std::string>>& commands() const { return commands_; }

 private:
  std::vector<std::vector<std::string>> commands_;
  std::size_t bytes_ = 0;
  bool is_refused_ = false;
  bool changes_ = false;
};

// The versions that keys had when they were watched. Thread rule: one thread.
class WatchedKeys {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{16} << 20;

  static std::size_t memory_of(std::string_view key) { return key.size() + sizeof(Watched); }
  std::size_t memory() const { return bytes_; }
  // For a key that is watched already the older version remains. kLimit, kCorrupt.
  Status add(std::string_view key, Data& data);
  // Whether one of the keys has another version now (also a deletion), or has expired.
  Result<bool> have_changed(Data& data) const;
  std::size_t count() const { return keys_.size(); }

 private:
  struct State {
    bool is_there = false;
    std::uint64_t seq = 0;  // newest version, possibly a deletion; 0: none is known
    // A compaction has dropped the versions up to this seq, and none followed.
    std::uint64_t forgotten_to = 0;
    bool operator==(const State&) const = default;
  };
  struct Watched {
    std::string key;
    State state;
    std::uint64_t as_of = 0;  // the newest version of all at that time, or an older one
  };
  static Result<State> state_of(std::string_view key, Data& data);
  static bool is_only_forgotten(const Watched& one, const State& now);
  std::vector<Watched> keys_;
  std::size_t bytes_ = 0;
};

}  // namespace kvstore::command
