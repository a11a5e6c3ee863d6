// A directory that may lose power. While one is watched, this test program's own
// link(), rename(), unlink(), open(), fsync() and fdatasync() stand before the C
// library's and keep a journal: which names the directory's files were given since
// the directory was synced last, and which bytes each file had when it was.
//
// A power loss leaves any subset of the unsynced changes of names, in order, and
// of each file what was synced or what is there now. (The order of changes of
// names is not relied on; nor do file systems promise it.)
//
// Thread rule: one watch at a time. Calls of any thread are noted.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace kvstore::testing {

class WatchedDirectory {
 public:
  using State = std::map<std::string, std::string>;  // name -> content

  // Bugs that can be planted.
  struct Planted {
    bool ignore_file_syncs = false;
    bool ignore_directory_syncs = false;
  };

  // What is in the directory now is durable.
  WatchedDirectory(const std::string& path, const Planted& planted);
  ~WatchedDirectory();
  WatchedDirectory(const WatchedDirectory&) = delete;
  WatchedDirectory& operator=(const WatchedDirectory&) = delete;

  // What power losses could have left, at every change of a name and every sync
  // so far.
  const std::vector<State>& states() const { return states_; }
  // What a power loss now could leave.
  std::vector<State> states_now() const;

  // What the calls report: after they succeeded, but before a sync.
  void note_name(const std::string& path);
  void note_no_name(const std::string& path);
  void note_rename(const std::string& from, const std::string& to);
  bool before_sync(int fd);  // false: it is to be left out

 private:
  using Inode = unsigned long;
  using Names = std::map<std::string, Inode>;
  struct Change {
    std::string gone;   // the name that was taken away, or none
    std::string given;  // the name that was given, or none
    Inode inode = 0;    // to this file
  };
  bool is_ours(const std::string& path) const;
  void note(Change change);
  Names names_after(std::size_t subset) const;
  void add_states(const Names& names, std::vector<State>* states) const;

  const std::string path_;
  const Planted planted_;
  Inode directory_ = 0;
  Names durable_;
  std::vector<Change> pending_;
  std::map<Inode, std::string> synced_;  // content
  std::map<Inode, int> files_;           // all that had a name, kept open
  std::vector<State> states_;
};

}  // namespace kvstore::testing
