// Where and under what circumstances the figures were measured.
#pragma once

#include <string>

namespace peers {

struct Circumstances {
  std::string date, cpu, file_system;
  unsigned cores = 0;
  double memory_gib = 0;
  double load_before = 0, load_after = 0;  // load averages of one minute
  // CPU time of everything but this process during the run, in cores; what the kernel
  // writes back for it is included.
  double others_cores = 0;
};

// Bytes of this process's memory that no file backs.
double anonymous_memory();
// Bytes that the files of a directory take on the disk.
double disk_usage(const std::string& directory);

// Notes the beginning when made.
class Observer {
 public:
  explicit Observer(std::string directory);
  Circumstances finish() const;

 private:
  std::string directory_;
  double load_before_, busy_before_, own_before_, begin_;
};

}  // namespace peers
