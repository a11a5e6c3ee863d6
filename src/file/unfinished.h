// Files that are being made under a name of their own, and get their real one
// when they are whole. A process that is killed meanwhile leaves one behind.
#pragma once

#include <string>
#include <utility>

#include <unistd.h>

namespace kvstore::file {

// A name that is taken away again, whatever happens, unless it is kept.
class ProvisionalName {
 public:
  explicit ProvisionalName(std::string path) : path_(std::move(path)) {}
  ~ProvisionalName() {
    if (given_) ::unlink(path_.c_str());
  }
  ProvisionalName(const ProvisionalName&) = delete;
  ProvisionalName& operator=(const ProvisionalName&) = delete;
  void given() { given_ = true; }  // the file has it now
  void keep() { given_ = false; }

 private:
  const std::string path_;
  bool given_ = false;
};

// PATH.unfinished-PID-XXXXXXXX: beside PATH, and no other process's or thread's.
// Whoever makes a file of that name holds its lock until it is renamed.
std::string unfinished_name(const std::string& path);

// Removes the unfinished files of `path` that nobody is at work on: those of
// killed processes, told by their lock, which ends with its process. Looks
// through the directory, so it is for rare occasions. Best effort.
void remove_unfinished(const std::string& path);

}  // namespace kvstore::file
