// What the benchmark asks of every library. Each has one file, <name>_peer.cpp, which is
// also where its configuration stands.
//
// Errors of a library end the program (fail()): nothing here is to be survived.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace peers {

struct Setup {
  std::string directory;       // exists; the library's alone
  bool synced = false;         // every write is on the disk when its call returns
  std::size_t piece_size = 0;  // size of all appends to come, 0 for none
  std::size_t cache = 0;       // memory of its own that it may use; 0: as much as serves it
};

struct Piece {
  std::uint64_t index = 0;  // how many appends the key had before
  std::uint64_t end = 0;    // the value's length with this one
  std::string_view bytes;
};

// One thread's reads. Answers are copies, in the caller's string.
class Reader {
 public:
  using Visit = std::function<void(std::string_view key, std::string_view value)>;

  virtual ~Reader() = default;
  virtual bool get(std::string_view key, std::string* value) = 0;
  // Of values grown by appends: a part, and all.
  virtual void read(std::string_view key, std::uint64_t offset, std::uint64_t length,
                    std::string* part) = 0;
  virtual void whole(std::string_view key, std::string* value) = 0;
  // Keys greater than `after` and their values in byte order, at most `limit`; how many.
  virtual std::uint64_t range(std::string_view after, std::uint64_t limit, const Visit& visit) = 0;
  // All keys in byte order; how many.
  virtual std::uint64_t keys(const std::function<void(std::string_view key)>& visit) {
    return range("", UINT64_MAX, [&](std::string_view key, std::string_view) { visit(key); });
  }
};

class Peer {
 public:
  virtual ~Peer() = default;
  virtual std::string name() const = 0;
  // One or two sentences: settings, and where they make the comparison unfair.
  virtual std::string configuration() const = 0;
  virtual bool ordered() const { return true; }        // has range()
  virtual bool appends_only() const { return false; }  // a variant for the rows of appends

  virtual void open(const Setup& setup) = 0;
  virtual void close() = 0;
  // Synced: from any thread. Else from the thread that opened.
  virtual void set(std::string_view key, std::string_view value) = 0;
  virtual void append(std::string_view key, const Piece& piece) = 0;
  // Ends a run of unsynced writes; inside the measured time.
  virtual void commit() {}
  // What puts reads at their best, outside the measured time.
  virtual void prepare_reads() {}
  // Of the writes since the open; 0: not known.
  virtual double writes_per_sync() { return 0; }
  virtual std::unique_ptr<Reader> reader() = 0;
};

std::unique_ptr<Peer> kvstore_peer();
std::unique_ptr<Peer> leveldb_peer();
std::unique_ptr<Peer> rocksdb_peer();
std::unique_ptr<Peer> rocksdb_merge_peer();
std::unique_ptr<Peer> lmdb_peer();
std::unique_ptr<Peer> sqlite_peer();
std::unique_ptr<Peer> tkrzw_hash_peer();
std::unique_ptr<Peer> tkrzw_tree_peer();

// kvstore first.
std::vector<std::unique_ptr<Peer>> all_peers();

}  // namespace peers
