// Snapshots, transactions, batches and followers.
#include <algorithm>

#include "native.h"

namespace kvstore_python {
namespace {

struct Batch {
  Owner<kvs_batch, kvs_batch_close> handle;
  kvs_batch* open() const { return handle.open("batch"); }
};
struct Follower {
  Owner<kvs_follower, kvs_follow_close> handle;
  bool is_in_use = false;
  kvs_follower* open() const { return handle.open("follower"); }
};

template <class Of, class Call>
py::object value_or(const Of& of, const py::object& other, Call call) {
  Owned value;
  return run_on(of, [&](auto* handle) { return call(handle, &value); }) ? py::object(value.bytes())
                                                                        : other;
}

// --- batch[key] = value, del batch[key]. These keep the GIL: they only change memory.

int change_batch(PyObject* self, PyObject* key, PyObject* value) {
  const auto* const batch = value_of<Batch>(self);
  if (batch == nullptr) return -1;
  kvs_batch* const handle = batch->handle.get();
  Bytes name, bytes;
  if (handle == nullptr) {
    set_closed("batch");
    return -1;
  }
  if (!name.take(key) || (value != nullptr && !bytes.take(value))) return -1;
  const kvs_code code =
      value == nullptr ? kvs_batch_delete(handle, name.data, name.size)
                       : kvs_batch_put(handle, name.data, name.size, bytes.data, bytes.size, 0);
  if (code == KVS_OK) return 0;
  set_error(code);
  return -1;
}

void set_batch_slots(PyHeapTypeObject* type) {
  type->as_mapping.mp_ass_subscript = change_batch;
  type->ht_type.tp_as_mapping = &type->as_mapping;
}

// --- Following

const char* event_name(const kvs_event& event) {
  static const char* const changes[] = {"set",  "append", "delete", "expire",
                                        "hole", "gap",    "cut",    "clear"};
  switch (event.kind) {
    case KVS_EVENT_BYTES:
      return "bytes";
    case KVS_EVENT_ANEW:
      return "anew";
    case KVS_EVENT_REMOVED:
      return "removed";
    case KVS_EVENT_CHANGE:
      break;
  }
  return event.change < std::size(changes) ? changes[event.change] : "unknown";
}

py::object bytes_or_none(const void* data, std::size_t size) {
  if (data == nullptr) return py::none();
  return py::bytes(static_cast<const char*>(data), size);
}

// Waits in short steps, and checks for Ctrl-C between them. Returns None if the time is over, or if
// the
// follower was cancelled or closed (`ended` is set).
py::object next_event(Follower& follower, double seconds) {
  constexpr std::int64_t kStep = 50;
  const InUse in_use(&follower.is_in_use);
  if (!in_use) {
    set_in_use();
    throw py::error_already_set();
  }
  std::int64_t left =
      seconds < 0 ? INT64_MAX : static_cast<std::int64_t>(milliseconds(seconds, "timeout"));
  kvs_event event{};
  event.size = sizeof event;
  while (true) {
    const std::int64_t step = std::min(left, kStep);
    kvs_follower* const handle = follower.open();
    const kvs_code code = without_gil([&] { return kvs_follow_next(handle, step, &event); });
    // Another thread has closed the follower, and the call's event is no longer valid.
    if (follower.handle.get() != handle) follower.open();
    if (code == KVS_OK) break;
    if (code != KVS_TIMEOUT) throw_error(code);
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    left -= step;
    if (left <= 0) return py::none();
  }
  return py::make_tuple(
      event_name(event), event.seq, event.offset, bytes_or_none(event.key, event.key_size),
      bytes_or_none(event.value, event.value_size), event.expires_at_ms, event.time_us);
}

}  // namespace

void define_snapshot(py::module_& module) {
  py::class_<Snapshot> type(module, "Snapshot");
  type.def(py::init([](const Store& store, py::handle of) {
    const std::uint64_t seq = of.is_none() ? KVS_NEWEST : whole_number(of, "seq");
    auto snapshot = std::make_unique<Snapshot>();
    run_on(store,
           [&](auto* handle) { return kvs_snapshot_open(handle, seq, snapshot->handle.out()); });
    return snapshot;
  }));
  type.def("close", [](Snapshot& snapshot) { snapshot.handle.close(); });
  type.def_property_readonly("closed",
                             [](const Snapshot& of) { return of.handle.get() == nullptr; });
  type.def_property_readonly("seq", [](const Snapshot& snapshot) {
    std::uint64_t seq = 0;
    run_on(snapshot, [&](auto* handle) { return kvs_snapshot_seq(handle, &seq); });
    return seq;
  });
  type.def("_get", [](const Snapshot& snapshot, py::handle key, const py::object& other) {
    Bytes name;
    name.take_or_throw(key);
    return value_or(snapshot, other, [&](auto* handle, Owned* value) {
      return kvs_snapshot_get(handle, name.data, name.size, nullptr, &value->data, &value->size);
    });
  });
  type.def("_read",
           [](const Snapshot& snapshot, py::handle key, py::handle begin, py::handle most) {
             Bytes name;
             name.take_or_throw(key);
             const std::int64_t offset = signed_number(begin, "offset");
             const std::uint64_t length = whole_number(most, "length");
             return value_or(snapshot, py::none(), [&](auto* handle, Owned* value) {
               return kvs_snapshot_read(handle, name.data, name.size, offset, length, nullptr,
                                        &value->data, &value->size);
             });
           });
  type.def("_stat", [](const Snapshot& snapshot, py::handle key) -> py::object {
    Bytes name;
    name.take_or_throw(key);
    kvs_key_info info{};
    const bool found = run_on(snapshot, [&](auto* handle) {
      return kvs_snapshot_stat(handle, name.data, name.size, nullptr, &info);
    });
    return found ? info_of(info) : py::none();
  });
  add_method(type, range_method<Snapshot, kvs_snapshot_iterator>());
}

void define_transaction(py::module_& module) {
  py::class_<Transaction> type(module, "Transaction");
  type.def(py::init([](const Store& store, bool read_only) {
    auto transaction = std::make_unique<Transaction>();
    kvs_txn_options options{};
    options.size = sizeof options;
    options.read_only = read_only;
    run_on(store, [&](auto* handle) {
      return kvs_txn_begin(handle, &options, transaction->handle.out());
    });
    return transaction;
  }));
  type.def("close", [](Transaction& of) { of.handle.close(); });
  type.def_property_readonly("closed",
                             [](const Transaction& of) { return of.handle.get() == nullptr; });
  type.def("_commit", [](const Transaction& of, bool wait) {
    std::uint64_t seq = 0;
    run_on(of, [&](auto* handle) { return kvs_txn_commit(handle, !wait, &seq); });
    return seq;
  });
  type.def("_get", [](const Transaction& of, py::handle key, const py::object& other) {
    Bytes name;
    name.take_or_throw(key);
    return value_or(of, other, [&](auto* handle, Owned* value) {
      return kvs_txn_get(handle, name.data, name.size, &value->data, &value->size);
    });
  });
  type.def("_read", [](const Transaction& of, py::handle key, py::handle begin, py::handle most) {
    Bytes name;
    name.take_or_throw(key);
    const std::int64_t offset = signed_number(begin, "offset");
    const std::uint64_t length = whole_number(most, "length");
    return value_or(of, py::none(), [&](auto* handle, Owned* value) {
      return kvs_txn_read(handle, name.data, name.size, offset, length, &value->data, &value->size);
    });
  });
  type.def("_stat", [](const Transaction& of, py::handle key) -> py::object {
    Bytes name;
    name.take_or_throw(key);
    kvs_key_info info{};
    const bool found =
        run_on(of, [&](auto* handle) { return kvs_txn_stat(handle, name.data, name.size, &info); });
    return found ? info_of(info) : py::none();
  });
  // Returns False if if_present was given and the key did not exist.
  type.def("_put", [](const Transaction& of, py::handle key, py::handle value, py::handle ttl,
                      py::handle expires_at, bool if_absent, bool if_present, py::handle if_seq) {
    Bytes name, bytes;
    name.take_or_throw(key);
    bytes.take_or_throw(value);
    const Writing writing = writing_of(ttl, expires_at, if_absent, if_present, if_seq, true);
    return run_on(of, [&](auto* handle) {
      return kvs_txn_put(handle, name.data, name.size, bytes.data, bytes.size, &writing.options);
    });
  });
  type.def("append", [](const Transaction& of, py::handle key, py::handle value) {
    Bytes name, bytes;
    name.take_or_throw(key);
    bytes.take_or_throw(value);
    std::uint64_t total = 0;
    run_on(of, [&](auto* handle) {
      return kvs_txn_append(handle, name.data, name.size, bytes.data, bytes.size, &total);
    });
    return total;
  });
  type.def("delete", [](const Transaction& of, py::handle key) {
    Bytes name;
    name.take_or_throw(key);
    return run_on(of, [&](auto* handle) { return kvs_txn_delete(handle, name.data, name.size); });
  });
  type.def("_expire", [](const Transaction& of, py::handle key, py::handle expires_at) {
    Bytes name;
    name.take_or_throw(key);
    const std::uint64_t expires_at_ms = expiry_of(expires_at);
    return run_on(of, [&](auto* handle) {
      return kvs_txn_expire(handle, name.data, name.size, expires_at_ms);
    });
  });
  type.def("clear", [](const Transaction& of) {
    run_on(of, [](auto* handle) { return kvs_txn_clear(handle); });
  });
  add_method(type, range_method<Transaction, kvs_txn_iterator>());
}

void define_batch(py::module_& module) {
  py::class_<Batch> type(module, "Batch", py::custom_type_setup(set_batch_slots));
  type.def(py::init([] {
    auto batch = std::make_unique<Batch>();
    run([&] { return kvs_batch_open(batch->handle.out()); });
    return batch;
  }));
  type.def("close", [](Batch& batch) { batch.handle.close(); });
  // These keep the GIL: they only change memory.
  const auto check = [](kvs_code code) {
    if (code != KVS_OK) throw_error(code);
  };
  type.def("_put",
           [check](const Batch& batch, py::handle key, py::handle value, py::handle expires_at) {
             Bytes name, bytes;
             name.take_or_throw(key);
             bytes.take_or_throw(value);
             const std::uint64_t ms = expiry_of(expires_at);
             check(kvs_batch_put(batch.open(), name.data, name.size, bytes.data, bytes.size, ms));
           });
  type.def("append", [check](const Batch& batch, py::handle key, py::handle value) {
    Bytes name, bytes;
    name.take_or_throw(key);
    bytes.take_or_throw(value);
    check(kvs_batch_append(batch.open(), name.data, name.size, bytes.data, bytes.size));
  });
  type.def("delete", [check](const Batch& batch, py::handle key) {
    Bytes name;
    name.take_or_throw(key);
    check(kvs_batch_delete(batch.open(), name.data, name.size));
  });
  type.def("clear", [check](const Batch& batch) { check(kvs_batch_clear(batch.open())); });
  type.def("reset", [check](const Batch& batch) { check(kvs_batch_reset(batch.open())); });
  type.def("_apply", [](const Batch& batch, const Store& store, bool wait) {
    std::uint64_t existed = 0;
    run_on(store, [&, writes = batch.open()](auto* handle) {
      return kvs_batch_apply(handle, writes, !wait, &existed);
    });
    return existed;
  });
}

void define_follower(py::module_& module) {
  py::class_<Follower> type(module, "Follower");
  type.def(py::init([](const Store& store, py::handle key, py::handle begin) {
    Bytes name;
    name.take_or_throw(key);
    const std::int64_t offset = begin.is_none() ? KVS_FROM_END : signed_number(begin, "offset");
    auto follower = std::make_unique<Follower>();
    run_on(store, [&](auto* handle) {
      return kvs_follow_key(handle, name.data, name.size, offset, follower->handle.out());
    });
    return follower;
  }));
  type.def(py::init([](const Store& store, py::handle prefix, py::handle from) {
             Bytes name;
             name.take_or_throw(prefix);
             // Versions begin at 1.
             const std::uint64_t from_seq =
                 from.is_none() ? 0 : std::max<std::uint64_t>(whole_number(from, "from_seq"), 1);
             auto follower = std::make_unique<Follower>();
             run_on(store, [&](auto* handle) {
               return kvs_follow_prefix(handle, name.data, name.size, from_seq,
                                        follower->handle.out());
             });
             return follower;
           }),
           py::arg("store"), py::arg("prefix"), py::kw_only(), py::arg("from_seq"));
  type.def("close", [](Follower& follower) { follower.handle.close(); });
  type.def_property_readonly("closed",
                             [](const Follower& of) { return of.handle.get() == nullptr; });
  type.def("cancel", [](const Follower& follower) {
    run_on(follower, [](auto* handle) { return kvs_follow_cancel(handle); });
  });
  type.def_property_readonly("position", [](const Follower& follower) {
    std::uint64_t position = 0;
    run_on(follower, [&](auto* handle) { return kvs_follow_position(handle, &position); });
    return position;
  });
  type.def("_next", &next_event);
}

}  // namespace kvstore_python
