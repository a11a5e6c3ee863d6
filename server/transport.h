// The bytes of one connection, plain (plain_transport()) or encrypted (tls_transport.h).
//
// No call blocks, except read_waiting(). A call that cannot proceed returns kBlocked, and the
// caller polls descriptor() for read_events() or write_events(). The two differ because of TLS. It
// reads whole records, so bytes may be available although the descriptor is not readable
// (has_buffered()). During a key update a read may have to write first, and a write to read. A
// blocked write must be repeated with the same bytes, which may have moved, and may be followed by
// more.
//
// Thread rule: one thread at a time, except abort(), which any thread may call; see also
// reads_beside_writes().
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "src/file/descriptor.h"

namespace kvstore::server {

struct Transfer {
  enum class Result : std::uint8_t {
    kDone,     // `size` bytes, at least one
    kBlocked,  // try again later
    kEnd,      // the peer will send no more (for a read)
    kBroken,   // nothing can be read or written any more
  };
  Result result = Result::kBroken;
  std::size_t size = 0;

  bool is_done() const { return result == Result::kDone; }
  bool is_blocked() const { return result == Result::kBlocked; }
};

class Transport {
 public:
  // So little that a peer which goes on sending holds up nobody else.
  static constexpr std::size_t kDrainedAtOnce = std::size_t{16} << 10;

  virtual ~Transport() = default;

  virtual Transfer read(char* bytes, std::size_t size) = 0;
  // The same, but blocks in the call itself, for a caller that waits for nothing else. kBlocked if
  // a signal or the socket's receive timeout (server/wakeup.h) ended the wait.
  virtual Transfer read_waiting(char* bytes, std::size_t size) = 0;
  virtual Transfer write(std::string_view bytes) = 0;
  // Closes our end: tells the peer that nothing more will be sent.
  virtual void finish_writing() = 0;
  // Breaks the connection, also for threads that wait for the descriptor, read or write.
  virtual void abort() = 0;

  virtual int descriptor() const = 0;
  // The poll() events for a blocked read() and a blocked write().
  virtual short read_events() const = 0;
  virtual short write_events() const = 0;
  // True if one thread may write while another reads.
  virtual bool reads_beside_writes() const { return false; }
  // True if read() has bytes, whatever the state of the descriptor.
  virtual bool has_buffered() const = 0;
  // True once the handshake, if any, is complete.
  virtual bool is_ready() const { return true; }
  // Approximate bytes of memory that it holds.
  virtual std::size_t memory() const { return 0; }
  // Reads away what is there, as unread bytes would reset a connection that is closed, and take the
  // last reply with them. True: it was kDrainedAtOnce, and there may be more.
  bool drain() {
    char bytes[1024];
    for (std::size_t drained = 0; drained < kDrainedAtOnce;) {
      const Transfer got = read(bytes, sizeof bytes);
      if (!got.is_done()) return false;
      drained += got.size;
    }
    return true;
  }
  // Which kind of listener accepted it, as the label `kind` of /metrics has it. Set before others
  // know the connection; a literal.
  std::string_view kind() const { return kind_; }
  void set_kind(std::string_view kind) { kind_ = kind; }
  // Bytes read and written so far; for TLS, of plaintext. Any thread.
  std::uint64_t received() const { return received_.load(std::memory_order_relaxed); }
  std::uint64_t sent() const { return sent_.load(std::memory_order_relaxed); }

  // Why the connection is broken; empty: the peer closed it.
  virtual std::string problem() const { return {}; }

 protected:
  // Only the reading thread adds to one counter, and only the writing thread to the other, so that
  // no locked instruction is needed.
  Transfer note_received(Transfer moved) { return note(&received_, moved); }
  Transfer note_sent(Transfer moved) { return note(&sent_, moved); }

 private:
  static Transfer note(std::atomic<std::uint64_t>* bytes, Transfer moved) {
    if (moved.is_done()) {
      bytes->store(bytes->load(std::memory_order_relaxed) + moved.size, std::memory_order_relaxed);
    }
    return moved;
  }

  std::string_view kind_ = "tcp";
  std::atomic<std::uint64_t> received_{0}, sent_{0};
};

// A plain stream socket.
std::unique_ptr<Transport> plain_transport(file::Descriptor socket);

}  // namespace kvstore::server
