#include "tests/crash/watched_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <filesystem>
#include <mutex>

namespace kvstore::testing {
namespace {

std::atomic<WatchedDirectory*> g_watched{nullptr};
std::mutex g_mutex;

unsigned long inode_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

std::string name_of(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

int open_raw(const std::string& path) {
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path.c_str(), O_RDONLY | O_CLOEXEC, 0));
}

std::string content_of(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return {};
  std::string content(static_cast<std::size_t>(info.st_size), '\0');
  const ssize_t n = ::pread(fd, content.data(), content.size(), 0);
  content.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return content;
}

}  // namespace

WatchedDirectory::WatchedDirectory(const std::string& path, const Planted& planted)
    : path_(path), planted_(planted), directory_(inode_of(path)) {
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    const Inode inode = inode_of(entry.path());
    durable_[entry.path().filename()] = inode;
    files_[inode] = open_raw(entry.path());
    synced_[inode] = content_of(files_[inode]);
  }
  g_watched = this;
}

WatchedDirectory::~WatchedDirectory() {
  g_watched = nullptr;
  for (const auto& [inode, fd] : files_) ::close(fd);
}

bool WatchedDirectory::is_ours(const std::string& path) const {
  const auto parent = std::filesystem::path(path).parent_path();
  return inode_of(parent.empty() ? "." : parent.string()) == directory_;
}

void WatchedDirectory::note(Change change) {
  pending_.push_back(std::move(change));
  for (State& state : states_now()) states_.push_back(std::move(state));
}

void WatchedDirectory::note_name(const std::string& path) {
  if (!is_ours(path)) return;
  const Inode inode = inode_of(path);
  if (files_.count(inode) == 0) files_[inode] = open_raw(path);
  note({{}, name_of(path), inode});
}

void WatchedDirectory::note_no_name(const std::string& path) {
  if (is_ours(path)) note({name_of(path), {}, 0});
}

void WatchedDirectory::note_rename(const std::string& from, const std::string& to) {
  if (is_ours(to)) note({name_of(from), name_of(to), inode_of(to)});
}

bool WatchedDirectory::before_sync(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return true;
  if (info.st_ino == directory_) {
    if (planted_.ignore_directory_syncs) return false;
    durable_ = names_after((std::size_t{1} << pending_.size()) - 1);
    pending_.clear();
  } else {
    if (planted_.ignore_file_syncs) return false;
    // The descriptor may be for writing only.
    const int readable = open_raw("/proc/self/fd/" + std::to_string(fd));
    synced_[info.st_ino] = content_of(readable);
    ::close(readable);
  }
  for (State& state : states_now()) states_.push_back(std::move(state));
  return true;
}

// The names if of the pending changes those in `subset`, a bit each, are durable.
WatchedDirectory::Names WatchedDirectory::names_after(std::size_t subset) const {
  Names names = durable_;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if ((subset >> i & 1) == 0) continue;
    names.erase(pending_[i].gone);
    if (!pending_[i].given.empty()) names[pending_[i].given] = pending_[i].inode;
  }
  return names;
}

std::vector<WatchedDirectory::State> WatchedDirectory::states_now() const {
  std::vector<State> states;
  for (std::size_t subset = 0; subset < std::size_t{1} << pending_.size(); ++subset) {
    add_states(names_after(subset), &states);
  }
  return states;
}

void WatchedDirectory::add_states(const Names& names, std::vector<State>* states) const {
  State as_synced, as_now;
  for (const auto& [name, inode] : names) {
    const auto synced = synced_.find(inode);
    as_synced[name] = synced == synced_.end() ? "" : synced->second;
    as_now[name] = content_of(files_.at(inode));
  }
  if (as_now != as_synced) states->push_back(std::move(as_now));
  states->push_back(std::move(as_synced));
}

}  // namespace kvstore::testing

namespace {

using kvstore::testing::g_mutex;
using kvstore::testing::g_watched;

// Calls note(watched) if `done` is a success and a directory is watched.
template <class Note>
int noted(long done, Note note) {
  if (done < 0 || !g_watched.load()) return static_cast<int>(done);
  const int error = errno;
  std::lock_guard lock(g_mutex);
  note(*g_watched.load());
  errno = error;
  return static_cast<int>(done);
}

int sync(long number, int fd) {
  if (auto* watched = g_watched.load()) {
    std::lock_guard lock(g_mutex);
    if (!watched->before_sync(fd)) return 0;
  }
  return static_cast<int>(::syscall(number, fd));
}

int rename_at(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  return noted(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags),
               [&](auto& watched) { watched.note_rename(from, to); });
}

int link_at(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  return noted(::syscall(SYS_linkat, from_folder, from, to_folder, to, flags),
               [&](auto& watched) { watched.note_name(to); });
}

}  // namespace

// No path here is relative to a descriptor: the store and its tools use none.
extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const bool creates = (flags & O_CREAT) != 0;
  const int mode = creates || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, int) : 0;
  va_end(rest);
  struct stat there {};
  const bool is_new = creates && g_watched.load() && ::stat(path, &there) != 0;
  return noted(::syscall(SYS_openat, AT_FDCWD, path, flags, mode), [&](auto& watched) {
    if (is_new) watched.note_name(path);
  });
}

int link(const char* from, const char* to) noexcept {
  return link_at(AT_FDCWD, from, AT_FDCWD, to, 0);
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  return link_at(from_folder, from, to_folder, to, flags);
}
int rename(const char* from, const char* to) noexcept {
  return rename_at(AT_FDCWD, from, AT_FDCWD, to, 0);
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned flags) noexcept {
  return rename_at(from_folder, from, to_folder, to, flags);
}
int unlink(const char* path) noexcept {
  return noted(::syscall(SYS_unlinkat, AT_FDCWD, path, 0),
               [&](auto& watched) { watched.note_no_name(path); });
}
int fsync(int fd) { return sync(SYS_fsync, fd); }
int fdatasync(int fd) { return sync(SYS_fdatasync, fd); }

}  // extern "C"
