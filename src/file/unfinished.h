// Files that are made under provisional names, and get their real names when they are complete. A
// process that is killed meanwhile leaves one.
#pragma once

#include <string>

namespace kvstore::file {

// PATH.unfinished-PID-XXXXXXXX: beside PATH, and unique among processes and threads. The process
// that makes such a file holds its lock until it is renamed.
std::string unfinished_name(const std::string& path);

// Removes the unfinished files of `path` that no process works on: those of killed processes,
// recognised by their lock, which ends with the process. Reads the directory, so it should be
// called rarely. Best effort.
void remove_unfinished(const std::string& path);

// For a program, early in main(): SIGINT, SIGTERM and SIGHUP then remove the noted files before
// they end the process. An ignored signal stays ignored, and a handler that is installed later
// replaces this one.
void remove_unfinished_at_signals();

// Notes a file to be removed at the end of the process; only the newest few are kept. Any thread. A
// file that was renamed since is safe, because no other gets its unfinished_name().
void note_unfinished(const std::string& path);

}  // namespace kvstore::file
