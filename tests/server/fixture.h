// A server in this process, a server in its own, clients, and tools to talk
// through. Everything waits with a bound and fails with a message: no test
// hangs, and no process outlives its test.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/server.h"
#include "src/store/store.h"
#include "tests/support/temp_dir.h"

namespace kvstore::test {

std::string repeated(std::string_view text, int times);
// A request in RESP.
std::string resp(const std::vector<std::string>& words);

// A raw TCP client.
class Client {
 public:
  explicit Client(const server::Endpoint& endpoint);
  explicit Client(int socket) : socket_(socket) {}  // the client's from now on
  Client(Client&& other) noexcept : socket_(other.socket_) { other.socket_ = -1; }
  Client& operator=(Client&&) = delete;
  ~Client() { disconnect(); }

  void send(std::string_view bytes);
  // What can be sent without waiting; 0 if nothing, -1 if the server is gone.
  long send_some(std::string_view bytes);
  // Exactly `size` bytes, fewer only if the connection ends or nothing comes for 20 s.
  std::string receive(std::size_t size);
  // One recv() of at most `size` bytes.
  std::string receive_once(std::size_t size);
  // Up to and with the newline.
  std::string receive_line();
  // All that comes until the server closes; "<no end>" is appended if it does not.
  std::string receive_all();
  bool has_input() const;  // now: bytes or the end
  void half_close();
  void disconnect();

 private:
  int socket_ = -1;
};

// A store in a temporary directory and a server on a free port.
class TestServer {
 public:
  explicit TestServer(server::Config config = {}, Options options = fast());
  ~TestServer();

  // Without syncs: these tests are about the conversation.
  static Options fast();

  Client connect() const { return Client(server_->endpoint()); }
  // One connection: sends, half-closes, and returns all that came back.
  std::string ask(std::string_view bytes) const;
  std::string port() const { return std::to_string(server_->endpoint().port); }
  std::string log() const;  // what the command log says so far
  // Waits (bounded) until the log says it.
  bool log_says(std::string_view text) const;
  // Waits (bounded) until `least` to `most` bytes of unfinished requests and unread
  // replies are charged.
  bool buffers(std::size_t least, std::size_t most) const;
  Store& store() { return *store_; }
  server::Server& server() { return *server_; }
  const testing::TempDir& directory() const { return directory_; }

 private:
  testing::TempDir directory_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<server::Server> server_;
};

struct Finished {
  int exit_code = -1;  // 128 + the signal's number if one ended it
  std::string output;  // stdout
  std::string errors;  // stderr
};

// Runs a program found on the PATH to its end, or kills it after 60 s. A
// program that is not installed fails the test with a message saying so.
Finished run_tool(const std::vector<std::string>& argv, std::string_view input = {});

// A child process with pipes to its three standard streams.
class Process {
 public:
  explicit Process(const std::vector<std::string>& argv);
  ~Process();  // kills it if it still runs
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void write(std::string_view bytes);
  void close_input();
  std::string read_output(std::size_t size);  // as Client::receive
  std::string read_error_line();
  void signal(int number);
  Finished wait();  // to its end, at most 60 s
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int input_ = -1, output_ = -1, errors_ = -1;
};

// The kvstore binary, listening on a free port.
class ServerProcess {
 public:
  // `ulimit`, if not empty, is what the shell's builtin is given first: "-n 60".
  ServerProcess(const std::string& file, std::vector<std::string> options = {},
                const std::string& ulimit = {});
  Client connect() const { return Client(endpoint_); }
  const server::Endpoint& endpoint() const { return endpoint_; }
  const std::string& ready_line() const { return ready_line_; }
  Process& process() { return process_; }

 private:
  Process process_;
  std::string ready_line_;
  server::Endpoint endpoint_;
};

}  // namespace kvstore::test
