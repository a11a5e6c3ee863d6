// Iterators over a store, a snapshot, or what a transaction sees.
#include <algorithm>
#include <vector>

#include "src/c_api/arguments.h"
#include "src/c_api/objects.h"
#include "src/c_api/transaction_iterator.h"

namespace kvstore::c_api {
namespace {

class IteratorObject final : public Child {
 public:
  static constexpr Kind kKind = Kind::kIterator;
  static constexpr bool kIsShared = false;
  IteratorObject(std::shared_ptr<StoreState> state, std::unique_ptr<Iterator> inner, bool keys_only,
                 std::shared_ptr<TransactionState> transaction = nullptr)
      : Child(std::move(state)),
        inner_(std::move(inner)),
        keys_only_(keys_only),
        transaction_(std::move(transaction)) {}
  ~IteratorObject() override { leave(); }
  void drop() override { inner_.reset(); }
  // A transaction and all its iterators share one flag, as they belong to one thread.
  std::atomic_flag& busy() override { return transaction_ ? transaction_->busy : Child::busy(); }

  // Any move except a step.
  template <class Move>
  kvs_code jump(bool forward, Move move) {
    move(*inner_);
    return settle(forward);
  }
  kvs_code step(bool forward);
  kvs_code step_many(bool forward, std::size_t most, std::size_t most_bytes);

  kvs_code check_on_key() const {
    if (place_ == Place::kOnKey) return KVS_OK;
    return report(
        {Code::kState, "the iterator stands on no key", "move it, and look at the result"});
  }
  Iterator& inner() const { return *inner_; }
  const std::vector<kvs_entry>& entries() const { return entries_; }

 private:
  enum class Place : std::uint8_t { kNew, kOnKey, kBehindLast, kBeforeFirst, kFailed };
  kvs_code settle(bool forward);
  kvs_code take_entry(std::size_t most, std::size_t most_bytes);
  void expect_like_first(std::size_t most, std::size_t most_bytes);
  void set_pointers();

