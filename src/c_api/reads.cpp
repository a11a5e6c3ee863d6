// Reads of a store, a snapshot and a transaction.
#include <algorithm>
#include <vector>

#include "src/c_api/arguments.h"
#include "src/c_api/objects.h"

namespace kvstore::c_api {
namespace {

// `read` puts the value into value_space(), or returns false.
template <class Read>
kvs_code give_view(const void** value, std::size_t* size, Read read) {
  std::string& space = value_space();
  const Result<bool> found = read(&space);
  if (!found) return report(found.error());
  if (!*found) return KVS_MISSING;
  *value = space.data();
  *size = space.size();
  return KVS_OK;
}

template <class Read>
kvs_code give_value(void** value, std::size_t* size, Read read) {
  const void* view = nullptr;
  std::size_t view_size = 0;
  KVS_CHECK(give_view(&view, &view_size, read));
  const kvs_code given = give_copy(string_of(view, view_size), value, size);
  value_space();  // frees the memory of a long value
  return given;
}

kvs_code give_stat(const Result<std::optional<KeyInfo>>& found, kvs_key_info* info) {
  if (!found) return report(found.error());
  if (!*found) return KVS_MISSING;
  give_info(**found, info);
  return KVS_OK;
}

// For calls that return a value: initialises the results.
#define KVS_GIVES_VALUE(value, value_size) \
  KVS_NEEDS(value);                        \
  KVS_NEEDS(value_size);                   \
  *(value) = nullptr;                      \
  *(value_size) = 0

}  // namespace
}  // namespace kvstore::c_api

using namespace kvstore;
using namespace kvstore::c_api;

// --- Store

kvs_code kvs_get(kvs_store* store, const void* key, size_t key_size, const kvs_at* at, void** value,
                 size_t* value_size) noexcept {
  KVS_GIVES_VALUE(value, value_size);
  KVS_NEEDS_STRING(key, key_size);
  return use<StoreObject>(store, [&](StoreObject& object) {
    At when;
    KVS_CHECK(take_at_of(object.store(), at, &when));
    return give_value(value, value_size, [&](std::string* to) {
      return object.store().get(string_of(key, key_size), to, when);
    });
  });
}

kvs_code kvs_get_view(kvs_store* store, const void* key, size_t key_size, const kvs_at* at,
                      const void** value, size_t* value_size) noexcept {
  KVS_GIVES_VALUE(value, value_size);
  KVS_NEEDS_STRING(key, key_size);
  return use<StoreObject>(store, [&](StoreObject& object) {
    At when;
    KVS_CHECK(take_at_of(object.store(), at, &when));
    return give_view(value, value_size, [&](std::string* to) {
      return object.store().get(string_of(key, key_size), to, when);
    });
  });
}

kvs_code kvs_read(kvs_store* store, const void* key, size_t key_size, int64_t offset,
                  uint64_t length, const kvs_at* at, void** value, size_t* value_size) noexcept {
  KVS_GIVES_VALUE(value, value_size);
  KVS_NEEDS_STRING(key, key_size);
  return use<StoreObject>(store, [&](StoreObject& object) {
    At when;
    KVS_CHECK(take_at_of(object.store(), at, &when));
    return give_value(value, value_size, [&](std::string* to) {
      return object.store().read(string_of(key, key_size), offset, length, to, when);
    });
  });
}

kvs_code kvs_stat(kvs_store* store, const void* key, size_t key_size, const kvs_at* at,
                  kvs_key_info* info) noexcept {
  KVS_NEEDS_STRING(key, key_size);
  return use<StoreObject>(store, [&](StoreObject& object) {
    At when;
    KVS_CHECK(take_at_of(object.store(), at, &when));
    return give_stat(object.store().stat(string_of(key, key_size), when), info);
  });
}

kvs_code kvs_ttl(kvs_store* store, const void* key, size_t key_size, int64_t* ms) noexcept {
  KVS_NEEDS(ms);
  *ms = 0;
  KVS_NEEDS_STRING(key, key_size);
  return use<StoreObject>(store, [&](StoreObject& object) {
    const auto found = object.store().stat(string_of(key, key_size));
    kvs_key_info info{};
    KVS_CHECK(give_stat(found, &info));
    const std::uint64_t now = object.store().now_us() / 1000;
    *ms = info.expires_at_ms == 0
              ? -1
              : static_cast<std::int64_t>(std::max(info.expires_at_ms, now) - now);
    return KVS_OK;
  });
}

kvs_code kvs_history(kvs_store* store, const void* key, size_t key_size, size_t limit,
                     kvs_history_entry** entries, size_t* count) noexcept {
  KVS_GIVES_VALUE(entries, count);
  KVS_NEEDS_STRING(key, key_size);
  return use<StoreObject>(store, [&](StoreObject& object) {
    std::vector<kvs_history_entry> found;
    KVS_TRY(object.store().history(string_of(key, key_size), limit, [&](const Version& version) {
      found.push_back({change_of(version.kind), type_of(version.type), version.seq, version.time_us,
                       version.size, version.expires_at_ms});
      return true;
    }));
    void* copy = nullptr;
    KVS_CHECK(give_copy(string_of(found.data(), found.size() * sizeof(kvs_history_entry)), &copy,
                        nullptr));
    *entries = static_cast<kvs_history_entry*>(copy);
    *count = found.size();
    return KVS_OK;
  });
}

