#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>

#include "bench/peers/cursor_reader.h"
#include "bench/peers/data.h"
#include "bench/peers/peer.h"

namespace peers {
namespace {

void must_hold(const leveldb::Status& status) {
  if (!status.ok()) fail("LevelDB: " + status.ToString());
}

leveldb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }

// An iterator sees the state of its making, so that each read makes one.
class LeveldbCursor {
 public:
  explicit LeveldbCursor(leveldb::DB* db) : db_(db) {}
  void begin() { iterator_.reset(db_->NewIterator({})); }
  void end() { iterator_.reset(); }
  void seek(std::string_view key) { iterator_->Seek(slice(key)); }
  bool valid() const { return iterator_->Valid(); }
  void next() { iterator_->Next(); }
  std::string_view key() const { return view(iterator_->key()); }
  std::string_view value() const { return view(iterator_->value()); }

 private:
  leveldb::DB* db_;
  std::unique_ptr<leveldb::Iterator> iterator_;
};

class LeveldbReader final : public CursorReader<LeveldbCursor> {
 public:
  explicit LeveldbReader(leveldb::DB* db) : CursorReader(db), db_(db) {}
  bool get(std::string_view key, std::string* value) override {
    const leveldb::Status status = db_->Get({}, slice(key), value);
    if (status.IsNotFound()) return false;
    must_hold(status);
    return true;
  }

 private:
  leveldb::DB* db_;
};

class LeveldbPeer final : public Peer {
 public:
  std::string name() const override { return "LevelDB"; }
  std::string configuration() const override {
    return "64-MiB write buffer, 1-GiB block cache, Bloom filter of 10 bits, no compression. "
           "Checks no CRC at reads (its default). Compacted before reads, outside the measured "
           "time; closing does not sync. An append is a row.";
  }

  void open(const Setup& setup) override {
    write_.sync = setup.synced;
    leveldb::Options options;
    options.create_if_missing = true;
    options.compression = leveldb::kNoCompression;
    options.write_buffer_size = std::size_t{64} << 20;
    options.block_cache = cache_.get();
    options.filter_policy = filter_.get();
    leveldb::DB* db = nullptr;
    must_hold(leveldb::DB::Open(options, setup.directory, &db));
    db_.reset(db);
  }
  void close() override { db_.reset(); }
  void set(std::string_view key, std::string_view value) override {
    must_hold(db_->Put(write_, slice(key), slice(value)));
  }
  void append(std::string_view key, const Piece& piece) override {
    set(row_key(key, piece.end), piece.bytes);
  }
  void prepare_reads() override { db_->CompactRange(nullptr, nullptr); }
  std::unique_ptr<Reader> reader() override { return std::make_unique<LeveldbReader>(db_.get()); }

 private:
  leveldb::WriteOptions write_;
  std::unique_ptr<leveldb::Cache> cache_{leveldb::NewLRUCache(std::size_t{1} << 30)};
  std::unique_ptr<const leveldb::FilterPolicy> filter_{leveldb::NewBloomFilterPolicy(10)};
  std::unique_ptr<leveldb::DB> db_;
};

}  // namespace

std::unique_ptr<Peer> leveldb_peer() { return std::make_unique<LeveldbPeer>(); }

}  // namespace peers
