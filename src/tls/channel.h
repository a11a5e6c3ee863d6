// One TLS connection over a socket, which may be of either kind: no call waits but where it is
// asked to. The handshake is part of the first calls.
//
// Thread rule: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/tls/context.h"

struct ssl_st;

namespace kvstore::tls {

class Channel {
 public:
  enum class Result : std::uint8_t {
    kDone,     // `size` bytes, at least one
    kBlocked,  // nothing for now: wait for read_events() or write_events()
    kEnd,      // the other side will write no more (of a read)
    kBroken,   // nothing can be read or written any more: see problem()
  };
  struct Moved {
    Result result = Result::kBroken;
    std::size_t size = 0;
  };

  // The socket stays the caller's, and must outlive the channel. nullptr: no memory.
  static std::unique_ptr<Channel> accept(const Context& context, int socket);
  // `host`: whose certificate is expected.
  static std::unique_ptr<Channel> connect(const Context& context, int socket,
                                          const std::string& host);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  Moved read(char* bytes, std::size_t size) { return read(bytes, size, false); }
  // Waits in the call, until a signal or the socket's timeout ends that: kBlocked.
  Moved read_waiting(char* bytes, std::size_t size) { return read(bytes, size, true); }
  // One that was blocked is tried again with the same bytes, and perhaps more.
  Moved write(std::string_view bytes);
  // Goes on with the handshake: kDone once it is over.
  Result shake_hands();
  // That nothing more will be written.
  void finish_writing();

  bool is_established() const;
  // read() has bytes, whatever the socket says.
  bool has_buffered() const;
  // Of poll(), for what was blocked.
  short read_events() const { return read_events_; }
  short write_events() const { return write_events_; }

  // Why it is broken, in words; empty: the other side went away.
  const std::string& problem() const { return problem_; }
  // What came first was no TLS.
  bool met_plain_text() const { return met_plain_text_; }
  // "TLSv1.3"; once established.
  std::string version() const;

  // --- for OpenSSL
  int socket() const { return socket_; }
  bool may_wait() const { return may_wait_; }
  void note_received(const char* bytes, std::size_t size);

 private:
  explicit Channel(int socket) : socket_(socket) {}
  Moved read(char* bytes, std::size_t size, bool waits);
  static std::unique_ptr<Channel> make(const Context& context, int socket);
  Result failed(int result, short* events);

  const int socket_;
  ssl_st* ssl_ = nullptr;
  bool may_wait_ = false;
  bool is_broken_ = false;
  bool has_received_ = false;
  bool met_plain_text_ = false;
  short read_events_ = 0;
  short write_events_ = 0;
  std::string problem_;
};

}  // namespace kvstore::tls
