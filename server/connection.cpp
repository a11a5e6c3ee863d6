#include "server/connection.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include <fmt/format.h>

#include "src/base/cancel.h"

namespace kvstore::server {
namespace {

// Ten thousand idle connections hold a small buffer each, within what is set aside
// for them; one that fills it gets the large one, for fewer calls a megabyte.
constexpr std::size_t kLeastBuffer = std::size_t{2} << 10;
constexpr std::size_t kSmallBuffer = std::size_t{16} << 10;
constexpr std::size_t kLargeBuffer = std::size_t{256} << 10;
constexpr std::size_t kKeptOutput = std::size_t{256} << 10;  // capacity kept between replies
// After so long without a request the buffers that the last one needed are given back.
constexpr std::uint64_t kRestMs = 1000;
constexpr std::uint64_t kBytesPerExtraSecond = 64 << 10;     // of a request still arriving
constexpr auto kGoodbye = std::chrono::seconds(1);

std::string peer_name(int socket, std::uint64_t number) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return fmt::format("client {}", number);
  }
  char text[INET6_ADDRSTRLEN] = {};
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return fmt::format("client {} [{}]:{}", number, text, ntohs(v6.sin6_port));
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
  ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
  return fmt::format("client {} {}:{}", number, text, ntohs(v4.sin_port));
}

// --- long listings are given up where nobody can be answered any more

struct Served {
  int socket = -1;
  std::uint32_t asked = 0;
  bool is_gone = false;
};
thread_local Served served;

// Not when the client has only closed its end: then it still reads. A reset, or
// abort(), closes both. Asked for every key that is listed, so seldom looked at.
bool client_is_gone() {
  constexpr std::uint32_t kEvery = 4096;
  if (served.is_gone || ++served.asked % kEvery != 0) return served.is_gone;
  pollfd entry{served.socket, 0, 0};
  served.is_gone = ::poll(&entry, 1, 0) > 0 && (entry.revents & (POLLHUP | POLLERR)) != 0;
  return served.is_gone;
}

std::int64_t milliseconds_since(std::chrono::steady_clock::time_point begin) {
  const auto passed = std::chrono::steady_clock::now() - begin;
  return std::chrono::duration_cast<std::chrono::milliseconds>(passed).count();
}

}  // namespace

Connection::Connection(Shared& shared, Socket socket, std::uint64_t number)
    : shared_(shared),
      socket_(std::move(socket)),
      name_(peer_name(socket_.get(), number)),
      small_buffer_(std::clamp(shared.buffered.free_part() / 2, kLeastBuffer, kSmallBuffer)),
      conversation_(shared, name_, small_buffer_),
      buffer_(new char[small_buffer_]),
      buffer_size_(small_buffer_) {
  set_connection_options(socket_.get());
}

void Connection::run() {
  served = {.socket = socket_.get()};
  const CancelScope cancel(&client_is_gone);
  shared_.log->debug("{} connected", name_);
  while (!conversation_.ended() && receive(0)) {
    if (!deliver()) break;
  }
  say_goodbye();
  shared_.log->debug("{} closed after {} commands", name_, conversation_.answered());
}

void Connection::interrupt() { ::shutdown(socket_.get(), SHUT_RD); }

void Connection::abort() { ::shutdown(socket_.get(), SHUT_RDWR); }

// Not after a part of a reply: there the error could pass for bytes of a value.
void Connection::give_up() noexcept {
  if (!is_mid_output_ && !broken_) {
    send_now(socket_.get(), "-ERR MEMORY the server has not enough memory for this; try again later\r\n");
  }
  shared_.dropped.fetch_add(1, std::memory_order_relaxed);
}

// --- input ---------------------------------------------------------------

// Reads what is there (flags 0: waits for it) and has it executed. False: the
// connection is broken. An end of input ends the conversation instead.
bool Connection::receive(int flags) {
  if (flags == 0) {
    if (shared_.buffered.is_scarce() && keeps_memory()) give_memory_back();
    apply_receive_timeout();
  }
  ssize_t size;
  do {
    size = ::recv(socket_.get(), buffer_.get(), buffer_size_, flags);
  } while (size < 0 && errno == EINTR);
  if (size > 0) {
    took(static_cast<std::size_t>(size));
  } else if (size == 0) {
    input_ended();
  } else if (errno != EAGAIN && errno != EWOULDBLOCK) {
    broken_ = true;
    return false;
  } else if (flags == 0) {
    input_timed_out();
  }
  return true;
}

