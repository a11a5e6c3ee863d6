// A TLS connection over a blocking or non-blocking socket: no call waits unless requested. The
// handshake is part of the first calls.
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
    kBlocked,  // try again: wait for read_events() or write_events()
    kEnd,      // the other side will send no more (for a read)
    kBroken,   // nothing can be read or written any more: see problem()
  };
  struct Moved {
    Result result = Result::kBroken;
    std::size_t size = 0;
  };

  // The socket still belongs to the caller, and must outlive the channel. nullptr: no memory.
  static std::unique_ptr<Channel> accept(const Context& context, int socket);
  // `host` is the name expected in the certificate.
  static std::unique_ptr<Channel> connect(const Context& context, int socket,
                                          const std::string& host);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  Moved read(char* bytes, std::size_t size) { return read(bytes, size, false); }
  // Waits within the call, until a signal or the socket's timeout: kBlocked.
  Moved read_waiting(char* bytes, std::size_t size) { return read(bytes, size, true); }
  // A blocked write must be repeated with the same bytes, and possibly more.
  Moved write(std::string_view bytes);
  // Continues the handshake: kDone at its end.
  Result shake_hands();
  // Tells the other side that nothing more will be sent.
  void finish_writing();

  bool is_established() const;
  // True if read() has bytes, whatever the state of the socket.
  bool has_buffered() const;
  // The poll() events for what was blocked.
  short read_events() const { return read_events_; }
  short write_events() const { return write_events_; }

  // Why it is broken; empty: the other side closed it.
  const std::string& problem() const { return problem_; }
  // True if the first bytes were not TLS.
  bool met_plain_text() const { return met_plain_text_; }
  // Such as "TLSv1.3"; once established.
  std::string version() const;

  // --- For OpenSSL.
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
