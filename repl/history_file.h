// The shell's history on disk, in libedit's own format (strvis), so that an
// entry may hold newlines. Each entry is appended as it is made: shells that
// run side by side do not overwrite each other's, and a killed one loses none.
#pragma once

#include <string>
#include <string_view>

#include <histedit.h>

namespace kvstore::repl {

// $XDG_STATE_HOME/kvstore/history, else ~/.local/state/kvstore/history; empty if
// there is no home directory.
std::string default_history_path();

class HistoryFile {
 public:
  // Reads `path` into `history` (at most its size) and shortens a file that has
  // outgrown it. An empty path, or one that cannot be written, keeps nothing:
  // a shell works without a history.
  HistoryFile(History* history, std::string path);

  // Adds to both. Entries over 64 KiB, blank ones, and those that begin with a
  // blank (a way to keep a secret out) are not kept, nor is what gives a password.
  void add(std::string_view entry);

 private:
  void append(std::string_view entry) const;
  History* history_;
  std::string path_;
  std::string last_;
};

}  // namespace kvstore::repl