kvs_code kvs_count(kvs_store* store, uint64_t* keys) noexcept {
  KVS_NEEDS(keys);
  *keys = 0;
  return use<StoreObject>(store, [&](StoreObject& object) {
    const auto counted = object.store().count();
    if (!counted) return report(counted.error());
    *keys = *counted;
    return KVS_OK;
  });
}

kvs_code kvs_last_seq(kvs_store* store, uint64_t* seq) noexcept {
  KVS_NEEDS(seq);
  *seq = 0;
  return use<StoreObject>(store, [&](StoreObject& object) {
    const auto last = object.store().last_seq();
    if (!last) return report(last.error());
    *seq = *last;
    return KVS_OK;
  });
}

kvs_code kvs_durable_seq(kvs_store* store, uint64_t* seq) noexcept {
  KVS_NEEDS(seq);
  *seq = 0;
  return use<StoreObject>(store, [&](StoreObject& object) {
    *seq = object.store().durable_seq();
    return KVS_OK;
  });
}

kvs_code kvs_now(kvs_store* store, uint64_t* time_us) noexcept {
  KVS_NEEDS(time_us);
  *time_us = 0;
  return use<StoreObject>(store, [&](StoreObject& object) {
    *time_us = object.store().now_us();
    return KVS_OK;
  });
}

// --- Snapshot

kvs_code kvs_snapshot_open(kvs_store* store, uint64_t seq, kvs_snapshot** snapshot) noexcept {
  KVS_NEEDS(snapshot);
  *snapshot = nullptr;
  return use<StoreObject>(store, [&](StoreObject& object) {
    if (seq != KVS_NEWEST) {
      KVS_CHECK(check_seq(object.store(), seq));
    }
    auto taken = object.store().snapshot(seq == KVS_NEWEST ? std::nullopt : std::optional(seq));
    if (!taken) return report(taken.error());
    return give_child(std::make_unique<SnapshotObject>(object.state, std::move(*taken)), snapshot);
  });
}

kvs_code kvs_snapshot_close(kvs_snapshot* snapshot) noexcept {
  return close_child<SnapshotObject>(snapshot);
}

kvs_code kvs_snapshot_seq(kvs_snapshot* snapshot, uint64_t* seq) noexcept {
  KVS_NEEDS(seq);
  *seq = 0;
  return use<SnapshotObject>(snapshot, [&](SnapshotObject& object) {
    *seq = object.snapshot->seq();
    return KVS_OK;
  });
}

kvs_code kvs_snapshot_get(kvs_snapshot* snapshot, const void* key, size_t key_size,
                          const kvs_at* at, void** value, size_t* value_size) noexcept {
  KVS_GIVES_VALUE(value, value_size);
  KVS_NEEDS_STRING(key, key_size);
  return use<SnapshotObject>(snapshot, [&](SnapshotObject& object) {
    At when;
    KVS_CHECK(take_at(at, &when));
    return give_value(value, value_size, [&](std::string* to) {
      return object.snapshot->get(string_of(key, key_size), to, when);
    });
  });
}

kvs_code kvs_snapshot_read(kvs_snapshot* snapshot, const void* key, size_t key_size, int64_t offset,
                           uint64_t length, const kvs_at* at, void** value,
                           size_t* value_size) noexcept {
  KVS_GIVES_VALUE(value, value_size);
  KVS_NEEDS_STRING(key, key_size);
  return use<SnapshotObject>(snapshot, [&](SnapshotObject& object) {
    At when;
    KVS_CHECK(take_at(at, &when));
    return give_value(value, value_size, [&](std::string* to) {
      return object.snapshot->read(string_of(key, key_size), offset, length, to, when);
    });
  });
}

kvs_code kvs_snapshot_stat(kvs_snapshot* snapshot, const void* key, size_t key_size,
                           const kvs_at* at, kvs_key_info* info) noexcept {
  KVS_NEEDS_STRING(key, key_size);
  return use<SnapshotObject>(snapshot, [&](SnapshotObject& object) {
    At when;
    KVS_CHECK(take_at(at, &when));
    return give_stat(object.snapshot->stat(string_of(key, key_size), when), info);
  });
}

// --- Transaction

kvs_code kvs_txn_get(kvs_txn* txn, const void* key, size_t key_size, void** value,
                     size_t* value_size) noexcept {
  KVS_GIVES_VALUE(value, value_size);
  KVS_NEEDS_STRING(key, key_size);
  return use<TransactionObject>(txn, [&](TransactionObject& object) {
    return give_value(value, value_size, [&](std::string* to) {
      return object.transaction().get(string_of(key, key_size), to);
    });
  });
}

kvs_code kvs_txn_read(kvs_txn* txn, const void* key, size_t key_size, int64_t offset,
                      uint64_t length, void** value, size_t* value_size) noexcept {
  KVS_GIVES_VALUE(value, value_size);
  KVS_NEEDS_STRING(key, key_size);
  return use<TransactionObject>(txn, [&](TransactionObject& object) {
    return give_value(value, value_size, [&](std::string* to) {
      return object.transaction().read(string_of(key, key_size), offset, length, to);
    });
  });
}

kvs_code kvs_txn_stat(kvs_txn* txn, const void* key, size_t key_size, kvs_key_info* info) noexcept {
  KVS_NEEDS_STRING(key, key_size);
  return use<TransactionObject>(txn, [&](TransactionObject& object) {
    return give_stat(object.transaction().stat(string_of(key, key_size)), info);
  });
}
