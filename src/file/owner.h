// Finds the process that holds a file's lock, for the message that the file is in use.
//
// All of it is read from /proc, best effort. What the system does not tell (about processes of
// other users or containers) stays empty; nothing here fails. The result holds only for the moment
// of the call.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/status.h"

namespace kvstore::file {

struct Owner {
  pid_t pid = 0;
  std::vector<std::string> arguments;  // as it was started, raw
  std::string command_line;            // printable: words quoted where needed; may be empty
  std::uint64_t started_us = 0;        // since 1970; 0 if unknown
  std::vector<std::string> listening;  // its TCP ports: "127.0.0.1:7878", "[::1]:7878"
};

// The process that holds flock(2) on this inode; nullopt if there is none, or it is not visible.
std::optional<Owner> find_lock_owner(dev_t device, ino_t inode);

// The same for a path or an open file.
std::optional<Owner> find_lock_owner(const std::string& path);
std::optional<Owner> find_lock_owner(int descriptor);

// The error for the person who wanted to write `path`, kLocked: "data.bin is
// being written by process 1234 (kvstore data.bin --listen 7878) since
// 2026-11-21 10:00:00" (local time), and what they can type next: if the owner
// is a server "it listens: kvstore connect 127.0.0.1:7878" (owner_ports.h), else to wait or to read
// beside it.
Error describe_lock(const std::string& path, const Owner& owner);

}  // namespace kvstore::file
