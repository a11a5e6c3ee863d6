// Files that are being made under a name of their own, and get their real one
// when they are whole. A process that is killed meanwhile leaves one behind.
#pragma once

#include <string>

namespace kvstore::file {

// PATH.unfinished-PID-XXXXXXXX: beside PATH, and no other process's or thread's.
// Whoever makes a file of that name holds its lock until it is renamed.
std::string unfinished_name(const std::string& path);

// Removes the unfinished files of `path` that nobody is at work on: those of
// killed processes, told by their lock, which ends with its process. Looks
// through the directory, so it is for rare occasions. Best effort.
void remove_unfinished(const std::string& path);

// For a program, early in main(): from now on SIGINT, SIGTERM and SIGHUP still end the process,
// but remove what it has noted before. One that is ignored stays so, and a handler that is
// installed later takes the place of this.
void remove_unfinished_at_signals();

// A file that is to go with the process; the newest few are known. Any thread. A file that has
// been renamed since is safe, as no other gets a name of unfinished_name().
void note_unfinished(const std::string& path);

}  // namespace kvstore::file
