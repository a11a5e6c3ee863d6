// The bytes of one connection: as they are (plain_transport()), or encrypted (tls_transport.h).
//
// No call waits, but read_waiting(). One that could not go on says so, and the caller waits
// for read_events() or write_events() of descriptor(), as for poll(). Encryption is why
// these are two questions: a record, not a byte, is what it reads, so that the
// descriptor may be silent while bytes are there (has_buffered()); and where keys
// are exchanged anew a read may have to write first, and a write to read. For the
// same reason a write that was blocked is tried again with the same bytes, which may
// have moved, and others may follow them by then.
//
// Thread rule: one thread at a time, but abort(), which may be called from any; and see
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
    kBlocked,  // nothing for now
    kEnd,      // the peer will write no more (of a read)
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
  // The same, but waits for the peer in the call itself: for who waits for nothing else.
  // kBlocked where a signal or the socket's receive timeout (server/wakeup.h) ended that.
  virtual Transfer read_waiting(char* bytes, std::size_t size) = 0;
  virtual Transfer write(std::string_view bytes) = 0;
  // Our end: tells the peer that nothing more will be written.
  virtual void finish_writing() = 0;
  // Whoever waits for the descriptor, or reads or writes, finds the connection broken.
  virtual void abort() = 0;

  virtual int descriptor() const = 0;
  // What a blocked read() and a blocked write() wait for.
  virtual short read_events() const = 0;
  virtual short write_events() const = 0;
  // While one thread reads, another may write.
  virtual bool reads_beside_writes() const { return false; }
  // read() has bytes, whatever the descriptor says.
  virtual bool has_buffered() const = 0;
  // The handshake, if there is one, is over.
  virtual bool is_ready() const { return true; }
  // Bytes of memory that it holds, about.
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
  // Bytes that were read and written so far; of TLS those inside. Any thread.
  std::uint64_t received() const { return received_.load(std::memory_order_relaxed); }
  std::uint64_t sent() const { return sent_.load(std::memory_order_relaxed); }

  // Why it is broken, in words; empty: the peer went away.
  virtual std::string problem() const { return {}; }

 protected:
  // Only the thread that reads adds to the one, only who writes to the other, so that it takes no locked instruction.
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

// A stream socket as it is.
std::unique_ptr<Transport> plain_transport(file::Descriptor socket);

}  // namespace kvstore::server
