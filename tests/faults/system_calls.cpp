#include "tests/faults/system_calls.h"

#include <dlfcn.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <string_view>

namespace kvstore::test {
namespace {

std::atomic<bool> g_armed{false};
std::mutex g_mutex;
Fault g_fault;
std::uint64_t g_calls = 0;
std::uint64_t g_failures = 0;
std::string g_failed;

std::vector<std::uint64_t> g_unreadable;
char* g_mapped_last = nullptr;
std::atomic<std::uint64_t> g_unreadable_page{UINT64_MAX};

constexpr std::size_t kPage = 4096;

// After the end of an empty file nothing can be read.
void break_page(char* page) {
  const int empty = ::memfd_create("empty", MFD_CLOEXEC);
  ::mmap(page, kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, empty, 0);
  ::close(empty);
}

bool is_one_of(std::string_view name, std::string_view names) {
  while (!names.empty()) {
    const std::size_t comma = std::min(names.find(','), names.size());
    if (names.substr(0, comma) == name) return true;
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return false;
}

}  // namespace

thread_local bool Exempt::on_ = false;

void arm(const Fault& fault) {
  std::lock_guard lock(g_mutex);
  g_fault = fault;
  g_calls = 0;
  g_failures = 0;
  g_failed.clear();
  g_armed = true;
}

void disarm() { g_armed = false; }

std::uint64_t calls() {
  std::lock_guard lock(g_mutex);
  return g_calls;
}

std::uint64_t failures() {
  std::lock_guard lock(g_mutex);
  return g_failures;
}

std::string failed_call() {
  std::lock_guard lock(g_mutex);
  return g_failed;
}

void set_unreadable(std::vector<std::uint64_t> offsets) {
  g_unreadable = std::move(offsets);
  g_unreadable_page = UINT64_MAX;
}

void make_unwritable(std::uint64_t offset) {
  const Exempt own_account;
  break_page(g_mapped_last + offset / kPage * kPage);
}

void make_unreadable(std::uint64_t offset) {
  make_unwritable(offset);
  g_unreadable_page = offset / kPage * kPage;
}

namespace interposed {

void break_pages(void* mapping) {
  const Exempt own_account;
  g_mapped_last = static_cast<char*>(mapping);
  for (const std::uint64_t offset : g_unreadable) break_page(g_mapped_last + offset / kPage * kPage);
}

bool is_unreadable(std::uint64_t begin, std::uint64_t size) {
  const std::uint64_t page = g_unreadable_page;
  return page != UINT64_MAX && begin < page + kPage && begin + size > page;
}

Fate fate_of(const char* name) {
  if (!g_armed || Exempt::on()) return Fate::kGoOn;
  const Exempt own_calls;
  std::lock_guard lock(g_mutex);
  if (!g_fault.only.empty() && !is_one_of(name, g_fault.only)) return Fate::kGoOn;
  ++g_calls;
  const bool hit = g_fault.for_ever ? g_calls >= g_fault.call : g_calls == g_fault.call;
  if (g_fault.call == 0 || !hit) return Fate::kGoOn;
  if (g_fault.kills) ::kill(::getpid(), SIGKILL);
  ++g_failures;
  if (g_failed.empty()) g_failed = name;
  if (g_fault.error == 0) return Fate::kShort;
  errno = g_fault.error;
  return Fate::kFail;
}

void* real(const char* name) {
  const int kept = errno;
  void* const found = ::dlsym(RTLD_NEXT, name);
  if (found == nullptr) std::abort();
  errno = kept;
  return found;
}

}  // namespace interposed
}  // namespace kvstore::test
