// The shell's history on disk, in libedit's format (strvis), so that an entry may contain newlines.
// Each entry is appended at once: concurrent shells do not overwrite each other's entries, and a
// killed one loses none.
#pragma once

#include <string>
#include <string_view>

#include <histedit.h>

namespace kvstore::repl {

// $XDG_STATE_HOME/kvstore/history, or ~/.local/state/kvstore/history; empty if there is no home
// directory.
std::string default_history_path();

class HistoryFile {
 public:
  // Reads `path` into `history` (at most its size), and shortens a file that has grown too long.
  // With an empty path, or one that cannot be written, nothing is stored: the shell works without a
  // history.
  HistoryFile(History* history, std::string path);

  // Adds an entry to both. Entries over 64 KiB, blank ones, those that begin with a blank (to keep
  // a secret out), and those with passwords are not added.
  void add(std::string_view entry);

 private:
  void append(std::string_view entry) const;
  History* history_;
  std::string path_;
  std::string last_;
};

}  // namespace kvstore::repl