  std::unique_ptr<Iterator> inner_;  // null: the store is closed
  const bool keys_only_;
  const std::shared_ptr<TransactionState> transaction_;
  Place place_ = Place::kNew;
  std::optional<Error> later_;  // returned by the next step
  // The entries of step_many(): keys and values, concatenated.
  std::vector<kvs_entry> entries_;
  std::string bytes_;
};

kvs_code IteratorObject::settle(bool forward) {
  later_.reset();
  if (inner_->valid()) {
    place_ = Place::kOnKey;
    return KVS_OK;
  }
  if (!inner_->status()) {
    place_ = Place::kFailed;
    return report(inner_->status().error());
  }
  place_ = forward ? Place::kBehindLast : Place::kBeforeFirst;
  return KVS_MISSING;
}

kvs_code IteratorObject::step(bool forward) {
  if (later_) {
    const Error error = *later_;
    later_.reset();
    return report(error);
  }
  switch (place_) {
    case Place::kNew:
      return jump(forward, [&](Iterator& it) { forward ? it.first() : it.last(); });
    case Place::kOnKey:
      return jump(forward, [&](Iterator& it) { forward ? it.next() : it.prev(); });
    case Place::kBehindLast:
      return forward ? KVS_MISSING : jump(false, [](Iterator& it) { it.last(); });
    case Place::kBeforeFirst:
      return forward ? jump(true, [](Iterator& it) { it.first(); }) : KVS_MISSING;
    case Place::kFailed:
      break;
  }
  return report(inner_->status().error());
}

kvs_code IteratorObject::step_many(bool forward, std::size_t most, std::size_t most_bytes) {
  entries_.clear();
  bytes_.clear();
  while (entries_.size() < most && (entries_.empty() || bytes_.size() < most_bytes)) {
    kvs_code code = step(forward);
    if (code == KVS_OK) code = take_entry(most, most_bytes);
    if (code == KVS_OK) continue;
    if (entries_.empty()) return code;
    break;  // an error is returned by the next call
  }
  set_pointers();
  return KVS_OK;
}

// Entries usually have similar sizes, so the first one predicts the memory needed.
void IteratorObject::expect_like_first(std::size_t most, std::size_t most_bytes) {
  constexpr std::size_t kMostExpected = 1024;
  const std::size_t count = std::min(most, kMostExpected), each = bytes_.size();
  if (each >= most_bytes) return;
  entries_.reserve(count);
  bytes_.reserve(std::min(most_bytes, count * (each + each / 8 + 8)) + each);
}

// Pointers are stored as offsets until all bytes are collected and do not move any more.
kvs_code IteratorObject::take_entry(std::size_t most, std::size_t most_bytes) {
  std::string_view value;
  if (!keys_only_) {
    const auto got = inner_->value();
    if (!got) {
      // It stands at that key: the next step continues after it.
      if (!entries_.empty()) later_ = got.error();
      return report(got.error());
    }
    value = *got;
  }
  const std::string_view key = inner_->key();
  entries_.push_back({nullptr, key.size(), nullptr, value.size()});
  bytes_.append(key).append(value);
  if (entries_.size() == 1) expect_like_first(most, most_bytes);
  return KVS_OK;
}

void IteratorObject::set_pointers() {
  const char* at = bytes_.data();
  for (kvs_entry& entry : entries_) {
    entry.key = at;
    at += entry.key_size;
    if (!keys_only_) entry.value = at;
    at += entry.value_size;
  }
}

kvs_code take_range(const kvs_range* given, IteratorOptions* to) {
  kvs_range own;
  KVS_CHECK(take_struct(given, &own));
  if (!is_string(own.prefix, own.prefix_size) || !is_string(own.lower, own.lower_size) ||
      !is_string(own.upper, own.upper_size)) {
    return report_usage("a kvs_range has a size without its bytes");
  }
  to->prefix = string_of(own.prefix, own.prefix_size);
  if (own.lower != nullptr) to->lower = std::string(string_of(own.lower, own.lower_size));
  if (own.upper != nullptr) to->upper = std::string(string_of(own.upper, own.upper_size));
  to->keys_only = own.keys_only;
  return take_at(&own.at, &to->at);
}

kvs_code give_iterator(const std::shared_ptr<StoreState>& state,
                       Result<std::unique_ptr<Iterator>> inner, bool keys_only,
                       kvs_iterator** iterator) {
  if (!inner) return report(inner.error());
  return give_child(std::make_unique<IteratorObject>(state, std::move(*inner), keys_only),
                    iterator);
}

}  // namespace
}  // namespace kvstore::c_api

using namespace kvstore;
using namespace kvstore::c_api;

kvs_code kvs_iterator_open(kvs_store* store, const kvs_range* range,
                           kvs_iterator** iterator) noexcept {
  KVS_NEEDS(iterator);
  *iterator = nullptr;
  return use<StoreObject>(store, [&](StoreObject& object) {
    IteratorOptions options;
    KVS_CHECK(take_range(range, &options));
    if (options.at.seq) {
      KVS_CHECK(check_seq(object.store(), *options.at.seq));
    }
    return give_iterator(object.state, object.store().iterator(options), options.keys_only,
                         iterator);
  });
}

kvs_code kvs_snapshot_iterator(kvs_snapshot* snapshot, const kvs_range* range,
                               kvs_iterator** iterator) noexcept {
  KVS_NEEDS(iterator);
  *iterator = nullptr;
  return use<SnapshotObject>(snapshot, [&](SnapshotObject& object) {
    IteratorOptions options;
    KVS_CHECK(take_range(range, &options));
    return give_iterator(object.shared_state(), object.snapshot->iterator(options),
                         options.keys_only, iterator);
  });
}

kvs_code kvs_txn_iterator(kvs_txn* txn, const kvs_range* range, kvs_iterator** iterator) noexcept {
  KVS_NEEDS(iterator);
  *iterator = nullptr;
  return use<TransactionObject>(txn, [&](TransactionObject& object) {
    IteratorOptions options;
    KVS_CHECK(take_range(range, &options));
    if (!options.at.now()) return report_usage("a transaction is of one version: no `at`");
    auto inner = std::make_unique<TransactionIterator>(object.shared, options);
    return give_child(std::make_unique<IteratorObject>(object.shared_state(), std::move(inner),
                                                       options.keys_only, object.shared),
                      iterator);
  });
}

