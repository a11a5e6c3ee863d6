#include "src/file/bus_guard.h"

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstring>

#include <unistd.h>

#include "src/base/mutex.h"

namespace kvstore::file {
namespace {

Mutex g_mutex;

struct Mapping {
  std::atomic<std::uintptr_t> base{0};  // 0: free; stored last
  std::size_t size KV_GUARDED_BY(g_mutex) = 0;
  char path[512] KV_GUARDED_BY(g_mutex) = {};
};

Mapping g_mappings[64];
int g_exit_code = 7;

// Only async-signal-safe calls from here on.
void put(const char* text) { [[maybe_unused]] auto n = ::write(2, text, std::strlen(text)); }

void put_number(std::uint64_t number) {
  char digits[24];
  char* at = digits + sizeof digits - 1;
  *at = 0;
  do {
    *--at = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  put(at);
}

// A signal handler may not lock. It reads the mapping that the interrupted call
// is using, which nobody changes meanwhile.
void on_bus_error(int, siginfo_t* info, void*) KV_NO_THREAD_SAFETY_ANALYSIS {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  for (const Mapping& mapping : g_mappings) {
    const std::uintptr_t base = mapping.base.load(std::memory_order_acquire);
    if (base == 0 || address < base || address - base >= mapping.size) continue;
    put("kvstore: IO: ");
    put(mapping.path);
    put(": cannot read offset ");
    put_number(address - base);
    put(": the file was cut short by another program, or the disk failed there;"
        " run: kvstore verify ");
    put(mapping.path);
    put("\n");
    ::_exit(g_exit_code);
  }
  ::signal(SIGBUS, SIG_DFL);  // not ours: let it happen again, bare
}

}  // namespace

void install_bus_guard(int exit_code) {
  g_exit_code = exit_code;
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, nullptr);
}

void register_mapping(const void* base, std::size_t size, const std::string& path) {
  MutexLock lock(g_mutex);
  for (Mapping& mapping : g_mappings) {
    if (mapping.base.load(std::memory_order_relaxed) != 0) continue;
    mapping.size = size;
    std::strncpy(mapping.path, path.c_str(), sizeof mapping.path - 1);
    mapping.base.store(reinterpret_cast<std::uintptr_t>(base), std::memory_order_release);
    return;
  }
}

void unregister_mapping(const void* base) {
  MutexLock lock(g_mutex);
  for (Mapping& mapping : g_mappings) {
    if (mapping.base.load(std::memory_order_relaxed) == reinterpret_cast<std::uintptr_t>(base)) {
      mapping.base.store(0, std::memory_order_release);
    }
  }
}

}  // namespace kvstore::file
