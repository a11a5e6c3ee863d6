// Where a session is in its commands, for who changes what is asked before each of them: whether
// its client was killed (CLIENT KILL), whether it has to wait (CLIENT PAUSE), what its user may
// (ACL). Such a change is answered when the commands that have not seen it have ended:
//
//     change it; const auto change = CommandSection::note_change(); section.await(change);
//
// A session stays in its section while it has commands to execute, and each of them costs it one
// load of a number that hardly ever changes. None is missed: a session that enters says so first,
// and looks at the number then; who makes a change counts the number first, and looks for the
// session then. One of the two sees the other. In its section it says with each command up to
// which change it has seen all, and it sees them before it says so.
//
// Whoever awaits others must not be in a section itself (they may await it), nor hold a lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace kvstore::command {

class CommandSection {
 public:
  // --- Its session's thread.
  // Before anything is asked that others change; enters.
  void begin_command() {
    const std::uint64_t newest = newest_.load();
    if (newest != seen_) [[unlikely]]
      see(newest);
  }
  bool is_inside() const { return seen_ != kOutside; }
  // Nothing more is changed by commands, up to the next begin_command().
  void leave() {
    if (!is_inside()) return;
    seen_ = kOutside;
    said_.store(kOutside, std::memory_order_release);
  }

  // --- Any thread.
  // After a change: its number.
  static std::uint64_t note_change() { return newest_.fetch_add(1) + 1; }
  // Waits until no command is executed any more that was begun without having seen it.
  void await(std::uint64_t change) const;

 private:
  static constexpr std::uint64_t kOutside = 0;

  void see(std::uint64_t newest);
  bool has_seen(std::uint64_t change) const;

  static inline std::atomic<std::uint64_t> newest_{1};
  std::atomic<std::uint64_t> said_{kOutside};
  std::uint64_t seen_ = kOutside;  // the same, for its own thread
};

// Those of sessions that may be gone by now.
using CommandSections = std::vector<std::shared_ptr<const CommandSection>>;

// Enters, if it is not inside, and then leaves at the end.
class InCommandSection {
 public:
  explicit InCommandSection(CommandSection& section)
      : section_(section), enters_(!section.is_inside()) {
    if (enters_) section_.begin_command();
  }
  ~InCommandSection() {
    if (enters_) section_.leave();
  }
  InCommandSection(const InCommandSection&) = delete;
  InCommandSection& operator=(const InCommandSection&) = delete;

 private:
  CommandSection& section_;
  const bool enters_;
};

// Leaves at the end, whatever ends it.
class LeavesCommandSection {
 public:
  explicit LeavesCommandSection(CommandSection& section) : section_(section) {}
  ~LeavesCommandSection() { section_.leave(); }
  LeavesCommandSection(const LeavesCommandSection&) = delete;
  LeavesCommandSection& operator=(const LeavesCommandSection&) = delete;

 private:
  CommandSection& section_;
};

}  // namespace kvstore::command
