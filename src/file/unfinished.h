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

}  // namespace kvstore::file
