#include "src/file/owner.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <sstream>
#include <string_view>

#include <fmt/format.h>

#include "src/base/civil_time.h"
#include "src/base/quote.h"
#include "src/base/utf8.h"
#include "src/file/owner_ports.h"

namespace kvstore::file {
namespace {

constexpr std::size_t kMaxCommandLine = 400;  // bytes shown of a command line

std::string read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// --- /proc/locks ---------------------------------------------------------

struct LockLine {
  pid_t pid = 0;
  dev_t device = 0;
  ino_t inode = 0;
};

// Parses "1: FLOCK  ADVISORY  WRITE 4899 fe:00:10952850 0 EOF"; the line of a waiter has "->" after
// the number and is not an owner.
std::optional<LockLine> parse_lock_line(const std::string& line) {
  char kind[16] = {}, advisory[16] = {}, mode[16] = {};
  long pid = 0;
  unsigned major_number = 0, minor_number = 0;
  unsigned long inode = 0;
  const int fields = std::sscanf(line.c_str(), "%*d: %15s %15s %15s %ld %x:%x:%lu", kind, advisory,
                                 mode, &pid, &major_number, &minor_number, &inode);
  if (fields != 7 || std::string_view(kind) != "FLOCK") return std::nullopt;
  return LockLine{static_cast<pid_t>(pid), makedev(major_number, minor_number), inode};
}

// --- /proc/PID/fd --------------------------------------------------------

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

std::vector<std::string> descriptors_of(pid_t pid) {
  std::vector<std::string> paths;
  const std::string parent = fmt::format("/proc/{}/fd", pid);
  const Directory directory(opendir(parent.c_str()), closedir);
  if (!directory) return paths;
  while (const dirent* entry = readdir(directory.get())) {
    if (entry->d_name[0] != '.') paths.push_back(parent + "/" + entry->d_name);
  }
  return paths;
}

bool has_open(pid_t pid, dev_t device, ino_t inode) {
  const auto paths = descriptors_of(pid);
  return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
    struct stat info {};
    return stat(path.c_str(), &info) == 0 && info.st_dev == device && info.st_ino == inode;
  });
}

// Layered file systems (overlayfs, btrfs) report another device in /proc/locks than stat does. Then
// the inode number is accepted if the process has the file open.
std::optional<pid_t> find_lock_pid(dev_t device, ino_t inode) {
  std::ifstream locks("/proc/locks");
  std::optional<pid_t> likely;
  for (std::string line; std::getline(locks, line);) {
    const auto lock = parse_lock_line(line);
    if (!lock || lock->inode != inode || lock->pid <= 0) continue;
    if (lock->device == device) return lock->pid;
    if (has_open(lock->pid, device, inode)) likely = lock->pid;
  }
  return likely;
}

// --- Description of the process ------------------------------------------

// A process chooses its own command line, so it must be escaped.
void append_word(std::string_view word, std::string* out) {
  if (is_bare_word(word)) {
    *out += word;
  } else {
    append_quoted(word, out, word.npos, Controls::kHex);
  }
}

std::vector<std::string> arguments_of(pid_t pid) {
  const std::string raw = read_whole(fmt::format("/proc/{}/cmdline", pid));
  std::vector<std::string> arguments;
  for (std::size_t at = 0; at < raw.size();) {
    const std::size_t end = std::min(raw.find('\0', at), raw.size());
    arguments.push_back(raw.substr(at, end - at));
    at = end + 1;
  }
  return arguments;
}

std::string command_line_of(const std::vector<std::string>& arguments) {
  std::string line;
  std::size_t shown = 0;
  for (; shown < arguments.size() && line.size() < kMaxCommandLine; ++shown) {
    if (shown != 0) line.push_back(' ');
    append_word(utf8_prefix(arguments[shown], kMaxCommandLine), &line);
  }
  line.resize(utf8_prefix(line, kMaxCommandLine).size());
  if (shown < arguments.size()) line += " ...";
  return line;
}

