#include "bindings/node/src/source.h"

#include <limits>

#include "src/store/at_check.h"

namespace kvstore::node {

namespace {

using Values = std::vector<std::optional<std::string>>;

Result<Source::Done> done(Result<Written> written) {
  if (!written) return fail(std::move(written.error()));
  return Source::Done{written->seq, written->total, written->existed};
}

// Reads each key from an object that has get().
template <class From>
Result<Values> get_each(From& from, const std::vector<std::string>& keys, const At& at) {
  Values values;
  values.reserve(keys.size());
  std::string value;
  for (const std::string& key : keys) {
    KV_ASSIGN(const bool found, from.get(key, &value, at));
    found ? values.emplace_back(std::move(value)) : values.emplace_back(std::nullopt);
    value.clear();
  }
  return values;
}

class IteratorWalker final : public Walker {
 public:
  IteratorWalker(std::unique_ptr<Iterator> iterator, bool backwards)
      : iterator_(std::move(iterator)), backwards_(backwards) {}

  void start() override { backwards_ ? iterator_->last() : iterator_->first(); }
  void seek(std::string_view key) override {
    backwards_ ? iterator_->seek_before(std::string(key) + '\0') : iterator_->seek(key);
  }
  void next() override { backwards_ ? iterator_->prev() : iterator_->next(); }
  bool valid() const override { return iterator_->valid(); }
  const Status& status() const override { return iterator_->status(); }
  std::string_view key() const override { return iterator_->key(); }
  Result<std::optional<std::string_view>> value() override {
    KV_ASSIGN(const KeyInfo info, iterator_->info());
    if (info.type == ValueType::kZset) return std::optional<std::string_view>();
    KV_ASSIGN(const std::string_view bytes, iterator_->value());
    return std::optional(bytes);
  }

