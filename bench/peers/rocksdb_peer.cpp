// RocksDB twice: an append is a row, as in the other ordered libraries, or an operand of a
// merge operator, which makes whole values fast and parts of them slow.
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/table.h>

#include "bench/peers/cursor_reader.h"
#include "bench/peers/data.h"
#include "bench/peers/peer.h"

namespace peers {
namespace {

void must_hold(const rocksdb::Status& status) {
  if (!status.ok()) fail("RocksDB: " + status.ToString());
}

std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

class Concatenate final : public rocksdb::MergeOperator {
 public:
  const char* Name() const override { return "concatenate"; }
  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    out->new_value.clear();
    if (in.existing_value) out->new_value.append(view(*in.existing_value));
    for (const rocksdb::Slice& operand : in.operand_list) {
      out->new_value.append(operand.data(), operand.size());
    }
    return true;
  }
  bool PartialMergeMulti(const rocksdb::Slice&, const std::deque<rocksdb::Slice>& operands,
                         std::string* merged, rocksdb::Logger*) const override {
    merged->clear();
    for (const rocksdb::Slice& operand : operands) merged->append(operand.data(), operand.size());
    return true;
  }
};

class RocksdbCursor {
 public:
  explicit RocksdbCursor(rocksdb::DB* db) : db_(db) {}
  void begin() {
    if (!iterator_) iterator_.reset(db_->NewIterator({}));
    must_hold(iterator_->Refresh());
  }
  void end() {}
  void seek(std::string_view key) { iterator_->Seek(key); }
  bool valid() const { return iterator_->Valid(); }
  void next() { iterator_->Next(); }
  std::string_view key() const { return view(iterator_->key()); }
  std::string_view value() const { return view(iterator_->value()); }

 private:
  rocksdb::DB* db_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

class RocksdbReader final : public CursorReader<RocksdbCursor> {
 public:
  RocksdbReader(rocksdb::DB* db, bool merge) : CursorReader(db), db_(db), merge_(merge) {}

  bool get(std::string_view key, std::string* value) override {
    const rocksdb::Status status = db_->Get({}, key, value);
    if (status.IsNotFound()) return false;
    must_hold(status);
    return true;
  }
  void read(std::string_view key, std::uint64_t offset, std::uint64_t length,
            std::string* part) override {
    if (!merge_) return CursorReader::read(key, offset, length, part);
    rocksdb::PinnableSlice all;
    must_hold(db_->Get({}, db_->DefaultColumnFamily(), key, &all));
    part->assign(view(all).substr(offset, length));
  }
  void whole(std::string_view key, std::string* value) override {
    if (!merge_) return CursorReader::whole(key, value);
    must(get(key, value), "RocksDB: a merged value is missing");
  }

 private:
  rocksdb::DB* db_;
  bool merge_;
};

class RocksdbPeer final : public Peer {
 public:
  explicit RocksdbPeer(bool merge) : merge_(merge) {}
  std::string name() const override { return merge_ ? "RocksDB merge" : "RocksDB"; }
  std::string configuration() const override {
    if (merge_) return "As RocksDB, but an append is an operand of a merge operator.";
    return "64-MiB write buffers, 1-GiB block cache, Bloom filter of 10 bits, hash index in "
           "blocks, no compression. Checks a block's CRC when it enters the cache, not at each "
           "read. Compacted before reads, outside the measured time; closing does not sync. An "
           "append is a row.";
  }
  bool appends_only() const override { return merge_; }

  void open(const Setup& setup) override {
    write_.sync = setup.synced;
    if (setup.cache != 0) cache_->SetCapacity(setup.cache);
    rocksdb::DB* db = nullptr;
    must_hold(rocksdb::DB::Open(options(), setup.directory, &db));
    db_.reset(db);
  }
  void close() override {
    must_hold(db_->Close());
    db_.reset();
  }
  void set(std::string_view key, std::string_view value) override {
    must_hold(db_->Put(write_, key, value));
  }
  void append(std::string_view key, const Piece& piece) override {
    if (merge_) {
      must_hold(db_->Merge(write_, key, piece.bytes));
    } else {
      set(row_key(key, piece.end), piece.bytes);
    }
  }
  void prepare_reads() override { must_hold(db_->CompactRange({}, nullptr, nullptr)); }
  std::unique_ptr<Reader> reader() override {
    return std::make_unique<RocksdbReader>(db_.get(), merge_);
  }

 private:
  rocksdb::Options options() const {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache_;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
    rocksdb::Options options;
    options.create_if_missing = true;
    options.compression = rocksdb::kNoCompression;
    options.write_buffer_size = std::size_t{64} << 20;
    options.max_write_buffer_number = 4;
    options.IncreaseParallelism(2);
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    if (merge_) options.merge_operator = std::make_shared<Concatenate>();
    return options;
  }

  const bool merge_;
  rocksdb::WriteOptions write_;
  std::shared_ptr<rocksdb::Cache> cache_ = rocksdb::NewLRUCache(std::size_t{1} << 30);
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace

std::unique_ptr<Peer> rocksdb_peer() { return std::make_unique<RocksdbPeer>(false); }
std::unique_ptr<Peer> rocksdb_merge_peer() { return std::make_unique<RocksdbPeer>(true); }

}  // namespace peers
