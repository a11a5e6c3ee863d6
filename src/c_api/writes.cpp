// Writes of a store, and batches.
#include "src/base/quote.h"
#include "src/c_api/arguments.h"
#include "src/c_api/objects.h"

namespace kvstore::c_api {
namespace {

// Whether a condition has prevented the write without an error.
enum class Skipped : std::uint8_t { kNo, kMissing };

std::string quoted(std::string_view key) {
  std::string text;
  append_quoted(key, &text, 100);
  return text;
}

// Whether the key's present state satisfies the condition.
Result<Skipped> judge(const kvs_write_options& options, std::string_view key,
                      const std::optional<KeyInfo>& info) {
  switch (options.condition) {
    case KVS_ALWAYS:
      return Skipped::kNo;
    case KVS_IF_PRESENT:
      return info ? Skipped::kNo : Skipped::kMissing;
    case KVS_IF_ABSENT:
      if (!info) return Skipped::kNo;
      return fail(Code::kExists, "the key " + quoted(key) + " exists",
                  "write without KVS_IF_ABSENT to replace its value");
    case KVS_IF_SEQ:
      break;
  }
  const std::uint64_t seq = info ? info->seq : 0;
  if (seq == options.if_seq) return Skipped::kNo;
  return fail(Code::kConflict,
              "the key " + quoted(key) + " is of version " + std::to_string(seq) + ", and not of " +
                  std::to_string(options.if_seq),
              "read it again, and write what follows from that");
}

WriteOptions write_options(const kvs_write_options& options) {
  WriteOptions to;
  to.expires_at_ms = options.expires_at_ms;
  to.ttl_ms = options.ttl_ms;
  to.only_if_absent = options.condition == KVS_IF_ABSENT;
  to.wait = !options.no_wait;
  return to;
}

void give_written(const Written& written, kvs_written* to) {
  if (to != nullptr) *to = {written.seq, written.total, written.existed};
}

// Runs `write` under the writer lock, if the condition holds there.
template <class Write>
kvs_code write_if(Store& store, const kvs_write_options& options, std::string_view key,
                  kvs_written* to, Write write) {
  Skipped skipped = Skipped::kNo;
  Written written;
  const auto done = store.update(
      [&](Update& update) -> Status {
        KV_ASSIGN(const std::optional<KeyInfo> info, update.stat(key));
        KV_ASSIGN(skipped, judge(options, key, info));
        if (skipped != Skipped::kNo) return {};
        KV_ASSIGN(written, write(update));
        return {};
      },
      !options.no_wait);
  if (!done) return report(done.error());
  if (skipped == Skipped::kMissing) return KVS_MISSING;
  give_written(written, to);
  return KVS_OK;
}

bool needs_look(const kvs_write_options& options, bool is_put) {
  return options.condition != KVS_ALWAYS && !(is_put && options.condition == KVS_IF_ABSENT);
}

kvs_code give(const Result<Written>& written, kvs_written* to, bool must_exist = false) {
  if (!written) return report(written.error());
  if (must_exist && !written->existed) return KVS_MISSING;
  give_written(*written, to);
  return KVS_OK;
}

struct BatchObject final : Object {
  static constexpr Kind kKind = Kind::kBatch;
  Batch batch;
  std::atomic_flag busy;
};

template <class Call>
kvs_code use_batch(const void* handle, Call call) noexcept {
  return guarded([&]() -> kvs_code {
    const HandlePin pin(handle, Kind::kBatch);
    if (!pin) return wrong_handle(handle, Kind::kBatch);
    auto& object = pin.as<BatchObject>();
    const Busy busy(object.busy);
    if (!busy) return report_busy();
    return call(object.batch);
  });
}

}  // namespace
}  // namespace kvstore::c_api

using namespace kvstore;
using namespace kvstore::c_api;

kvs_code kvs_put(kvs_store* store, const void* key, size_t key_size, const void* value,
                 size_t value_size, const kvs_write_options* options,
                 kvs_written* written) noexcept {
  KVS_NEEDS_STRING(key, key_size);
  KVS_NEEDS_STRING(value, value_size);
  return use<StoreObject>(store, [&](StoreObject& object) {
    const std::string_view name = string_of(key, key_size), bytes = string_of(value, value_size);
    if (options == nullptr) return give(object.store().set(name, bytes), written);
    kvs_write_options own;
    KVS_CHECK(take_write_options(options, true, &own));
    if (!needs_look(own, true)) {
      return give(object.store().set(name, bytes, write_options(own)), written);
    }
    return write_if(object.store(), own, name, written,
                    [&](Update& update) { return update.set(name, bytes, write_options(own)); });
  });
}

kvs_code kvs_append(kvs_store* store, const void* key, size_t key_size, const void* value,
                    size_t value_size, const kvs_write_options* options,
                    kvs_written* written) noexcept {
  KVS_NEEDS_STRING(key, key_size);
  KVS_NEEDS_STRING(value, value_size);
  return use<StoreObject>(store, [&](StoreObject& object) {
    const std::string_view name = string_of(key, key_size), bytes = string_of(value, value_size);
    kvs_write_options own;
    KVS_CHECK(take_write_options(options, false, &own));
    if (!needs_look(own, false)) {
      return give(object.store().append(name, bytes, write_options(own)), written);
    }
    return write_if(object.store(), own, name, written,
                    [&](Update& update) { return update.append(name, bytes); });
  });
}

