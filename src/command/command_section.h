// Synchronises commands with changes of what is checked before each command: whether the client was
// killed (CLIENT KILL), whether it must pause (CLIENT PAUSE), and its user's permissions (ACL).
// Such a change is acknowledged once all commands that began before it have ended:
//
//     change it; const auto change = CommandSection::note_change(); section.await(change);
//
// A session stays in its section while it has commands to execute. Each command costs one load of a
// number that rarely changes. No change is missed: an entering session first marks that it is
// inside and then reads the number; a changing thread first increments the number and then looks
// for sessions inside. So one of the two sees the other. Inside its section a session publishes
// with each command up to which change it has seen everything; it reads the changed state only
// after the number.
// which change it has seen all, and it sees them before it says so.
// A thread that awaits others must not be in a section itself (they may await it) and must not hold
// a lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace kvstore::command {

class CommandSection {
 public:
  // --- The session's thread.
  // Enters the section. Call it before any check of state that others change.
  void begin_command() {
    const std::uint64_t newest = newest_.load();
    if (newest != seen_) [[unlikely]]
      see(newest);
  }
  bool is_inside() const { return seen_ != kOutside; }
  // The session's commands change nothing more until the next begin_command().
  void leave() {
    if (!is_inside()) return;
    seen_ = kOutside;
    said_.store(kOutside, std::memory_order_release);
  }

  // --- Any thread.
  // Call it after a change; returns the number of the change.
  static std::uint64_t note_change() { return newest_.fetch_add(1) + 1; }
  // Waits until every command that began before the change was seen has ended.
  void await(std::uint64_t change) const;

 private:
  static constexpr std::uint64_t kOutside = 0;

  void see(std::uint64_t newest);
  bool has_seen(std::uint64_t change) const;

  static inline std::atomic<std::uint64_t> newest_{1};
  std::atomic<std::uint64_t> said_{kOutside};
  std::uint64_t seen_ = kOutside;  // the same, for its own thread
};

// The sections of sessions, which may have ended.
using CommandSections = std::vector<std::shared_ptr<const CommandSection>>;

// Enters the section unless already inside, and leaves it at the end of the scope.
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

// Leaves the section at the end of the scope.
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
