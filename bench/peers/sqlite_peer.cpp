#include <sqlite3.h>

#include <mutex>

#include "bench/peers/cursor_reader.h"
#include "bench/peers/data.h"
#include "bench/peers/peer.h"

namespace peers {
namespace {

constexpr std::uint64_t kBatch = 1000;  // writes that share a transaction when unsynced

class Connection {
 public:
  explicit Connection(const std::string& path) {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    check(sqlite3_open_v2(path.c_str(), &db_, flags, nullptr));
    sqlite3_busy_timeout(db_, 10'000);
    execute("pragma cache_size=-1048576; pragma mmap_size=17179869184;");
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { sqlite3_close_v2(db_); }

  void execute(const char* sql) { check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr)); }
  void check(int code) const {
    if (code != SQLITE_OK) fail(std::string("SQLite: ") + sqlite3_errmsg(db_));
  }
  sqlite3* get() const { return db_; }

 private:
  sqlite3* db_ = nullptr;
};

class Statement {
 public:
  Statement(const Connection& connection, const char* sql) : connection_(connection) {
    connection.check(sqlite3_prepare_v3(connection.get(), sql, -1, SQLITE_PREPARE_PERSISTENT,
                                        &statement_, nullptr));
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  void bind(int index, std::string_view bytes) {
    // An empty view's null pointer would bind NULL.
    const char* data = bytes.empty() ? "" : bytes.data();
    connection_.check(
        sqlite3_bind_blob(statement_, index, data, static_cast<int>(bytes.size()), SQLITE_STATIC));
  }
  bool step() {  // true: there is a row
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) connection_.check(code);
    return code == SQLITE_ROW;
  }
  std::string_view column(int index) const {
    const void* data = sqlite3_column_blob(statement_, index);
    return {static_cast<const char*>(data),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, index))};
  }
  void reset() { sqlite3_reset(statement_); }

 private:
  const Connection& connection_;
  sqlite3_stmt* statement_ = nullptr;
};

class SqliteCursor {
 public:
  explicit SqliteCursor(const std::string& path) : connection_(path) {}
  void begin() {}
  void end() { from_.reset(); }
  void seek(std::string_view key) {
    from_.reset();
    from_.bind(1, key);
    next();
  }
  void next() { valid_ = from_.step(); }
  bool valid() const { return valid_; }
  std::string_view key() const { return from_.column(0); }
  std::string_view value() const { return from_.column(1); }

  bool get(std::string_view key, std::string* value) {
    one_.bind(1, key);
    const bool found = one_.step();
    if (found) value->assign(one_.column(0));
    one_.reset();
    return found;
  }

 private:
  Connection connection_;
  Statement from_{connection_, "select key, value from kv where key >= ? order by key"};
  Statement one_{connection_, "select value from kv where key = ?"};
  bool valid_ = false;
};

class SqliteReader final : public CursorReader<SqliteCursor> {
 public:
  explicit SqliteReader(const std::string& path) : CursorReader(path) {}
  bool get(std::string_view key, std::string* value) override { return cursor_.get(key, value); }
};

class SqlitePeer final : public Peer {
 public:
  std::string name() const override { return "SQLite"; }
  std::string configuration() const override {
    return "One table WITHOUT ROWID, prepared statements, WAL, 1-GiB page cache, mmap; pages of "
           "32 KiB for 4-KiB appends. Has no checksums of pages. Unsynced: synchronous=OFF, and "
           "1,000 writes share a transaction (a killed process loses them); synced: "
           "synchronous=FULL, a transaction each, threads take turns on one connection. Closing "
           "checkpoints the WAL. An append is a row.";
  }

  void open(const Setup& setup) override {
    synced_ = setup.synced;
    path_ = setup.directory + "/data.sqlite";
    connection_ = std::make_unique<Connection>(path_);
    if (setup.piece_size > 1000) connection_->execute("pragma page_size=32768;");
    connection_->execute("pragma journal_mode=wal; pragma wal_autocheckpoint=16384;");
    connection_->execute(synced_ ? "pragma synchronous=full;" : "pragma synchronous=off;");
    connection_->execute(
        "create table if not exists kv(key blob primary key, value blob not null) without rowid;");
    put_ = std::make_unique<Statement>(*connection_, "insert or replace into kv values(?, ?)");
  }
  void close() override {
    commit();
    put_.reset();
    connection_.reset();
  }
  void set(std::string_view key, std::string_view value) override {
    const std::lock_guard lock(mutex_);
    if (!synced_ && in_batch_ == 0) connection_->execute("begin immediate;");
    put_->bind(1, key);
    put_->bind(2, value);
    put_->step();
    put_->reset();
    if (!synced_ && ++in_batch_ == kBatch) commit();
  }
  void append(std::string_view key, const Piece& piece) override {
    set(row_key(key, piece.end), piece.bytes);
  }
  void commit() override {
    if (in_batch_ > 0) connection_->execute("commit;");
    in_batch_ = 0;
  }
  void prepare_reads() override { connection_->execute("pragma wal_checkpoint(truncate);"); }
  std::unique_ptr<Reader> reader() override { return std::make_unique<SqliteReader>(path_); }

 private:
  bool synced_ = false;
  std::string path_;
  std::mutex mutex_;
  std::uint64_t in_batch_ = 0;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Statement> put_;
};

}  // namespace

std::unique_ptr<Peer> sqlite_peer() { return std::make_unique<SqlitePeer>(); }

}  // namespace peers
