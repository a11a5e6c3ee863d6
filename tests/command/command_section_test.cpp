// Whoever changes what commands ask for is answered when none that has not seen it is left.
#include "src/command/command_section.h"

#include <atomic>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace kvstore::command;

namespace {

// Whether a change is still awaited after a while.
class Awaiting {
 public:
  explicit Awaiting(const CommandSection& section)
      : thread_([this, &section, change = CommandSection::note_change()] {
          section.await(change);
          is_over_ = true;
        }) {}
  ~Awaiting() { thread_.join(); }
  bool is_over() const { return is_over_; }
  void await_end() const {
    while (!is_over_) std::this_thread::yield();
  }

 private:
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

}  // namespace

TEST_CASE("a change is awaited until a session has left, or begins its next command") {
  CommandSection section;
  for (const bool leaves : {true, false}) {
    section.begin_command();
    const Awaiting awaiting(section);
    CHECK(!awaiting.is_over());
    if (leaves)
      section.leave();
    else
      section.begin_command();
    awaiting.await_end();
  }
}

TEST_CASE("a session that executes nothing, or has seen the change, is not awaited") {
  CommandSection section;
  section.await(CommandSection::note_change());
  section.begin_command();
  section.leave();
  section.await(CommandSection::note_change());
  const std::uint64_t change = CommandSection::note_change();
  section.begin_command();
  section.await(change);
}

TEST_CASE("after a change was awaited no command is executed that has not seen it") {
  for (int round = 0; round < 300; ++round) {
    CommandSection sections[3];
    std::atomic<bool> is_forbidden{false}, is_over{false};
    std::atomic<long> executed{0};
    std::vector<std::thread> threads;
    for (CommandSection& section : sections) {
      threads.emplace_back([&] {
        for (int i = 0; !is_over; ++i) {
          section.begin_command();
          if (!is_forbidden.load(std::memory_order_relaxed)) executed.fetch_add(1);
          if (i % 5 == 4) section.leave();
        }
        section.leave();
      });
    }
    while (executed.load() < 10) std::this_thread::yield();
    is_forbidden.store(true, std::memory_order_relaxed);
    const std::uint64_t change = CommandSection::note_change();
    for (const CommandSection& section : sections) section.await(change);
    const long before = executed.load();
    for (int i = 0; i < 3; ++i) std::this_thread::yield();
    is_over = true;
    for (std::thread& thread : threads) thread.join();
    CHECK(executed.load() == before);
  }
}
