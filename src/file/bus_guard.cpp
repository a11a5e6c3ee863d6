#include "src/file/bus_guard.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <mutex>

#include "src/base/mutex.h"
#include "src/file/size_limit.h"

namespace kvstore::file {
namespace detail {

std::atomic<std::uint64_t> g_substitutes{0};
std::atomic<std::uint64_t> g_held_areas{0};

}  // namespace detail

namespace {

constexpr std::size_t kMaxUnreadable = 512;  // pages of a mapping that are recorded one by one
constexpr std::uint64_t kMaxReported = 8;    // pages reported with a line each
constexpr std::uint64_t kNone = UINT64_MAX;
constexpr std::uint64_t kPage = 4096;  // private copies are made only where pages have this size
constexpr std::uint64_t kMaxCopied = 512;  // pages that one fault replaces

Mutex g_mutex;

// Pages replaced by private copies. Only the thread that stores to the area faults there, and so
// only that thread changes this.
struct HeldArea {
  std::atomic<std::uint64_t> begin{0}, end{0};
  bool is_empty() const { return begin.load() >= end.load(); }
};

struct Mapping {
  std::atomic<std::uintptr_t> base{0};  // 0: free; stored last
  std::size_t size KV_GUARDED_BY(g_mutex) = 0;
  int descriptor KV_GUARDED_BY(g_mutex) = -1;
  bool writable KV_GUARDED_BY(g_mutex) = false;
  char path[512] KV_GUARDED_BY(g_mutex) = {};
  // Written by the signal handler.
  std::atomic<std::uint64_t> cut_from{kNone};    // from here on everything is zeros
  std::atomic<std::size_t> unreadable_count{0};  // if there are more than fit, all count as
                                                 // unreadable
  std::atomic<std::uint64_t> unreadable[kMaxUnreadable] = {};  // offset of the page, plus one
  HeldArea first_page, others;
};

Mapping g_mappings[64];
int g_exit_code = 7;
std::uint64_t g_page_size = 4096;
std::atomic<std::uint64_t> g_reported{0};

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

void report(const Mapping& mapping, std::uint64_t offset,
            const char* why) KV_NO_THREAD_SAFETY_ANALYSIS {
  put("kvstore: IO: ");
  put(mapping.path);
  put(": cannot read offset ");
  put_number(offset);
  put(why);
  put("; run: kvstore verify ");
  put(mapping.path);
  put("\n");
}

[[noreturn]] void give_up(const Mapping& mapping, std::uint64_t offset, const char* why) {
  report(mapping, offset, why);
  ::_exit(g_exit_code);
}

// Recorded before the zeros become visible.
void note_unreadable(Mapping& mapping, std::uint64_t page) {
  const std::size_t known = std::min(mapping.unreadable_count.load(), kMaxUnreadable);
  for (std::size_t i = 0; i < known; ++i) {
    if (mapping.unreadable[i].load() == page + 1) return;
  }
  const std::size_t place = mapping.unreadable_count.fetch_add(1);
  if (place < kMaxUnreadable) mapping.unreadable[place].store(page + 1);
  detail::g_substitutes.fetch_add(1, std::memory_order_acq_rel);
}

bool put_zeros(std::uintptr_t at, std::size_t size, bool writable) {
  return ::mmap(reinterpret_cast<void*>(at), size, writable ? PROT_READ | PROT_WRITE : PROT_READ,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED;
}

// Returns false the first time, to try again: disks have temporary errors, and the file may have
// been cut and grown again between the fault and the check of its size.
bool failed_before(std::uintptr_t address) {
  static thread_local std::uintptr_t last = 0;
  const bool before = last == address;
  last = before ? 0 : address;
  return before;
}

void substitute(Mapping& mapping, std::uintptr_t base,
                std::uint64_t offset) KV_NO_THREAD_SAFETY_ANALYSIS {
  const std::uint64_t page = offset / g_page_size * g_page_size;
  struct stat info {};
  const bool cut =
      ::fstat(mapping.descriptor, &info) == 0 && page >= static_cast<std::uint64_t>(info.st_size);
  if (!cut && !failed_before(base + offset)) return;
  if (cut && mapping.writable)
    give_up(mapping, offset, ": the file was cut short by another program");
  if (cut) {
    mapping.cut_from.store(std::min(page, mapping.cut_from.load()));
    detail::g_substitutes.fetch_add(1, std::memory_order_acq_rel);
  } else {
    note_unreadable(mapping, page);
  }
  const std::size_t size = cut ? mapping.size - page : g_page_size;
  if (!put_zeros(base + page, size, mapping.writable)) {
    give_up(mapping, offset,
            ": the disk failed there, or the file was cut short by another program");
  }
  if (!cut && g_reported.fetch_add(1) < kMaxReported) {
    report(mapping, page, ": the disk failed there, and the records in this page are damaged");
  }
}

// Whether the interrupted instruction stores. False if the processor does not tell.
bool is_store([[maybe_unused]] const void* context) {
#if defined(__x86_64__)
  constexpr greg_t kWrite = 2;
  return (static_cast<const ucontext_t*>(context)->uc_mcontext.gregs[REG_ERR] & kWrite) != 0;
#elif defined(__aarch64__)
  constexpr std::uint32_t kSyndromeMagic = 0x45535201;  // ESR_MAGIC
  constexpr std::uint64_t kWrite = 1 << 6;              // WnR
  const auto* at = reinterpret_cast<const std::uint8_t*>(
      static_cast<const ucontext_t*>(context)->uc_mcontext.__reserved);
  for (std::uint32_t head[2];; at += head[1]) {  // a list of records: magic number, size
    std::memcpy(head, at, sizeof head);
    if (head[0] == 0 || head[1] == 0) return false;
    if (head[0] != kSyndromeMagic) continue;
    std::uint64_t syndrome = 0;
    std::memcpy(&syndrome, at + sizeof head, sizeof syndrome);
    return (syndrome & kWrite) != 0;
  }
#else
  return false;
#endif
}

// Reads up to the file's end; what is after it is zeros already.
bool fill(int descriptor, std::uint8_t* to, std::uint64_t offset, std::uint64_t size) {
  while (size > 0) {
    const ssize_t n = ::pread(descriptor, to, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n == 0;
    to += n;
    offset += static_cast<std::uint64_t>(n);
    size -= static_cast<std::uint64_t>(n);
  }
  return true;
}

// Other threads may be reading these pages, so the copy takes their place complete, in one step.
bool replace_by_copy(int descriptor, std::uintptr_t base, std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t size = end - begin;
  void* const copy =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (copy == MAP_FAILED) return false;
  const bool done = fill(descriptor, static_cast<std::uint8_t*>(copy), begin, size) &&
                    ::mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED,
                             reinterpret_cast<void*>(base + begin)) != MAP_FAILED;
  if (!done) ::munmap(copy, size);
  return done;
}

// Holds private copies from `page` on: each time twice as many as before, because each such fault
// may take the file system long. An area is one range, so what lies between is copied, too. False:
// the page cannot be read, or there is no memory.
bool hold(Mapping& mapping, std::uintptr_t base, std::uint64_t page) KV_NO_THREAD_SAFETY_ANALYSIS {
  struct stat info {};
  if (g_page_size != kPage || ::fstat(mapping.descriptor, &info) != 0) return false;
  const auto file_size = static_cast<std::uint64_t>(info.st_size);
  if (page >= file_size) return false;
  HeldArea& area = page == 0 ? mapping.first_page : mapping.others;
  const bool is_first = area.is_empty();
  const std::uint64_t begin = is_first ? page : area.begin.load();
  const std::uint64_t end = is_first ? page : area.end.load();
  if (page >= begin && page < end) return false;  // the memory itself failed
  if (page < begin) {
    if (!replace_by_copy(mapping.descriptor, base, page, begin)) return false;
    area.begin.store(page);
    return true;
  }
  const std::uint64_t more =
      page == 0 ? 1 : std::clamp<std::uint64_t>((end - begin) / kPage, 1, kMaxCopied);
  const std::uint64_t to = std::min(page + more * kPage, (file_size + kPage - 1) / kPage * kPage);
  if (!replace_by_copy(mapping.descriptor, base, end, to)) return false;
  area.begin.store(begin);
  area.end.store(to);
  if (is_first) detail::g_held_areas.fetch_add(1);
  return true;
}

// A signal handler cannot lock. It reads the mapping that the interrupted call is using, which does
// not change meanwhile.
void on_bus_error(int, siginfo_t* info, void* context) KV_NO_THREAD_SAFETY_ANALYSIS {
  const int error = errno;
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  for (Mapping& mapping : g_mappings) {
    const std::uintptr_t base = mapping.base.load(std::memory_order_acquire);
    if (base == 0 || address < base || address - base >= mapping.size) continue;
    const std::uint64_t page = (address - base) / g_page_size * g_page_size;
    if (!mapping.writable || !is_store(context) || !hold(mapping, base, page))
      substitute(mapping, base, address - base);
    errno = error;
    return;
  }
  ::signal(SIGBUS, SIG_DFL);  // not our mapping: repeat the signal without a handler
}

// Whether [first, last) of a mapping includes a page replaced by zeros.
bool meets_unreadable(const Mapping& mapping, std::uint64_t first, std::uint64_t last) {
  const std::size_t count = mapping.unreadable_count.load();
  if (count > kMaxUnreadable) return true;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t noted = mapping.unreadable[i].load();
    // 0: another thread is about to record it.
    if (noted == 0 || (first < noted - 1 + g_page_size && last > noted - 1)) return true;
  }
  return false;
}

template <class Test>
bool any_mapping(const std::uint8_t* begin, const std::uint8_t* end,
                 const Test& test) KV_NO_THREAD_SAFETY_ANALYSIS {
  const auto from = reinterpret_cast<std::uintptr_t>(begin);
  const auto to = reinterpret_cast<std::uintptr_t>(end);
  if (from >= to) return false;
  for (const Mapping& mapping : g_mappings) {
    const std::uintptr_t base = mapping.base.load(std::memory_order_acquire);
    if (base == 0 || from < base || from - base >= mapping.size) continue;
    return test(mapping, from - base, to - base);
  }
  return false;
}

}  // namespace

namespace detail {

bool has_unreadable(const std::uint8_t* begin, const std::uint8_t* end) {
  return any_mapping(begin, end, meets_unreadable);
}

bool has_substitute(const std::uint8_t* begin, const std::uint8_t* end) {
  return any_mapping(begin, end, [](const Mapping& mapping, std::uint64_t from, std::uint64_t to) {
    return to > mapping.cut_from.load() || meets_unreadable(mapping, from, to);
  });
}

}  // namespace detail

void install_bus_guard_unless_handled() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction now {};
    const bool asked = sigaction(SIGBUS, nullptr, &now) == 0;
    const bool has_action = (now.sa_flags & SA_SIGINFO) != 0 || now.sa_handler != SIG_DFL;
    if (asked && !has_action) install_bus_guard(g_exit_code);
  });
}

