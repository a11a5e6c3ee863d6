// Failing system calls. This program's own open(), write(), fdatasync() and so
// on stand before those of the C library; while armed they are counted, and the
// n-th one fails, once or from then on, or kills the process.
//
// Thread rule: arm() and disarm() while nothing else runs, except where the
// faults are for_ever and it does not matter which call is the last.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kvstore::test {

struct Fault {
  std::uint64_t call = 0;   // the n-th from now, from 1; 0: none, only counts
  bool for_ever = false;    // and all after it
  int error = 0;            // errno; 0: it transfers less than it was asked to
  bool kills = false;       // instead: SIGKILL, before the call is made
  std::string only = {};    // "link,rename": only these count and fail; empty: all
};

void arm(const Fault& fault);
void disarm();
std::uint64_t calls();       // since arm(), those that count
std::uint64_t failures();    // of them
std::string failed_call();   // the first: "fdatasync"; empty if none failed

// While it lives, this thread's calls and allocations neither fail nor count:
// for what a test does on its own account.
class Exempt {
 public:
  Exempt() : was_(on_) { on_ = true; }
  ~Exempt() { on_ = was_; }
  Exempt(const Exempt&) = delete;
  Exempt& operator=(const Exempt&) = delete;
  static bool on() { return on_; }

 private:
  static thread_local bool on_;
  const bool was_;
};

// Pages of files that a disk does not give, by their offsets: until the next call,
// each file that is mapped has a real SIGBUS there, though its size says that they are
// there. Meant for file::install_bus_guard().
void set_unreadable(std::vector<std::uint64_t> offsets);
// The same for the file that was mapped last, at once; pread() fails there, too.
void make_unreadable(std::uint64_t offset);
// A page of the file that was mapped last faults when it is stored to, once; a copy-on-write file
// system without space does that. It must not be read before.
void make_unwritable(std::uint64_t offset);

// Calls run(fault) again and again, each time with the next call failing, until
// it makes fewer. run() arms the fault itself. Returns how many failed.
template <class Run>
std::uint64_t fail_each_call(Fault fault, const Run& run) {
  do {
    ++fault.call;
    run(fault);
  } while (failures() > 0 && fault.call < 5'000);
  return fault.call - 1;
}

namespace interposed {

enum class Fate : std::uint8_t { kGoOn, kShort, kFail };  // kFail: errno is set
Fate fate_of(const char* name);
void break_pages(void* mapping);
bool is_unreadable(std::uint64_t begin, std::uint64_t size);
// The C library's own; never null.
void* real(const char* name);

}  // namespace interposed
}  // namespace kvstore::test
