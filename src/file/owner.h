// Who holds a file's lock: so that "the file is in use" can name the process.
//
// All of it is read from /proc and best effort. What the system does not tell
// us (another user's process, another container's) stays empty; nothing here
// fails. The answer is true for the moment of the question only.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kvstore::file {

struct Owner {
  pid_t pid = 0;
  std::string command_line;            // printable: words quoted where needed; may be empty
  std::uint64_t started_us = 0;        // since 1970; 0 if unknown
  std::vector<std::string> listening;  // its TCP ports: "127.0.0.1:7878", "[::1]:7878"
};

// The process that holds flock(2) on this inode; nullopt if nobody does or
// nobody visible to us.
std::optional<Owner> find_lock_owner(dev_t device, ino_t inode);

// The same of a path or an open file.
std::optional<Owner> find_lock_owner(const std::string& path);
std::optional<Owner> find_lock_owner(int descriptor);

// Two sentences for the person who wanted to write `path`:
// "data.bin is being written by process 1234 (kvstore data.bin --listen 7878)
// since 2026-11-21 10:00:00". Local time.
std::string describe_owner(const std::string& path, const std::optional<Owner>& owner);

// What they can type next: "kvstore connect 127.0.0.1:7878" if the owner
// listens, else the read-only way in.
std::string owner_hint(const std::string& path, const std::optional<Owner>& owner);

}  // namespace kvstore::file