void install_bus_guard(int exit_code) {
  g_exit_code = exit_code;
  if (const long size = ::sysconf(_SC_PAGESIZE); size > 0)
    g_page_size = static_cast<std::uint64_t>(size);
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, nullptr);
}

void register_mapping(const GuardedMapping& of) {
  MutexLock lock(g_mutex);
  for (Mapping& mapping : g_mappings) {
    if (mapping.base.load(std::memory_order_relaxed) != 0) continue;
    mapping.size = of.size;
    mapping.descriptor = of.descriptor;
    mapping.writable = of.writable;
    std::strncpy(mapping.path, of.path.c_str(), sizeof mapping.path - 1);
    mapping.cut_from.store(kNone);
    mapping.unreadable_count.store(0);
    for (auto& page : mapping.unreadable) page.store(0, std::memory_order_relaxed);
    for (HeldArea* const area : {&mapping.first_page, &mapping.others}) area->end.store(0);
    mapping.base.store(reinterpret_cast<std::uintptr_t>(of.base), std::memory_order_release);
    return;
  }
}

void unregister_mapping(const void* base) {
  MutexLock lock(g_mutex);
  for (Mapping& mapping : g_mappings) {
    if (mapping.base.load(std::memory_order_relaxed) == reinterpret_cast<std::uintptr_t>(base)) {
      for (const HeldArea* const area : {&mapping.first_page, &mapping.others}) {
        if (!area->is_empty()) detail::g_held_areas.fetch_sub(1);
      }
      mapping.base.store(0, std::memory_order_release);
    }
  }
}