void Connection::took(std::size_t size) {
  rests_ = false;
  const std::uint64_t answered = conversation_.answered();
  if (!conversation_.receive({buffer_.get(), size})) {
    drop(Error{Code::kLimit,
               fmt::format("the server's connections hold {} MiB together, which is their limit",
                           shared_.config.max_buffered >> 20),
               "try again later, send less at a time, or raise --max-buffered"});
    return;
  }
  track_request(size, answered);
  if (size == buffer_size_ && buffer_size_ < kLargeBuffer) enlarge_buffer();
}

void Connection::enlarge_buffer() {
  if (!conversation_.take_memory(kLargeBuffer)) return;
  buffer_.reset(new char[kLargeBuffer]);
  buffer_size_ = kLargeBuffer;
  conversation_.set_outside_memory(kLargeBuffer);
}

bool Connection::keeps_memory() const {
  return request_size_ == 0 && (buffer_size_ > small_buffer_ || conversation_.keeps_memory());
}

void Connection::give_memory_back() {
  if (buffer_size_ > small_buffer_) {
    buffer_.reset(new char[small_buffer_]);
    buffer_size_ = small_buffer_;
  }
  conversation_.set_outside_memory(small_buffer_);
  conversation_.give_memory_back();
}

void Connection::resume() {
  const std::uint64_t answered = conversation_.answered();
  conversation_.resume();
  track_request(0, answered);
}

// Keeps the time and size of the request that is arriving.
void Connection::track_request(std::size_t new_bytes, std::uint64_t answered_before) {
  const bool is_new = request_size_ == 0 || conversation_.answered() != answered_before;
  if (!conversation_.inside_request()) {
    request_size_ = 0;
  } else if (!is_new) {
    request_size_ += new_bytes;
  } else {
    request_began_ = Clock::now();
    request_size_ = std::max<std::size_t>(new_bytes, 1);
  }
}

void Connection::input_ended() {
  no_more_input_ = true;
  if (shared_.stopping.load() && conversation_.inside_request()) {
    conversation_.refuse(Error{Code::kNetwork,
                               "the server is stopping; the request that had begun was not executed",
                               "send it again to the server's successor"});
    return;
  }
  conversation_.finish();
}

// A timeout is armed only when it changes: in the steady state of complete
// requests that is never.
void Connection::apply_receive_timeout() {
  const std::uint64_t timeout_ms = receive_timeout_ms();
  if (timeout_ms == timeout_in_force_ms_) return;
  set_receive_timeout(socket_.get(), timeout_ms);
  timeout_in_force_ms_ = timeout_ms;
}

std::uint64_t Connection::receive_timeout_ms() const {
  if (request_size_ == 0) return idle_timeout_ms();
  if (shared_.config.request_timeout_ms == 0) return 0;
  const std::uint64_t allowed_ms =
      shared_.config.request_timeout_ms + request_size_ * 1000 / kBytesPerExtraSecond;
  const auto passed_ms = static_cast<std::uint64_t>(milliseconds_since(request_began_));
  return allowed_ms > passed_ms ? allowed_ms - passed_ms : 1;
}

// In two parts where there is memory to give back after the first.
std::uint64_t Connection::idle_timeout_ms() const {
  const std::uint64_t limit_ms = shared_.config.idle_timeout_ms;
  if (limit_ms != 0 && limit_ms <= kRestMs) return limit_ms;
  if (!rests_ && keeps_memory()) return kRestMs;
  return rests_ && limit_ms != 0 ? limit_ms - kRestMs : limit_ms;
}

void Connection::input_timed_out() {
  const std::uint64_t idle_ms = shared_.config.idle_timeout_ms;
  if (keeps_memory() && !rests_ && (idle_ms == 0 || idle_ms > kRestMs)) {
    give_memory_back();
    rests_ = true;
    return;
  }
  if (request_size_ > 0) {
    drop(Error{Code::kTimeout,
               fmt::format("the request had not arrived after {} s; closing the connection",
                           shared_.config.request_timeout_ms / 1000.0),
               "the server's --request-timeout allows more"});
  } else {
    drop(Error{Code::kTimeout,
               fmt::format("nothing was asked for {} s; closing the connection",
                           shared_.config.idle_timeout_ms / 1000.0),
               "the server's --idle-timeout allows more"});
  }
}

