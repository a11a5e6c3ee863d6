// Transactions; their reads are in reads.cpp.
#include "src/c_api/arguments.h"
#include "src/c_api/objects.h"

namespace kvstore::c_api {
namespace {

// Checks the condition by a read in the transaction.
kvs_code check_condition(Transaction& transaction, const kvs_write_options& options,
                         std::string_view key) {
  if (options.condition != KVS_IF_PRESENT && options.condition != KVS_IF_SEQ) return KVS_OK;
  const auto info = transaction.stat(key);
  if (!info) return report(info.error());
  if (options.condition == KVS_IF_PRESENT) return *info ? KVS_OK : KVS_MISSING;
  // A key that the transaction has written exists, but has no version yet.
  const bool is_so =
      *info ? options.if_seq != 0 && (*info)->seq == options.if_seq : options.if_seq == 0;
  if (is_so) return KVS_OK;
  return report({Code::kConflict, "the key is of another version than if_seq says",
                 "read it again, and write what follows from that"});
}

}  // namespace
}  // namespace kvstore::c_api

using namespace kvstore;
using namespace kvstore::c_api;

kvs_code kvs_txn_begin(kvs_store* store, const kvs_txn_options* options, kvs_txn** txn) noexcept {
  KVS_NEEDS(txn);
  *txn = nullptr;
  return use<StoreObject>(store, [&](StoreObject& object) {
    kvs_txn_options own;
    KVS_CHECK(take_struct(options, &own));
    auto begun = object.store().transaction(
        {.read_only = own.read_only, .max_bytes = own.max_bytes, .max_ms = own.max_ms});
    if (!begun) return report(begun.error());
    return give_child(std::make_unique<TransactionObject>(object.state, std::move(*begun)), txn);
  });
}

kvs_code kvs_txn_close(kvs_txn* txn) noexcept { return close_child<TransactionObject>(txn); }

kvs_code kvs_txn_commit(kvs_txn* txn, bool no_wait, uint64_t* seq) noexcept {
  return use<TransactionObject>(txn, [&](TransactionObject& object) {
    const auto done = object.transaction().commit(!no_wait);
    if (!done) return report(done.error());
    if (seq != nullptr) *seq = *done;
    return KVS_OK;
  });
}

kvs_code kvs_txn_rollback(kvs_txn* txn) noexcept {
  return use<TransactionObject>(txn, [&](TransactionObject& object) {
    object.transaction().rollback();
    return KVS_OK;
  });
}

kvs_code kvs_txn_put(kvs_txn* txn, const void* key, size_t key_size, const void* value,
                     size_t value_size, const kvs_write_options* options) noexcept {
  KVS_NEEDS_STRING(key, key_size);
  KVS_NEEDS_STRING(value, value_size);
  return use<TransactionObject>(txn, [&](TransactionObject& object) {
    kvs_write_options own;
    KVS_CHECK(take_write_options(options, true, &own));
    const std::string_view name = string_of(key, key_size);
    KVS_CHECK(check_condition(object.transaction(), own, name));
    WriteOptions to;
    to.expires_at_ms = own.expires_at_ms;
    to.ttl_ms = own.ttl_ms;
    to.only_if_absent = own.condition == KVS_IF_ABSENT;
    KVS_TRY(object.transaction().set(name, string_of(value, value_size), to));
    return KVS_OK;
  });
}

kvs_code kvs_txn_append(kvs_txn* txn, const void* key, size_t key_size, const void* value,
                        size_t value_size, uint64_t* total) noexcept {
  KVS_NEEDS_STRING(key, key_size);
  KVS_NEEDS_STRING(value, value_size);
  return use<TransactionObject>(txn, [&](TransactionObject& object) {
    const auto done =
        object.transaction().append(string_of(key, key_size), string_of(value, value_size));
    if (!done) return report(done.error());
    if (total != nullptr) *total = *done;
    return KVS_OK;
  });
}

kvs_code kvs_txn_delete(kvs_txn* txn, const void* key, size_t key_size) noexcept {
  KVS_NEEDS_STRING(key, key_size);
  return use<TransactionObject>(txn, [&](TransactionObject& object) {
    const auto existed = object.transaction().remove(string_of(key, key_size));
    if (!existed) return report(existed.error());
    return *existed ? KVS_OK : KVS_MISSING;
  });
}

kvs_code kvs_txn_expire(kvs_txn* txn, const void* key, size_t key_size,
                        uint64_t expires_at_ms) noexcept {
  KVS_NEEDS_STRING(key, key_size);
  return use<TransactionObject>(txn, [&](TransactionObject& object) {
    KVS_CHECK(check_expiry(expires_at_ms));
    const auto existed = object.transaction().expire(string_of(key, key_size), expires_at_ms);
    if (!existed) return report(existed.error());
    return *existed ? KVS_OK : KVS_MISSING;
  });
}

kvs_code kvs_txn_clear(kvs_txn* txn) noexcept {
  return use<TransactionObject>(txn, [&](TransactionObject& object) {
    KVS_TRY(object.transaction().clear());
    return KVS_OK;
  });
}
