#include "tests/server/fixture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include <doctest/doctest.h>

extern char** environ;

namespace kvstore::test {
namespace {

constexpr int kPatienceMs = 20'000;
constexpr auto kToolLimit = std::chrono::seconds(60);

using Clock = std::chrono::steady_clock;

// Asks again and again, until patience is over.
bool comes_true(const std::function<bool()>& question) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(kPatienceMs);
  while (!question()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

bool readable(int descriptor) {
  pollfd entry{descriptor, POLLIN, 0};
  return ::poll(&entry, 1, kPatienceMs) == 1;
}

// Reads until `size` bytes, the end, or patience is over.
std::string read_upto(int descriptor, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t have = 0;
  while (have < size && readable(descriptor)) {
    const ssize_t got = ::read(descriptor, bytes.data() + have, size - have);
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

std::string read_line(int descriptor) {
  std::string line;
  char byte = 0;
  while (readable(descriptor) && ::read(descriptor, &byte, 1) == 1) {
    line.push_back(byte);
    if (byte == '\n') break;
  }
  return line;
}

// Without SIGPIPE, whatever the descriptor is.
bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(descriptor, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() { REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
};

pid_t spawn(const std::vector<std::string>& argv, int input, int output, int errors) {
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output, 1);
  ::posix_spawn_file_actions_adddup2(&actions, errors, 2);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, words[0], &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  const std::string hint = "cannot run '" + argv[0] +
                           "': these tests need the Debian packages redis-tools and "
                           "netcat-openbsd, and the kvstore binary";
  REQUIRE_MESSAGE(error == 0, hint);
  return pid;
}

const bool kIgnoresPipeSignals = ::signal(SIGPIPE, SIG_IGN) != SIG_ERR;

}  // namespace

std::string resp(const std::vector<std::string>& words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) {
    bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  return bytes;
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// --- Client --------------------------------------------------------------

Client::Client(const server::Endpoint& endpoint) {
  sockaddr_storage address{};
  socklen_t size = sizeof(sockaddr_in);
  auto& v4 = reinterpret_cast<sockaddr_in&>(address);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
  if (::inet_pton(AF_INET, endpoint.address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
  } else {
    REQUIRE(::inet_pton(AF_INET6, endpoint.address.c_str(), &v6.sin6_addr) == 1);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    size = sizeof(sockaddr_in6);
  }
  socket_ = ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
}

void Client::send(std::string_view bytes) { (void)write_all(socket_, bytes); }

long Client::send_some(std::string_view bytes) {
  const ssize_t size =
      ::send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
  return size;
}

std::string Client::receive(std::size_t size) { return read_upto(socket_, size); }

std::string Client::receive_once(std::size_t size) {
  std::string bytes(size, '\0');
  const ssize_t got = readable(socket_) ? ::recv(socket_, bytes.data(), size, 0) : -1;
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

std::string Client::receive_line() { return read_line(socket_); }

std::string Client::receive_all() {
  std::string all;
  char bytes[65536];
  while (readable(socket_)) {
    const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got == 0) return all;
    if (got < 0) return all + "<reset>";
    all.append(bytes, static_cast<std::size_t>(got));
  }
  return all + "<no end>";
}

bool Client::has_input() const {
  pollfd entry{socket_, POLLIN, 0};
  return ::poll(&entry, 1, 0) == 1;
}

void Client::half_close() { ::shutdown(socket_, SHUT_WR); }

void Client::disconnect() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

// --- TestServer ----------------------------------------------------------

Options TestServer::fast() {
  Options options;
  options.sync = SyncPolicy::none();
  return options;
}

TestServer::TestServer(server::Config config, Options options) {
  auto store = Store::open(directory_ / "data.bin", options);
  const std::string store_error = store ? "" : store.error().message;
  REQUIRE_MESSAGE(store, store_error);
  store_ = std::move(*store);
  config.listen.port = 0;
  config.log_file = directory_ / "log";
  auto server = server::Server::start(config, *store_);
  const std::string server_error = server ? "" : server.error().message;
  REQUIRE_MESSAGE(server, server_error);
  server_ = std::move(*server);
}

TestServer::~TestServer() {
  if (server_) server_->stop();
}

std::string TestServer::ask(std::string_view bytes) const {
  Client client = connect();
  client.send(bytes);
  client.half_close();
  return client.receive_all();
}

std::string TestServer::log() const {
  std::ifstream in(directory_ / "log", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool TestServer::log_says(std::string_view text) const {
  return comes_true([&] { return log().find(text) != std::string::npos; });
}

bool TestServer::buffers(std::size_t least, std::size_t most) const {
  static constexpr std::string_view kField = "\nbuffered_bytes:";
  return comes_true([&] {
    const std::string info = ask("INFO server\n");
    const std::size_t at = info.find(kField);
    if (at == info.npos) return false;
    const std::size_t bytes = std::stoull(info.substr(at + kField.size()));
    return least <= bytes && bytes <= most;
  });
}

// --- processes -----------------------------------------------------------

Process::Process(const std::vector<std::string>& argv) {
  Pipe input, output, errors;
  pid_ = spawn(argv, input.ends[0], output.ends[1], errors.ends[1]);
  ::close(input.ends[0]);
  ::close(output.ends[1]);
  ::close(errors.ends[1]);
  input_ = input.ends[1];
  output_ = output.ends[0];
  errors_ = errors.ends[0];
}

Process::~Process() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  for (const int end : {input_, output_, errors_}) {
    if (end >= 0) ::close(end);
  }
}

void Process::write(std::string_view bytes) { (void)write_all(input_, bytes); }

void Process::close_input() {
  ::close(input_);
  input_ = -1;
}

std::string Process::read_output(std::size_t size) { return read_upto(output_, size); }
std::string Process::read_error_line() { return read_line(errors_); }
void Process::signal(int number) { ::kill(pid_, number); }

Finished Process::wait() {
  Finished finished;
  std::thread errors([&] { finished.errors = read_upto(errors_, 1 << 20); });
  finished.output = read_upto(output_, 16 << 20);
  errors.join();
  const auto deadline = Clock::now() + kToolLimit;
  int status = 0;
  while (::waitpid(pid_, &status, WNOHANG) == 0) {
    if (Clock::now() > deadline) ::kill(pid_, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  pid_ = -1;
  finished.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return finished;
}

Finished run_tool(const std::vector<std::string>& argv, std::string_view input) {
  Process process(argv);
  std::thread writer([&] {
    process.write(input);
    process.close_input();
  });
  Finished finished = process.wait();
  writer.join();
  return finished;
}

namespace {

std::vector<std::string> server_argv(const std::string& file, std::vector<std::string> options,
                                     const std::string& ulimit) {
  std::vector<std::string> argv;
  if (!ulimit.empty()) argv = {"sh", "-c", "ulimit " + ulimit + "; exec \"$0\" \"$@\""};
  argv.push_back(KVSTORE_BINARY);
  argv.insert(argv.end(), options.begin(), options.end());
  argv.insert(argv.end(), {file, "--listen", "0"});
  return argv;
}

}  // namespace

ServerProcess::ServerProcess(const std::string& file, std::vector<std::string> options,
                             const std::string& ulimit)
    : process_(server_argv(file, std::move(options), ulimit)) {
  // Log lines may come before it.
  do {
    ready_line_ = process_.read_error_line();
  } while (!ready_line_.empty() && ready_line_.find("ready on ") == std::string::npos);
  REQUIRE_MESSAGE(!ready_line_.empty(), "the server ended before it was ready");
  const std::size_t begin = ready_line_.find("ready on ") + 9;
  const auto endpoint =
      server::parse_endpoint(ready_line_.substr(begin, ready_line_.find_first_of(", ", begin) - begin));
  REQUIRE(endpoint);
  endpoint_ = *endpoint;
}

}  // namespace kvstore::test