// --- output --------------------------------------------------------------

// Sends every reply. While the client does not read, its further commands are
// still taken and executed, until max_unread bytes wait: so a client may
// pipeline a lot before it reads, and neither side waits for the other for
// ever. False: the connection is broken.
bool Connection::deliver() {
  while (true) {
    if (!send_some()) return false;
    if (conversation_.has_more() && may_resume()) {
      resume();
    } else if (unsent() == 0) {
      return true;
    } else if (!wait_for_client()) {
      return false;
    }
  }
}

// Replies are made ahead of what the client reads only while there is memory.
bool Connection::may_resume() {
  if (unsent() == 0) return true;
  return !conversation_.is_streaming() && unsent() < shared_.config.max_unread &&
         conversation_.take_memory_for_replies();
}

// Sends what fits into the client's window. False: the connection is broken.
bool Connection::send_some() {
  std::string& output = conversation_.output();
  while (sent_ < output.size()) {
    const ssize_t size = ::send(socket_.get(), output.data() + sent_, output.size() - sent_,
                                MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size > 0) {
      sent_ += static_cast<std::size_t>(size);
      is_mid_output_ = true;
      unread_since_ = {};
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (errno != EINTR) {
      broken_ = true;
      return false;
    }
  }
  if (sent_ == output.size()) {
    output.clear();
    if (output.capacity() > kKeptOutput) output.shrink_to_fit();
    sent_ = 0;
    is_mid_output_ = conversation_.is_streaming();
  } else if (sent_ >= kLargeBuffer && sent_ >= output.size() / 2) {
    output.erase(0, sent_);
    sent_ = 0;
  }
  return true;
}

// Until the client reads; or, as long as there is room for more replies, until
// it sends. False: it has not read for too long, or is gone.
bool Connection::wait_for_client() {
  const short events = listens_while_sending() ? POLLOUT | POLLIN : POLLOUT;
  pollfd entry{socket_.get(), events, 0};
  if (unread_since_ == Clock::time_point{}) unread_since_ = Clock::now();
  const int ready = ::poll(&entry, 1, write_timeout_left_ms());
  if (ready < 0) return errno == EINTR;
  if (ready == 0) {
    client_does_not_read();
    return false;
  }
  if ((entry.revents & POLLIN) != 0) return receive(MSG_DONTWAIT);
  return true;
}

bool Connection::listens_while_sending() {
  return !no_more_input_ && !conversation_.ended() && !conversation_.has_more() &&
         unsent() < shared_.config.max_unread && !shared_.buffered.is_full();
}

int Connection::write_timeout_left_ms() const {
  const std::int64_t limit_ms = shared_.config.write_timeout_ms;
  if (limit_ms == 0) return -1;
  const std::int64_t left_ms = limit_ms - milliseconds_since(unread_since_);
  return static_cast<int>(std::clamp<std::int64_t>(left_ms, 0, INT_MAX));
}

void Connection::client_does_not_read() {
  broken_ = true;
  shared_.dropped.fetch_add(1, std::memory_order_relaxed);
  shared_.log->warn("{} dropped: it left {} bytes of replies unread for {} s", name_, unsent(),
                    shared_.config.write_timeout_ms / 1000.0);
}

// --- the end -------------------------------------------------------------

void Connection::drop(const Error& error) {
  shared_.dropped.fetch_add(1, std::memory_order_relaxed);
  if (const auto quiet = shared_.refusals.admit()) {
    shared_.log->warn("{} dropped: {}{}", name_, error.message, like_it(*quiet));
  }
  // Gives back what the request took: others have it while this one lingers.
  conversation_.refuse(error);
  request_size_ = 0;
}

// A close() with unread input would reset the connection and could take the
// last replies with it: our end is closed first, and what the client still
// sends is read away for a moment.
void Connection::say_goodbye() {
  if (!broken_ && deliver() && !no_more_input_) {
    ::shutdown(socket_.get(), SHUT_WR);
    const auto deadline = Clock::now() + kGoodbye;
    set_receive_timeout(socket_.get(), 200);
    while (Clock::now() < deadline) {
      const ssize_t size = ::recv(socket_.get(), buffer_.get(), buffer_size_, 0);
      if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) break;
    }
  }
}

}  // namespace kvstore::server
