// Opening, closing and maintenance.
#include <limits>
#include <string>

#include "src/c_api/arguments.h"
#include "src/c_api/objects.h"
#include "src/store/backup.h"
#include "src/store/compaction.h"

namespace kvstore::c_api {
namespace {

Status take_compaction(const char* keep, const char* compression, CompactionOptions* to) {
  if (keep != nullptr) {
    KV_ASSIGN(to->keep, KeepHistory::parse(keep));
  }
  if (compression != nullptr) {
    KV_ASSIGN(to->compress, Compression::parse(compression));
  }
  return {};
}

Result<SyncPolicy> sync_of(const kvs_options& options) {
  switch (options.sync) {
    case KVS_SYNC_ALWAYS:
      return SyncPolicy::always();
    case KVS_SYNC_NONE:
      return SyncPolicy::none();
    case KVS_SYNC_INTERVAL:
      if (options.sync_interval_ms != 0) return SyncPolicy::every_ms(options.sync_interval_ms);
      return fail(Code::kUsage, "KVS_SYNC_INTERVAL needs sync_interval_ms");
  }
  return fail(Code::kUsage, "the sync mode is none of KVS_SYNC_ALWAYS, _INTERVAL, _NONE");
}

// 0 keeps the present value.
template <class To, class From>
void take_if_set(From given, To* to) {
  if (given != 0) *to = given;
}

Result<Options> options_of(const kvs_options& given) {
  Options options;
  options.read_only = given.read_only;
  options.lock_at_first_write = given.lock_at_first_write;
  options.read_only_hint = "open it without read_only";
  options.lock_wait_ms = given.lock_wait_ms;
  KV_ASSIGN(options.sync, sync_of(given));
  if (given.memory != 0 && given.memory < kLeastMemory) {
    return fail(Code::kNumber, "memory is below 16 MiB");
  }
  take_if_set(given.memory, &options.memory);
  if (given.compact_at > 100) return fail(Code::kNumber, "compact_at is above 100 per cent");
  options.compact_at = given.compact_at;
  take_if_set(given.compact_least_size, &options.compact_least_size);
  options.scrub_rate = given.scrub_rate;
  KV_TRY(take_compaction(given.keep_history, given.compression, &options.compaction));
  take_if_set(given.txn_bytes, &options.transactions.bytes);
  take_if_set(given.txn_bytes_of_all, &options.transactions.bytes_of_all);
  take_if_set(given.txn_ms, &options.transactions.time_ms);
  if (given.txn_ms == std::numeric_limits<std::uint32_t>::max()) options.transactions.time_ms = 0;
  if (given.on_warning != nullptr) {
    options.on_warning = [call = given.on_warning,
                          arg = given.on_warning_arg](const std::string& message) noexcept {
      const CallbackScope scope;
      call(arg, message.c_str());
    };
  }
  return options;
}

// Creates the file at the open: a missing file could not be locked, so a second writer would not be
// refused.
Status make_if_absent(Store& store) {
  const Options& options = store.options();
  if (options.read_only || options.lock_at_first_write) return {};
  if (store.open_report().how != OpenReport::How::kAbsent) return {};
  KV_TRY(store.update([](Update&) { return Status(); }, false));
  return {};
}

kvs_statistics statistics_of(Store& store) {
  const Stats from = store.stats();
  kvs_statistics to{};
  to.size = sizeof to;
  to.keys = from.keys;
  to.keys_are_known = from.keys_are_known;
  to.read_only = from.read_only;
  to.writes_refused = from.writes_refused.has_value();
  to.file_size = from.file_size;
  to.allocated = from.allocated;
  to.last_seq = from.last_seq;
  to.durable_size = from.durable_size;
  to.memory_budget = from.memory_budget;
  to.index_bytes = from.index_bytes;
  to.index_runs = from.index_runs;
  to.snapshots = from.snapshots;
  to.expiring_keys = from.expiring_keys;
  to.writes = from.writes;
  to.reads = from.reads;
  to.syncs = from.syncs;
  to.expired_keys = from.expired_keys;
  to.compactions = store.compaction_status().done;
  return to;
}

}  // namespace
}  // namespace kvstore::c_api

using namespace kvstore;
using namespace kvstore::c_api;

kvs_code kvs_open(const char* path, const kvs_options* options, kvs_store** store) noexcept {
  return guarded([&]() -> kvs_code {
    KVS_NEEDS(store);
    *store = nullptr;
    KVS_NEEDS(path);
    kvs_options own;
    KVS_CHECK(take_struct(options, &own));
    const auto converted = options_of(own);
    if (!converted) return report(converted.error());
    auto opened = Store::open(path, *converted);
    if (!opened) return report(opened.error());
    KVS_TRY(make_if_absent(**opened));
    auto state = std::make_shared<StoreState>(std::move(*opened));
    KVS_CHECK(give_handle(std::make_unique<StoreObject>(state), Kind::kStore, store));
    state->handle = *store;
    return KVS_OK;
  });
}

kvs_code kvs_close(kvs_store* store) noexcept {
  if (store == nullptr) return KVS_OK;
  return guarded([&]() -> kvs_code {
    Closing closing(store, Kind::kStore);
    if (!closing) return wrong_handle(store, Kind::kStore);
    StoreState& state = *static_cast<StoreObject&>(closing.object()).state;
    state.end_waits();
    closing.wait_for_pins();
    KVS_TRY(state.close());
    return KVS_OK;
  });
}

kvs_code kvs_open_report(kvs_store* store, char** text) noexcept {
  KVS_NEEDS(text);
  *text = nullptr;
  return use<StoreObject>(store, [&](StoreObject& object) {
    void* copy = nullptr;
    KVS_CHECK(give_copy(object.store().open_report().to_string(), &copy, nullptr));
    *text = static_cast<char*>(copy);
    return KVS_OK;
  });
}

kvs_code kvs_stats(kvs_store* store, kvs_statistics* stats) noexcept {
  KVS_NEEDS(stats);
  return use<StoreObject>(store, [&](StoreObject& object) {
    return give_struct(statistics_of(object.store()), stats);
  });
}

kvs_code kvs_compact(kvs_store* store, const char* keep_history, const char* compression) noexcept {
  return use<StoreObject>(store, [&](StoreObject& object) {
    CompactionOptions options = object.store().options().compaction;
    options.least_garbage = 0;
    KVS_TRY(take_compaction(keep_history, compression, &options));
    KVS_TRY(object.store().compact(options));
    return KVS_OK;
  });
}

kvs_code kvs_compact_stop(kvs_store* store) noexcept {
  return use<StoreObject>(store, [&](StoreObject& object) {
    object.store().stop_compaction();
    return KVS_OK;
  });
}

kvs_code kvs_backup(kvs_store* store, const char* path) noexcept {
  KVS_NEEDS(path);
  return use<StoreObject>(store, [&](StoreObject& object) {
    KVS_TRY(object.store().backup(path, {}));
    return KVS_OK;
  });
}

kvs_code kvs_checkpoint(kvs_store* store) noexcept {
  return use<StoreObject>(store, [&](StoreObject& object) {
    KVS_TRY(object.store().checkpoint());
    return KVS_OK;
  });
}
