// A write transaction: reads, and writes that it sees itself, under the writer lock; then
// all of them are written with one seq, or none. Every write of a store is one.
//
// Of several writes of one key only the outcome is written: they share a seq, so what
// happens in between can never be seen.
//
// Thread rule: one thread's, which holds the writer lock from the first to the last call.
// Keys and values given must live until commit(); keep() makes them.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "src/base/hash.h"
#include "src/store/writer.h"

namespace kvstore {

class WriteTransaction {
 public:
  // Takes the writer lock, unless this thread holds it.
  explicit WriteTransaction(Writer& writer)
      : writer_(writer), guard_(writer.generation().epochs()), lock_(writer) {}
  // The same for a write of one key, which is looked for while the lock is waited for.
  WriteTransaction(Writer& writer, std::string_view key)
      : writer_(writer),
        guard_(writer.generation().epochs()),
        key_(key),
        hash_(writer.prefetch(key)),
        knows_hash_(true),
        lock_(writer) {}
  ~WriteTransaction() { end(); }  // what was not committed never happened
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;

  // kTooBig: no write can have this key and value.
  static Status check(std::string_view key, std::string_view value,
                      std::uint64_t expires_at_ms = 0);
  static Status check_size(std::size_t value_size);
  // First. Not ok: why nothing can be written; or this thread is in another transaction,
  // whose lock and list of changes it would use.
  Status begin();

  Result<bool> get(std::string_view key, std::string* value);
  Result<std::optional<KeyInfo>> stat(std::string_view key);
  // Errors and results as Store's, except that nothing is written yet.
  Result<Written> set(std::string_view key, std::string_view value, const WriteOptions& options);
  Result<Written> append(std::string_view key, std::string_view value);
  Result<Written> remove(std::string_view key);

  // Writes, lets go of the lock, and waits as asked; not while the thread holds the lock for
  // more writes. Returns the seq of what was written, or of the newest write if nothing was.
  Result<std::uint64_t> commit(bool wait);

  // A copy of the bytes that lives as long as the transaction.
  std::string_view keep(std::string_view bytes) { return more().kept.emplace_back(bytes); }
  // How many of the keys that were written were there before.
  std::uint64_t existed() const { return existed_; }

 private:
  PendingChange* find_pending(std::string_view key);
  PendingChange& look_up(std::string_view key);
  void count(const PendingChange& added);
  void forget_last();
  std::uint64_t next_seq() const;
  bool is_there(const PendingChange& pending) const;
  Status append_base(const PendingChange& pending, std::string* value) const;
  Status extend(PendingChange* pending, std::string_view value);
  void drop_removals_of_nothing();
  void end();

  // What few transactions need.
  struct More {
    std::list<std::string> kept;
    // Of many changes, where each key's is.
    std::unordered_map<std::string_view, std::size_t, SeededHash> by_key;
  };
  More& more();

  Writer& writer_;
  const ReclamationEpochs::Guard guard_;  // of the index's parts
  std::string_view key_;
  std::uint64_t hash_ = 0;  // of key_
  bool knows_hash_ = false;
  WriterLock lock_;
  bool begun_ = false;
  std::uint64_t existed_ = 0;
  std::unique_ptr<More> more_;
};

}  // namespace kvstore