// Field 22 of /proc/PID/stat, in ticks since boot. Field 2, the name, may have blanks and
// parentheses: fields are counted from its last ')'.
std::uint64_t start_ticks_of(pid_t pid) {
  const std::string text = read_whole(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string field;
  for (int number = 3; number <= 22; ++number) {
    if (!(fields >> field)) return 0;
  }
  std::uint64_t ticks = 0;
  std::from_chars(field.data(), field.data() + field.size(), ticks);
  return ticks;
}

std::uint64_t boot_time_s() {
  std::ifstream stat("/proc/stat");
  for (std::string line; std::getline(stat, line);) {
    if (line.rfind("btime ", 0) == 0) return std::strtoull(line.c_str() + 6, nullptr, 10);
  }
  return 0;
}

std::uint64_t started_us_of(pid_t pid) {
  const std::uint64_t ticks = start_ticks_of(pid);
  const std::uint64_t boot = boot_time_s();
  const long per_second = sysconf(_SC_CLK_TCK);
  if (ticks == 0 || boot == 0 || per_second <= 0) return 0;
  return boot * 1'000'000 + ticks * 1'000'000 / static_cast<std::uint64_t>(per_second);
}

// --- Addresses it listens on ---------------------------------------------

std::set<unsigned long> sockets_of(pid_t pid) {
  std::set<unsigned long> inodes;
  for (const std::string& path : descriptors_of(pid)) {
    char target[64] = {};
    if (readlink(path.c_str(), target, sizeof target - 1) <= 0) continue;
    unsigned long inode = 0;
    if (std::sscanf(target, "socket:[%lu]", &inode) == 1) inodes.insert(inode);
  }
  return inodes;
}

// The kernel prints an address as 32-bit words in the machine's byte order: "0100007F" is
// 127.0.0.1. Parsing each word restores its bytes.
std::string socket_address(const char* hex, unsigned port) {
  std::uint32_t words[4] = {};
  const std::size_t word_count = std::strlen(hex) / 8;
  for (std::size_t i = 0; i < word_count && i < 4; ++i) std::sscanf(hex + i * 8, "%8x", &words[i]);
  char text[INET6_ADDRSTRLEN] = {};
  const bool v6 = word_count == 4;
  if (!inet_ntop(v6 ? AF_INET6 : AF_INET, words, text, sizeof text)) return {};
  return v6 ? fmt::format("[{}]:{}", text, port) : fmt::format("{}:{}", text, port);
}

// "   0: 0100007F:1EC6 00000000:0000 0A ... uid timeout inode"; 0A is LISTEN.
void collect_listening(const char* table, const std::set<unsigned long>& sockets,
                       std::vector<std::string>* out) {
  std::ifstream in(table);
  for (std::string line; std::getline(in, line);) {
    char address[33] = {};
    unsigned port = 0, state = 0;
    unsigned long inode = 0;
    const int fields =
        std::sscanf(line.c_str(), " %*d: %32[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %*s %*s %lu", address,
                    &port, &state, &inode);
    if (fields == 4 && state == 0x0A && sockets.count(inode) != 0) {
      out->push_back(socket_address(address, port));
    }
  }
}

// Reads the owner's own /proc/PID/net, which is that of its network namespace.
std::vector<std::string> listening_of(pid_t pid) {
  std::vector<std::string> addresses;
  const auto sockets = sockets_of(pid);
  if (sockets.empty()) return addresses;
  for (const char* family : {"tcp", "tcp6"}) {
    collect_listening(fmt::format("/proc/{}/net/{}", pid, family).c_str(), sockets, &addresses);
  }
  return addresses;
}

// --- Messages ------------------------------------------------------------

// Another program may hold the lock through the library, and listen for reasons of its own.
bool is_kvstore(const Owner& owner) {
  if (owner.arguments.empty()) return false;
  const std::string& program = owner.arguments.front();
  return program.substr(program.rfind('/') + 1).starts_with("kvstore");
}

std::string list_of(const std::vector<std::string>& addresses) {
  std::string list;
  for (const std::string& address : addresses) list += (list.empty() ? "" : ", ") + address;
  return list;
}

// What reaches an owner that serves; empty: nothing known does.
std::string hint_for_server(const Owner& owner) {
  if (owner.listening.empty() || !is_kvstore(owner)) return {};
  const OwnerPorts ports = find_owner_ports(owner.arguments, owner.listening);
  if (!ports.text.empty()) return "it listens: kvstore connect " + ports.text;
  if (!ports.tls.empty()) return "it listens: kvstore connect --tls " + ports.tls;
  if (ports.is_known && !ports.http.empty()) {
    return fmt::format("it serves HTTP: curl {}/KEY; with --listen it would serve kvstore connect, too",
                       ports.http);
  }
  if (ports.is_known) return {};
  return fmt::format("it listens on {}: kvstore connect ADDRESS, with --tls where it speaks TLS",
                     list_of(owner.listening));
}

}  // namespace

std::optional<Owner> find_lock_owner(dev_t device, ino_t inode) {
  const auto pid = find_lock_pid(device, inode);
  if (!pid) return std::nullopt;
  std::vector<std::string> arguments = arguments_of(*pid);
  std::string line = command_line_of(arguments);
  return Owner{*pid, std::move(arguments), std::move(line), started_us_of(*pid),
               listening_of(*pid)};
}

std::optional<Owner> find_lock_owner(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return std::nullopt;
  return find_lock_owner(info.st_dev, info.st_ino);
}

std::optional<Owner> find_lock_owner(int descriptor) {
  struct stat info {};
  if (fstat(descriptor, &info) != 0) return std::nullopt;
  return find_lock_owner(info.st_dev, info.st_ino);
}

Error describe_lock(const std::string& path, const Owner& owner) {
  std::string text = fmt::format("{} is being written by process {}", path, owner.pid);
  if (!owner.command_line.empty()) text += fmt::format(" ({})", owner.command_line);
  if (owner.started_us != 0) text += fmt::format(" since {}", iso_seconds(owner.started_us));
  std::string hint = hint_for_server(owner);
  if (hint.empty()) {
    hint = fmt::format("--wait 60 to wait longer, or read beside it: kvstore --read-only {}", path);
  }
  return Error{Code::kLocked, std::move(text), std::move(hint)};
}

}  // namespace kvstore::file
