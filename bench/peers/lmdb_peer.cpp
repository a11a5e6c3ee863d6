#include <lmdb.h>

#include "bench/peers/cursor_reader.h"
#include "bench/peers/data.h"
#include "bench/peers/peer.h"

namespace peers {
namespace {

constexpr std::size_t kMapSize = std::size_t{32} << 30;
constexpr std::uint64_t kBatch = 1000;  // writes that share a transaction when unsynced

void must_hold(int code) {
  if (code != MDB_SUCCESS) fail(std::string("LMDB: ") + mdb_strerror(code));
}

MDB_val val(std::string_view text) { return {text.size(), const_cast<char*>(text.data())}; }
std::string_view view(const MDB_val& val) {
  return {static_cast<const char*>(val.mv_data), val.mv_size};
}

// One read transaction, renewed for each read as LMDB advises.
class LmdbCursor {
 public:
  LmdbCursor(MDB_env* env, MDB_dbi dbi) : dbi_(dbi) {
    must_hold(mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn_));
    must_hold(mdb_cursor_open(txn_, dbi, &cursor_));
    mdb_txn_reset(txn_);
  }
  LmdbCursor(const LmdbCursor&) = delete;
  LmdbCursor& operator=(const LmdbCursor&) = delete;
  ~LmdbCursor() {
    mdb_cursor_close(cursor_);
    mdb_txn_abort(txn_);
  }

  bool get(std::string_view key, std::string* value) {
    must_hold(mdb_txn_renew(txn_));
    MDB_val wanted = val(key), found;
    const int code = mdb_get(txn_, dbi_, &wanted, &found);
    if (code == MDB_SUCCESS) value->assign(view(found));
    mdb_txn_reset(txn_);
    if (code != MDB_NOTFOUND) must_hold(code);
    return code == MDB_SUCCESS;
  }

  void begin() {
    must_hold(mdb_txn_renew(txn_));
    must_hold(mdb_cursor_renew(txn_, cursor_));
  }
  void end() { mdb_txn_reset(txn_); }
  void seek(std::string_view key) {
    key_ = val(key);
    move(key.empty() ? MDB_FIRST : MDB_SET_RANGE);
  }
  void next() { move(MDB_NEXT); }
  bool valid() const { return valid_; }
  std::string_view key() const { return view(key_); }
  std::string_view value() const { return view(value_); }

 private:
  void move(MDB_cursor_op where) {
    const int code = mdb_cursor_get(cursor_, &key_, &value_, where);
    valid_ = code == MDB_SUCCESS;
    if (code != MDB_NOTFOUND) must_hold(code);
  }

  MDB_dbi dbi_;
  MDB_txn* txn_ = nullptr;
  MDB_cursor* cursor_ = nullptr;
  MDB_val key_{}, value_{};
  bool valid_ = false;
};

class LmdbReader final : public CursorReader<LmdbCursor> {
 public:
  LmdbReader(MDB_env* env, MDB_dbi dbi) : CursorReader(env, dbi) {}
  bool get(std::string_view key, std::string* value) override { return cursor_.get(key, value); }
};

class LmdbPeer final : public Peer {
 public:
  std::string name() const override { return "LMDB"; }
  std::string configuration() const override {
    return "Has no checksums; reads are of mapped pages. Unsynced: NOSYNC and WRITEMAP, and 1,000 "
           "writes share a transaction (a killed process loses them); synced: a transaction each. "
           "Closing does not sync. An append is a row.";
  }

  void open(const Setup& setup) override {
    synced_ = setup.synced;
    const unsigned unsynced_flags = synced_ ? 0 : MDB_NOSYNC | MDB_WRITEMAP | MDB_NOMEMINIT;
    must_hold(mdb_env_create(&env_));
    must_hold(mdb_env_set_mapsize(env_, kMapSize));
    must_hold(mdb_env_open(env_, setup.directory.c_str(),
                           MDB_NOTLS | MDB_NORDAHEAD | unsynced_flags, 0644));
    begin();
    must_hold(mdb_dbi_open(txn_, nullptr, 0, &dbi_));
    commit();
  }
  void close() override {
    commit();
    mdb_env_close(env_);
    env_ = nullptr;
  }
  void set(std::string_view key, std::string_view value) override {
    if (synced_) return set_alone(key, value);
    if (!txn_) begin();
    put(txn_, key, value);
    if (++in_batch_ == kBatch) commit();
  }
  void append(std::string_view key, const Piece& piece) override {
    set(row_key(key, piece.end), piece.bytes);
  }
  void commit() override {
    if (txn_) must_hold(mdb_txn_commit(txn_));
    txn_ = nullptr;
  }
  std::unique_ptr<Reader> reader() override { return std::make_unique<LmdbReader>(env_, dbi_); }

 private:
  void begin() {
    must_hold(mdb_txn_begin(env_, nullptr, 0, &txn_));
    in_batch_ = 0;
  }
  void put(MDB_txn* txn, std::string_view key, std::string_view value) {
    MDB_val k = val(key), v = val(value);
    must_hold(mdb_put(txn, dbi_, &k, &v, 0));
  }
  void set_alone(std::string_view key, std::string_view value) {
    MDB_txn* txn = nullptr;
    must_hold(mdb_txn_begin(env_, nullptr, 0, &txn));
    put(txn, key, value);
    must_hold(mdb_txn_commit(txn));
  }

  bool synced_ = false;
  MDB_env* env_ = nullptr;
  MDB_dbi dbi_ = 0;
  MDB_txn* txn_ = nullptr;
  std::uint64_t in_batch_ = 0;
};

}  // namespace

std::unique_ptr<Peer> lmdb_peer() { return std::make_unique<LmdbPeer>(); }

}  // namespace peers
