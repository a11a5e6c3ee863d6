// Starts the kvstore binary and talks to it, for tests from the outside.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace kvstore::test {

using Directory = kvstore::testing::TempDir;

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

using Words = std::vector<std::string>;

// A running process with pipes on its three standard descriptors. Killed by the
// destructor if it still runs.
class Process {
 public:
  // argv[0] is a path or found in PATH.
  explicit Process(const Words& argv);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void write(const std::string& bytes);
  void close_input();
  // Exactly `size` bytes of stdout, fewer at its end.
  std::string read(std::size_t size);
  // From stderr, up to and with the newline.
  std::string read_error_line();
  void signal(int number);
  // Writes `input`, closes stdin, reads everything, waits.
  Outcome finish(const std::string& input = {});
  // Closes the reading end of its stdout.
  void close_output();
  int wait();

 private:
  pid_t pid_ = -1;
  int in_ = -1, out_ = -1, err_ = -1;
};

// `kvstore WORDS... < input`, to its end.
Outcome run_kvstore(const Words& words, const std::string& input = {});
Outcome run(const Words& argv, const std::string& input = {});

std::string file_bytes(const std::string& path);
void write_file(const std::string& path, const std::string& bytes);

// A server on a free port, stopped by the destructor.
class Server {
 public:
  explicit Server(const std::string& file, const Words& options = {});
  ~Server();
  const std::string& address() const { return address_; }
  int stop();

 private:
  Process process_;
  std::string address_;
};

}  // namespace kvstore::test