kvs_code kvs_iterator_close(kvs_iterator* iterator) noexcept {
  return close_child<IteratorObject>(iterator);
}

kvs_code kvs_iterator_first(kvs_iterator* iterator) noexcept {
  return use<IteratorObject>(iterator, [](IteratorObject& object) {
    return object.jump(true, [](Iterator& it) { it.first(); });
  });
}

kvs_code kvs_iterator_last(kvs_iterator* iterator) noexcept {
  return use<IteratorObject>(iterator, [](IteratorObject& object) {
    return object.jump(false, [](Iterator& it) { it.last(); });
  });
}

kvs_code kvs_iterator_next(kvs_iterator* iterator) noexcept {
  return use<IteratorObject>(iterator, [](IteratorObject& object) { return object.step(true); });
}

kvs_code kvs_iterator_prev(kvs_iterator* iterator) noexcept {
  return use<IteratorObject>(iterator, [](IteratorObject& object) { return object.step(false); });
}

kvs_code kvs_iterator_seek(kvs_iterator* iterator, const void* key, size_t key_size) noexcept {
  KVS_NEEDS_STRING(key, key_size);
  return use<IteratorObject>(iterator, [&](IteratorObject& object) {
    return object.jump(true, [&](Iterator& it) { it.seek(string_of(key, key_size)); });
  });
}

kvs_code kvs_iterator_seek_before(kvs_iterator* iterator, const void* key,
                                  size_t key_size) noexcept {
  KVS_NEEDS_STRING(key, key_size);
  return use<IteratorObject>(iterator, [&](IteratorObject& object) {
    return object.jump(false, [&](Iterator& it) { it.seek_before(string_of(key, key_size)); });
  });
}

kvs_code kvs_iterator_key(kvs_iterator* iterator, const void** key, size_t* key_size) noexcept {
  KVS_NEEDS(key);
  KVS_NEEDS(key_size);
  *key = nullptr;
  *key_size = 0;
  return use<IteratorObject>(iterator, [&](IteratorObject& object) {
    KVS_CHECK(object.check_on_key());
    const std::string_view found = object.inner().key();
    *key = found.data();
    *key_size = found.size();
    return KVS_OK;
  });
}

kvs_code kvs_iterator_value(kvs_iterator* iterator, const void** value,
                            size_t* value_size) noexcept {
  KVS_NEEDS(value);
  KVS_NEEDS(value_size);
  *value = nullptr;
  *value_size = 0;
  return use<IteratorObject>(iterator, [&](IteratorObject& object) {
    KVS_CHECK(object.check_on_key());
    const auto found = object.inner().value();
    if (!found) return report(found.error());
    *value = found->data();
    *value_size = found->size();
    return KVS_OK;
  });
}

kvs_code kvs_iterator_stat(kvs_iterator* iterator, kvs_key_info* info) noexcept {
  return use<IteratorObject>(iterator, [&](IteratorObject& object) {
    KVS_CHECK(object.check_on_key());
    const auto found = object.inner().info();
    if (!found) return report(found.error());
    give_info(*found, info);
    return KVS_OK;
  });
}

kvs_code kvs_iterator_next_many(kvs_iterator* iterator, bool backwards, size_t most,
                                size_t most_bytes, const kvs_entry** entries,
                                size_t* count) noexcept {
  KVS_NEEDS(entries);
  KVS_NEEDS(count);
  *entries = nullptr;
  *count = 0;
  return use<IteratorObject>(iterator, [&](IteratorObject& object) {
    if (most == 0) return report({Code::kNumber, "`most` is 0: it gives one entry at least", ""});
    KVS_CHECK(object.step_many(!backwards, most, most_bytes));
    *entries = object.entries().data();
    *count = object.entries().size();
    return KVS_OK;
  });
}