kvs_code kvs_delete(kvs_store* store, const void* key, size_t key_size,
                    const kvs_write_options* options, kvs_written* written) noexcept {
  KVS_NEEDS_STRING(key, key_size);
  return use<StoreObject>(store, [&](StoreObject& object) {
    const std::string_view name = string_of(key, key_size);
    kvs_write_options own;
    KVS_CHECK(take_write_options(options, false, &own));
    if (own.condition == KVS_IF_ABSENT) return report_usage("what is absent cannot be deleted");
    if (own.condition != KVS_IF_SEQ) {
      return give(object.store().remove(name, write_options(own)), written, true);
    }
    return write_if(object.store(), own, name, written,
                    [&](Update& update) { return update.remove(name); });
  });
}

kvs_code kvs_expire(kvs_store* store, const void* key, size_t key_size, uint64_t expires_at_ms,
                    const kvs_write_options* options, kvs_written* written) noexcept {
  KVS_NEEDS_STRING(key, key_size);
  return use<StoreObject>(store, [&](StoreObject& object) {
    const std::string_view name = string_of(key, key_size);
    kvs_write_options own;
    KVS_CHECK(take_write_options(options, false, &own));
    if (own.condition == KVS_IF_ABSENT) return report_usage("what is absent has no expiry");
    KVS_CHECK(check_expiry(expires_at_ms));
    if (own.condition != KVS_IF_SEQ) {
      return give(object.store().expire(name, expires_at_ms, write_options(own)), written, true);
    }
    return write_if(object.store(), own, name, written,
                    [&](Update& update) { return update.expire(name, expires_at_ms); });
  });
}

kvs_code kvs_undo(kvs_store* store, const void* key, size_t key_size, const kvs_at* to,
                  uint64_t* new_seq) noexcept {
  KVS_NEEDS_STRING(key, key_size);
  return use<StoreObject>(store, [&](StoreObject& object) {
    UndoOptions options;
    KVS_CHECK(take_at_of(object.store(), to, &options.to));
    const auto undone = object.store().undo(string_of(key, key_size), options);
    if (!undone) return report(undone.error());
    if (new_seq != nullptr) *new_seq = undone->written ? undone->seq : 0;
    return KVS_OK;
  });
}

kvs_code kvs_clear(kvs_store* store) noexcept {
  return use<StoreObject>(store, [&](StoreObject& object) {
    KVS_TRY(object.store().clear());
    return KVS_OK;
  });
}

kvs_code kvs_commit(kvs_store* store) noexcept {
  return use<StoreObject>(store, [&](StoreObject& object) {
    KVS_TRY(object.store().commit());
    return KVS_OK;
  });
}

kvs_code kvs_sync(kvs_store* store) noexcept {
  return use<StoreObject>(store, [&](StoreObject& object) {
    KVS_TRY(object.store().sync());
    return KVS_OK;
  });
}

// --- Batches

kvs_code kvs_batch_open(kvs_batch** batch) noexcept {
  KVS_NEEDS(batch);
  *batch = nullptr;
  return guarded([&] { return give_handle(std::make_unique<BatchObject>(), Kind::kBatch, batch); });
}

kvs_code kvs_batch_close(kvs_batch* batch) noexcept {
  if (batch == nullptr) return KVS_OK;
  const Closing closing(batch, Kind::kBatch);
  return closing ? KVS_OK : wrong_handle(batch, Kind::kBatch);
}

kvs_code kvs_batch_put(kvs_batch* batch, const void* key, size_t key_size, const void* value,
                       size_t value_size, uint64_t expires_at_ms) noexcept {
  KVS_NEEDS_STRING(key, key_size);
  KVS_NEEDS_STRING(value, value_size);
  return use_batch(batch, [&](Batch& to) {
    KVS_CHECK(check_expiry(expires_at_ms));
    to.set(string_of(key, key_size), string_of(value, value_size), expires_at_ms);
    return KVS_OK;
  });
}

kvs_code kvs_batch_append(kvs_batch* batch, const void* key, size_t key_size, const void* value,
                          size_t value_size) noexcept {
  KVS_NEEDS_STRING(key, key_size);
  KVS_NEEDS_STRING(value, value_size);
  return use_batch(batch, [&](Batch& to) {
    to.append(string_of(key, key_size), string_of(value, value_size));
    return KVS_OK;
  });
}

kvs_code kvs_batch_delete(kvs_batch* batch, const void* key, size_t key_size) noexcept {
  KVS_NEEDS_STRING(key, key_size);
  return use_batch(batch, [&](Batch& to) {
    to.remove(string_of(key, key_size));
    return KVS_OK;
  });
}

kvs_code kvs_batch_clear(kvs_batch* batch) noexcept {
  return use_batch(batch, [&](Batch& to) {
    to.clear();
    return KVS_OK;
  });
}

kvs_code kvs_batch_reset(kvs_batch* batch) noexcept {
  return use_batch(batch, [&](Batch& to) {
    to = Batch();
    return KVS_OK;
  });
}

kvs_code kvs_batch_apply(kvs_store* store, kvs_batch* batch, bool no_wait,
                         uint64_t* existed) noexcept {
  return use<StoreObject>(store, [&](StoreObject& object) {
    return use_batch(batch, [&](Batch& from) {
      const auto applied = object.store().apply(from, !no_wait);
      if (!applied) return report(applied.error());
      if (existed != nullptr) *existed = *applied;
      return KVS_OK;
    });
  });
}
