// tkrzw's hash and tree databases. In the hash, an append is a row too, named by its number:
// DBM::Append moves the whole value each time that it outgrows its place.
#include <tkrzw_dbm_hash.h>
#include <tkrzw_dbm_tree.h>

#include "bench/peers/cursor_reader.h"
#include "bench/peers/data.h"
#include "bench/peers/peer.h"

namespace peers {
namespace {

constexpr std::int64_t kBuckets = 2'000'003;

void must_hold(const tkrzw::Status& status) {
  if (!status.IsOK()) fail("tkrzw: " + tkrzw::ToString(status));
}

bool get_from(tkrzw::DBM& db, std::string_view key, std::string* value) {
  const tkrzw::Status status = db.Get(key, value);
  if (status == tkrzw::Status::NOT_FOUND_ERROR) return false;
  must_hold(status);
  return true;
}

class HashReader final : public Reader {
 public:
  HashReader(tkrzw::DBM& db, std::size_t piece_size) : db_(db), piece_size_(piece_size) {}

  bool get(std::string_view key, std::string* value) override { return get_from(db_, key, value); }
  void read(std::string_view key, std::uint64_t offset, std::uint64_t length,
            std::string* part) override {
    part->clear();
    std::uint64_t skip = offset % piece_size_;
    for (std::uint64_t i = offset / piece_size_; length > 0; ++i, skip = 0) {
      if (!get_from(db_, row_key(key, i), &piece_)) return;
      const std::string_view wanted = std::string_view(piece_).substr(skip, length);
      part->append(wanted);
      length -= wanted.size();
    }
  }
  void whole(std::string_view key, std::string* value) override {
    value->clear();
    for (std::uint64_t i = 0; get_from(db_, row_key(key, i), &piece_); ++i) value->append(piece_);
  }
  std::uint64_t range(std::string_view, std::uint64_t, const Visit&) override {
    fail("tkrzw's hash has no order");
  }

 private:
  tkrzw::DBM& db_;
  std::size_t piece_size_;
  std::string piece_;
};

class TreeCursor {
 public:
  explicit TreeCursor(tkrzw::DBM& db) : iterator_(db.MakeIterator()) {}
  void begin() {}
  void end() {}
  void seek(std::string_view key) {
    must_hold(iterator_->Jump(key));
    load();
  }
  void next() {
    must_hold(iterator_->Next());
    load();
  }
  bool valid() const { return valid_; }
  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }

 private:
  void load() {
    const tkrzw::Status status = iterator_->Get(&key_, &value_);
    valid_ = status.IsOK();
    if (status != tkrzw::Status::NOT_FOUND_ERROR) must_hold(status);
  }

  std::unique_ptr<tkrzw::DBM::Iterator> iterator_;
  std::string key_, value_;
  bool valid_ = false;
};

class TreeReader final : public CursorReader<TreeCursor> {
 public:
  explicit TreeReader(tkrzw::DBM& db) : CursorReader(db), db_(db) {}
  bool get(std::string_view key, std::string* value) override { return get_from(db_, key, value); }

 private:
  tkrzw::DBM& db_;
};

// What both have in common.
template <class Dbm>
class TkrzwPeer : public Peer {
 public:
  void open(const Setup& setup) override {
    synced_ = setup.synced;
    piece_size_ = setup.piece_size;
    must_hold(db_.OpenAdvanced(setup.directory + "/data.tkrzw", true, tkrzw::File::OPEN_DEFAULT,
                               tuning()));
  }
  void close() override { must_hold(db_.Close()); }
  void set(std::string_view key, std::string_view value) override {
    must_hold(db_.Set(key, value));
    if (synced_) must_hold(db_.Synchronize(true));
  }

 protected:
  virtual typename Dbm::TuningParameters tuning() const = 0;
  Dbm db_;
  bool synced_ = false;
  std::size_t piece_size_ = 0;
};

class HashPeer final : public TkrzwPeer<tkrzw::HashDBM> {
 public:
  std::string name() const override { return "tkrzw hash"; }
  std::string configuration() const override {
    return "HashDBM on a mapped file, 2,000,003 buckets (told the number of keys in advance), no "
           "CRCs; keeps no order. Synced: Synchronize(true) after each write. Closing does not "
           "sync. An append is a row named by its number: reads are told the size of appends.";
  }
  bool ordered() const override { return false; }
  void append(std::string_view key, const Piece& piece) override {
    set(row_key(key, piece.index), piece.bytes);
  }
  std::unique_ptr<Reader> reader() override {
    return std::make_unique<HashReader>(db_, piece_size_);
  }

 private:
  tkrzw::HashDBM::TuningParameters tuning() const override {
    tkrzw::HashDBM::TuningParameters tuning;
    tuning.num_buckets = kBuckets;
    return tuning;
  }
};

class TreePeer final : public TkrzwPeer<tkrzw::TreeDBM> {
 public:
  std::string name() const override { return "tkrzw tree"; }
  std::string configuration() const override {
    return "TreeDBM on a mapped file, 100,000 cached pages, no CRCs. Unsynced writes stay in the "
           "cache: a killed process loses them all. Synced: Synchronize(true) after each write. "
           "Closing writes the cache. An append is a row.";
  }
  void append(std::string_view key, const Piece& piece) override {
    set(row_key(key, piece.end), piece.bytes);
  }
  std::unique_ptr<Reader> reader() override { return std::make_unique<TreeReader>(db_); }

 private:
  tkrzw::TreeDBM::TuningParameters tuning() const override {
    tkrzw::TreeDBM::TuningParameters tuning;
    tuning.max_cached_pages = 100'000;
    return tuning;
  }
};

}  // namespace

std::unique_ptr<Peer> tkrzw_hash_peer() { return std::make_unique<HashPeer>(); }
std::unique_ptr<Peer> tkrzw_tree_peer() { return std::make_unique<TreePeer>(); }

}  // namespace peers
