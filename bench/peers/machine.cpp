#include "bench/peers/machine.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace peers {
namespace {

double load_average() {
  double one_minute = 0;
  return getloadavg(&one_minute, 1) == 1 ? one_minute : 0;
}

// CPU seconds that all processes and the kernel have used since the machine started.
double busy_seconds() {
  std::ifstream stat("/proc/stat");
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0;
  stat >> cpu >> user >> nice >> system >> idle >> wait >> irq >> softirq;
  return (user + nice + system + irq + softirq) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double own_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double wall_seconds() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown CPU";
}

std::string file_system_of(const std::string& directory) {
  struct statfs at {};
  if (statfs(directory.c_str(), &at) != 0) return "unknown file system";
  switch (static_cast<unsigned long>(at.f_type)) {
    case 0xEF53:
      return "ext4";
    case 0x58465342:
      return "xfs";
    case 0x9123683E:
      return "btrfs";
    case 0x01021994:
      return "tmpfs";
    case 0x794C7630:
      return "overlayfs";
    default:
      return fmt::format("file system {:#x}", at.f_type);
  }
}

}  // namespace

Observer::Observer(std::string directory)
    : directory_(std::move(directory)),
      load_before_(load_average()),
      busy_before_(busy_seconds()),
      own_before_(own_seconds()),
      begin_(wall_seconds()) {}

Circumstances Observer::finish() const {
  Circumstances now;
  now.date = fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::time(nullptr)));
  now.cpu = cpu_model();
  now.file_system = file_system_of(directory_);
  now.cores = std::thread::hardware_concurrency();
  now.memory_gib = static_cast<double>(sysconf(_SC_PHYS_PAGES)) *
                   static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 30);
  now.load_before = load_before_;
  now.load_after = load_average();
  now.others_cores =
      (busy_seconds() - busy_before_ - (own_seconds() - own_before_)) / (wall_seconds() - begin_);
  return now;
}

double anonymous_memory() {
  std::ifstream status("/proc/self/status");
  std::string word;
  double kib = 0;
  while (status >> word) {
    if (word == "RssAnon:") status >> kib;
  }
  return kib * 1024;
}

double disk_usage(const std::string& directory) {
  double bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    struct stat about {};
    if (::stat(entry.path().c_str(), &about) == 0 && S_ISREG(about.st_mode)) {
      bytes += 512.0 * static_cast<double>(about.st_blocks);
    }
  }
  return bytes;
}

}  // namespace peers