namespace {

// Whether the file has these bytes, up to its end.
bool has_bytes(int descriptor, const std::uint8_t* bytes, std::uint64_t offset,
               std::uint64_t size) {
  std::uint8_t there[kPage] = {};
  return fill(descriptor, there, offset, size) && std::memcmp(there, bytes, size) == 0;
}

// Returns 0 or an errno.
int write_page(int descriptor, const std::uint8_t* bytes, std::uint64_t offset,
               std::uint64_t size) {
  const NoSizeSignal no_signal;
  while (size > 0) {
    const ssize_t n = ::pwrite(descriptor, bytes, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 ? errno : ENOSPC;
    bytes += n;
    offset += static_cast<std::uint64_t>(n);
    size -= static_cast<std::uint64_t>(n);
  }
  return 0;
}

// Writes the area's last page, as far as the file reaches.
Status write_last_page(Mapping& mapping, HeldArea& area,
                       Unchanged unchanged) KV_NO_THREAD_SAFETY_ANALYSIS {
  auto* const base = reinterpret_cast<std::uint8_t*>(mapping.base.load());
  const std::uint64_t page = area.end.load() - kPage;
  struct stat info {};
  if (::fstat(mapping.descriptor, &info) != 0) return fail_errno(errno, "look at", mapping.path);
  const auto file_size = std::max(page, static_cast<std::uint64_t>(info.st_size));
  const std::uint64_t size = std::min(kPage, file_size - page);
  const bool is_same =
      unchanged == Unchanged::kRelease && has_bytes(mapping.descriptor, base + page, page, size);
  const int error = is_same ? 0 : write_page(mapping.descriptor, base + page, page, size);
  if (error != 0) {
    Error why = fail_errno(error, "write", mapping.path).value();
    if (why.code == Code::kFull) return fail(std::move(why));
    note_unreadable(mapping, page);  // the copy stays, and never reaches the disk
  } else if (::mmap(base + page, kPage, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_FIXED | MAP_NORESERVE, mapping.descriptor,
                    static_cast<off_t>(page)) == MAP_FAILED) {
    return fail_errno(errno, "map", mapping.path);
  }
  area.end.store(page);
  if (area.is_empty()) detail::g_held_areas.fetch_sub(1);
  return {};
}

}  // namespace

Status write_back(void* base, std::uint64_t begin, std::uint64_t end, Unchanged unchanged) {
  for (Mapping& mapping : g_mappings) {
    if (mapping.base.load() != reinterpret_cast<std::uintptr_t>(base)) continue;
    for (HeldArea* const area : {&mapping.first_page, &mapping.others}) {
      const bool is_asked = area == &mapping.others ? end > kPage : begin < kPage;
      while (is_asked && !area->is_empty()) KV_TRY(write_last_page(mapping, *area, unchanged));
    }
  }
  return {};
}

Status map_grown_end(void* base, std::uint64_t file_size) {
  if (detail::g_substitutes.load(std::memory_order_acquire) == 0) return {};
  MutexLock lock(g_mutex);
  for (Mapping& mapping : g_mappings) {
    if (mapping.base.load(std::memory_order_relaxed) != reinterpret_cast<std::uintptr_t>(base))
      continue;
    const std::uint64_t from = mapping.cut_from.load();
    if (file_size <= from) return {};
    // If a page is cut off again meanwhile, its next access records that again.
    mapping.cut_from.store(kNone);
    if (::mmap(static_cast<std::uint8_t*>(base) + from, mapping.size - from, PROT_READ,
               MAP_SHARED | MAP_FIXED | MAP_NORESERVE, mapping.descriptor,
               static_cast<off_t>(from)) == MAP_FAILED) {
      const int error = errno;
      mapping.cut_from.store(from);
      return fail_errno(error, "map", mapping.path);
    }
    return {};
  }
  return {};
}

}  // namespace kvstore::file