 private:
  const std::unique_ptr<Iterator> iterator_;
  const bool backwards_;
};

Result<std::unique_ptr<Walker>> walker(Result<std::unique_ptr<Iterator>> iterator,
                                       const Range& range) {
  if (!iterator) return fail(std::move(iterator.error()));
  return std::make_unique<IteratorWalker>(std::move(*iterator), range.backwards);
}

// Checks that the version exists.
Status check_is_there(Store& store, const At& at) {
  if (!at.seq) return {};
  return check_version(store, *at.seq, "db.version is the newest");
}

tl::unexpected<Error> read_only() {
  return fail(Code::kReadOnly, "a snapshot cannot be written", "write to the store");
}

}  // namespace

Status check_version_is(const std::optional<KeyInfo>& info, std::uint64_t version) {
  // A key that the transaction itself has written exists, with version 0.
  const bool is_so = info ? version != 0 && info->seq == version : version == 0;
  if (is_so) return {};
  const std::string found = !info            ? "the key is missing"
                            : info->seq == 0 ? "the transaction has written the key itself"
                                             : "the key's version is " + std::to_string(info->seq);
  return fail(Code::kConflict,
              version == 0 ? found + ", and not missing"
                           : found + ", not of version " + std::to_string(version),
              "read it anew, and decide again");
}

Result<Source::Done> Source::set(std::string_view, std::string_view, WriteOptions) {
  return read_only();
}
Result<Source::Done> Source::set_if(std::string_view, std::string_view, WriteOptions,
                                    std::uint64_t) {
  return read_only();
}
Result<Source::Done> Source::append(std::string_view, std::string_view) { return read_only(); }
Result<Source::Done> Source::remove(std::string_view) { return read_only(); }
Result<Source::Done> Source::expire(std::string_view, std::uint64_t) { return read_only(); }
Result<Undone> Source::undo(std::string_view, const UndoOptions&) { return read_only(); }
Result<std::uint64_t> Source::clear() { return read_only(); }

// --- a store

Result<bool> StoreSource::get(std::string_view key, std::string* value, const At& at) {
  KV_TRY(check_is_there(store(), at));
  return store().get(key, value, at);
}

Result<bool> StoreSource::read(std::string_view key, std::int64_t offset, std::uint64_t length,
                               std::string* value, const At& at) {
  KV_TRY(check_is_there(store(), at));
  return store().read(key, offset, length, value, at);
}

Result<std::optional<KeyInfo>> StoreSource::stat(std::string_view key, const At& at) {
  KV_TRY(check_is_there(store(), at));
  return store().stat(key, at);
}

Status StoreSource::history(std::string_view key, std::uint64_t limit,
                            const std::function<bool(const Version&)>& visit) {
  return store().history(key, limit, visit);
}

Result<Values> StoreSource::get_many(const std::vector<std::string>& keys, const At& at) {
  KV_TRY(check_is_there(store(), at));
  KV_ASSIGN(const Snapshot snapshot, store().snapshot());
  const std::vector<std::string_view> ahead(keys.begin(), keys.end());
  store().prefetch(ahead);
  return get_each(snapshot, keys, at);
}

Result<std::unique_ptr<Walker>> StoreSource::walk(const Range& range) {
  KV_TRY(check_is_there(store(), range.options.at));
  return walker(store().iterator(range.options), range);
}

Result<Source::Done> StoreSource::set(std::string_view key, std::string_view value,
                                      WriteOptions options) {
  options.wait = false;
  return done(store().set(key, value, options));
}

Result<Source::Done> StoreSource::set_if(std::string_view key, std::string_view value,
                                         WriteOptions options, std::uint64_t version) {
  Done done;
  KV_ASSIGN(done.seq, store().update(
                          [&](Update& update) -> Status {
                            KV_ASSIGN(const auto info, update.stat(key));
                            KV_TRY(check_version_is(info, version));
                            KV_TRY(update.set(key, value, options));
                            return {};
                          },
                          false));
  return done;
}

Result<Source::Done> StoreSource::append(std::string_view key, std::string_view value) {
  WriteOptions options;
  options.wait = false;
  return done(store().append(key, value, options));
}

Result<Source::Done> StoreSource::remove(std::string_view key) {
  WriteOptions options;
  options.wait = false;
  return done(store().remove(key, options));
}

Result<Source::Done> StoreSource::expire(std::string_view key, std::uint64_t expires_at_ms) {
  WriteOptions options;
  options.wait = false;
  return done(store().expire(key, expires_at_ms, options));
}

Result<Undone> StoreSource::undo(std::string_view key, const UndoOptions& options) {
  KV_TRY(check_is_there(store(), options.to));
  UndoOptions without_waiting = options;
  without_waiting.wait = false;
  return store().undo(key, without_waiting);
}

// --- a snapshot

Result<Snapshot> SnapshotSource::use() const {
  if (!snapshot_) return fail(Code::kState, "the snapshot is closed", "take another one");
  return *snapshot_;
}

Result<bool> SnapshotSource::get(std::string_view key, std::string* value, const At& at) {
  KV_ASSIGN(const Snapshot snapshot, use());
  return snapshot.get(key, value, at);
}

Result<bool> SnapshotSource::read(std::string_view key, std::int64_t offset, std::uint64_t length,
                                  std::string* value, const At& at) {
  KV_ASSIGN(const Snapshot snapshot, use());
  return snapshot.read(key, offset, length, value, at);
}

Result<std::optional<KeyInfo>> SnapshotSource::stat(std::string_view key, const At& at) {
  KV_ASSIGN(const Snapshot snapshot, use());
  return snapshot.stat(key, at);
}

Status SnapshotSource::history(std::string_view key, std::uint64_t limit,
                               const std::function<bool(const Version&)>& visit) {
  KV_ASSIGN(const Snapshot snapshot, use());
  return snapshot.history(key, limit, visit);
}

Result<Values> SnapshotSource::get_many(const std::vector<std::string>& keys, const At& at) {
  KV_ASSIGN(const Snapshot snapshot, use());
  return get_each(snapshot, keys, at);
}

Result<std::unique_ptr<Walker>> SnapshotSource::walk(const Range& range) {
  KV_ASSIGN(const Snapshot snapshot, use());
  return walker(snapshot.iterator(range.options), range);
}

Result<std::uint64_t> SnapshotSource::count() {
  KV_ASSIGN(const Snapshot snapshot, use());
  std::uint64_t keys = 0;
  KV_TRY(snapshot.scan("", std::nullopt, std::numeric_limits<std::uint64_t>::max(),
                       [&keys](std::string_view) { return ++keys != 0; }));
  return keys;
}

}  // namespace kvstore::node
