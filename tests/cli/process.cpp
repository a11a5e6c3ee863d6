#include "tests/cli/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include <doctest/doctest.h>

namespace kvstore::test {
namespace {

// Nobody's own ~/.kvstorerc takes part in tests.
[[maybe_unused]] const int no_home = ::setenv("HOME", "/dev/null", 1);

void close_one(int& descriptor) {
  if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
}

Words with_program(const Words& words) {
  Words argv{KVSTORE_BINARY};
  argv.insert(argv.end(), words.begin(), words.end());
  return argv;
}

// False at the end of the stream.
bool read_some(int descriptor, std::string* to) {
  char buffer[65536];
  const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
  if (got > 0) to->append(buffer, static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && errno == EINTR);
}

// Reads both streams and writes `input` at the same time, so that no full pipe
// holds anybody up.
void exchange(const std::string& input, int& in, int& out, int& err, Outcome* outcome) {
  std::size_t sent = 0;
  while (out >= 0 || err >= 0) {
    if (in >= 0 && sent == input.size()) close_one(in);
    pollfd wanted[] = {{in, POLLOUT, 0}, {out, POLLIN, 0}, {err, POLLIN, 0}};
    if (::poll(wanted, 3, -1) < 0) continue;
    if (in >= 0 && wanted[0].revents != 0) {
      const ssize_t put = ::write(in, input.data() + sent, std::min<std::size_t>(input.size() - sent, 4096));
      if (put < 0) close_one(in);
      if (put > 0) sent += static_cast<std::size_t>(put);
    }
    if (out >= 0 && wanted[1].revents != 0 && !read_some(out, &outcome->out)) close_one(out);
    if (err >= 0 && wanted[2].revents != 0 && !read_some(err, &outcome->err)) close_one(err);
  }
  close_one(in);
}

}  // namespace

Process::Process(const Words& argv) {
  std::signal(SIGPIPE, SIG_IGN);
  int in[2], out[2], err[2];
  REQUIRE(::pipe2(in, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(err, O_CLOEXEC) == 0);
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(in[0], 0);
    ::dup2(out[1], 1);
    ::dup2(err[1], 2);
    std::signal(SIGPIPE, SIG_DFL);
    ::execvp(words[0], words.data());
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  ::close(err[1]);
  in_ = in[1];
  out_ = out[0];
  err_ = err[0];
  if (pid_ < 0) FAIL("cannot start a process");
}

Process::~Process() {
  close_one(in_);
  close_one(out_);
  close_one(err_);
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Process::write(const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t put = ::write(in_, bytes.data() + sent, bytes.size() - sent);
    REQUIRE(put > 0);
    sent += static_cast<std::size_t>(put);
  }
}

void Process::close_input() { close_one(in_); }
void Process::close_output() { close_one(out_); }

std::string Process::read(std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got = ::read(out_, bytes.data() + filled, size - filled);
    if (got <= 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

std::string Process::read_error_line() {
  std::string line;
  char byte = 0;
  while (byte != '\n' && ::read(err_, &byte, 1) == 1) line += byte;
  return line;
}

// kill(-1) would be every process of the machine.
void Process::signal(int number) {
  if (pid_ > 0) ::kill(pid_, number);
}

int Process::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Outcome Process::finish(const std::string& input) {
  Outcome outcome;
  exchange(input, in_, out_, err_, &outcome);
  outcome.code = wait();
  return outcome;
}

Outcome run(const Words& argv, const std::string& input) {
  return Process(argv).finish(input);
}

Outcome run_kvstore(const Words& words, const std::string& input) {
  return run(with_program(words), input);
}

std::string file_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

Server::Server(const std::string& file, const Words& options)
    : process_([&] {
        Words argv{KVSTORE_BINARY, file, "--listen", "0", "--log-level", "off"};
        argv.insert(argv.end(), options.begin(), options.end());
        return argv;
      }()) {
  for (std::string line = process_.read_error_line(); !line.empty();
       line = process_.read_error_line()) {
    const std::size_t at = line.find("127.0.0.1:");
    if (line.find("ready on") == line.npos || at == line.npos) continue;
    address_ = line.substr(at, line.find_first_not_of("0123456789", at + 10) - at);
    return;
  }
  FAIL("the server did not say where it is ready");
}

int Server::stop() {
  process_.signal(SIGTERM);
  return process_.wait();
}

Server::~Server() { process_.signal(SIGTERM); }

}  // namespace kvstore::test
