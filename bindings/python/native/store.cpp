// The store: calls that are made often are plain CPython functions, the others use pybind11.
#include <charconv>
#include <string>
#include <string_view>

#include "native.h"

namespace kvstore_python {
namespace {

// Sets the exception for a failed call, under the GIL. If the store was closed meanwhile, the
// exception
// says so.
PyObject* failed(const Store& store, kvs_code code) {
  if (store.handle.get() == nullptr) {
    set_closed("store");
  } else {
    set_error(code);
  }
  return nullptr;
}

// The store's handle; null, with an exception, if it has none.
kvs_store* open_store(PyObject* self, Store** store) {
  *store = value_of<Store>(self);
  if (*store == nullptr) return nullptr;
  kvs_store* const handle = (*store)->handle.get();
  if (handle == nullptr) set_closed("store");
  return handle;
}

// A value as bytes. Null without an exception: the key is missing.
PyObject* get_value(PyObject* self, PyObject* key, bool* missing) {
  *missing = false;
  Store* store = nullptr;
  kvs_store* const handle = open_store(self, &store);
  Bytes name;
  if (handle == nullptr || !name.take(key)) return nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  const kvs_code code = without_gil(
      [&] { return kvs_get_view(handle, name.data, name.size, nullptr, &value, &size); });
  if (code == KVS_OK) {
    return PyBytes_FromStringAndSize(static_cast<const char*>(value),
                                     static_cast<Py_ssize_t>(size));
  }
  *missing = code == KVS_MISSING;
  return *missing ? nullptr : failed(*store, code);
}

bool put_value(PyObject* self, PyObject* key, PyObject* value, kvs_written* written) {
  Store* store = nullptr;
  kvs_store* const handle = open_store(self, &store);
  Bytes name, bytes;
  if (handle == nullptr || !name.take(key) || !bytes.take(value)) return false;
  const kvs_code code = without_gil([&] {
    return kvs_put(handle, name.data, name.size, bytes.data, bytes.size, nullptr, written);
  });
  return code == KVS_OK || failed(*store, code) != nullptr;
}

// 1: the key existed; 0: it did not; -1: an exception is set.
int delete_key(PyObject* self, PyObject* key) {
  Store* store = nullptr;
  kvs_store* const handle = open_store(self, &store);
  Bytes name;
  if (handle == nullptr || !name.take(key)) return -1;
  const kvs_code code =
      without_gil([&] { return kvs_delete(handle, name.data, name.size, nullptr, nullptr); });
  if (code == KVS_OK || code == KVS_MISSING) return code == KVS_OK ? 1 : 0;
  failed(*store, code);
  return -1;
}

int has_key(PyObject* self, PyObject* key) {
  Store* store = nullptr;
  kvs_store* const handle = open_store(self, &store);
  Bytes name;
  if (handle == nullptr || !name.take(key)) return -1;
  const kvs_code code =
      without_gil([&] { return kvs_stat(handle, name.data, name.size, nullptr, nullptr); });
  if (code == KVS_OK || code == KVS_MISSING) return code == KVS_OK ? 1 : 0;
  failed(*store, code);
  return -1;
}

// --- Slots and methods

PyObject* subscript(PyObject* self, PyObject* key) {
  bool missing = false;
  PyObject* const value = get_value(self, key, &missing);
  if (missing) PyErr_SetObject(PyExc_KeyError, key);
  return value;
}

int assign(PyObject* self, PyObject* key, PyObject* value) {
  if (value != nullptr) return put_value(self, key, value, nullptr) ? 0 : -1;
  const int there = delete_key(self, key);
  if (there == 0) PyErr_SetObject(PyExc_KeyError, key);
  return there == 1 ? 0 : -1;
}

Py_ssize_t length(PyObject* self) {
  Store* store = nullptr;
  kvs_store* const handle = open_store(self, &store);
  if (handle == nullptr) return -1;
  std::uint64_t keys = 0;
  const kvs_code code = without_gil([&] { return kvs_count(handle, &keys); });
  if (code == KVS_OK) return static_cast<Py_ssize_t>(keys);
  failed(*store, code);
  return -1;
}

// _get(key, default)
PyObject* get(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  if (count < 1 || count > 2) {
    PyErr_SetString(PyExc_TypeError, "get() takes a key, and a default");
    return nullptr;
  }
  bool missing = false;
  PyObject* const value = get_value(self, args[0], &missing);
  if (!missing) return value;
  PyObject* const other = count == 2 ? args[1] : Py_None;
  Py_INCREF(other);
  return other;
}

// _set(key, value): a put without options, which is the most frequent.
PyObject* set(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  if (count != 2) {
    PyErr_SetString(PyExc_TypeError, "a key and a value are needed");
    return nullptr;
  }
  kvs_written written{};
  return put_value(self, args[0], args[1], &written) ? PyLong_FromUnsignedLongLong(written.seq)
                                                     : nullptr;
}

PyMethodDef set_method = {"_set", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(set)),
                          METH_FASTCALL, "Sets the value and returns its version."};
PyMethodDef get_method = {"_get", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(get)),
                          METH_FASTCALL, "The value, or the default (None)."};

void set_store_slots(PyHeapTypeObject* type) {
  type->as_mapping.mp_subscript = subscript;
  type->as_mapping.mp_ass_subscript = assign;
  type->as_mapping.mp_length = length;
  type->as_sequence.sq_contains = has_key;
  type->ht_type.tp_as_mapping = &type->as_mapping;
  type->ht_type.tp_as_sequence = &type->as_sequence;
}

// --- Opening

// May run on any thread, including one of the library's. An exception it raises is printed as
// unraisable.
void call_on_warning(void* arg, const char* message) {
  if (Py_IsInitialized() == 0 || _Py_IsFinalizing() != 0) return;
  const CallbackScope scope;
  const py::gil_scoped_acquire acquire;
  const auto callable = py::reinterpret_borrow<py::object>(static_cast<PyObject*>(arg));
  try {
    callable(text_of(message));
  } catch (py::error_already_set& error) {
    error.restore();
    PyErr_WriteUnraisable(callable.ptr());
  }
}

// Parses "always", "none" or a time such as "100ms".
void take_sync(const std::string& text, kvs_options* options) {
  if (text == "always") {
    options->sync = KVS_SYNC_ALWAYS;
  } else if (text == "none") {
    options->sync = KVS_SYNC_NONE;
  } else {
    std::uint32_t ms = 0;
    const char* const all = text.data();
    const auto [end, error] = std::from_chars(all, all + text.size(), ms);
    if (error != std::errc() || std::string_view(end, all + text.size() - end) != "ms" || ms == 0) {
      throw_usage("sync is 'always', 'none', or as '100ms'");
    }
    options->sync = KVS_SYNC_INTERVAL;
    options->sync_interval_ms = ms;
  }
}

// Waits for a lock in short steps, and checks for Ctrl-C between them.
void open(Store& store, const char* path, kvs_options options, std::uint64_t lock_wait_ms) {
  constexpr std::uint32_t kStep = 100;
  options.lock_wait_ms = kStep;
  for (; lock_wait_ms > kStep; lock_wait_ms -= kStep) {
    if (run([&] { return kvs_open(path, &options, store.handle.out()); }, KVS_LOCKED)) return;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  }
  options.lock_wait_ms = static_cast<std::uint32_t>(lock_wait_ms);
  run([&] { return kvs_open(path, &options, store.handle.out()); });
}

std::uint32_t transaction_ms(double seconds) {
  const std::uint64_t ms = milliseconds(seconds, "transaction_time");
  if (ms > UINT32_MAX) throw_out_of_range("transaction_time is at most 2**32-1 milliseconds");
  return static_cast<std::uint32_t>(ms);
}

std::unique_ptr<Store> make_store(const std::string& path, bool read_only, bool lock_at_first_write,
                                  const std::string& sync, double lock_wait,
                                  const py::object& memory, const py::object& compact_at,
                                  const std::optional<std::string>& keep_history,
                                  const std::optional<std::string>& compression,
                                  const py::object& scrub_rate, double transaction_time,
                                  const py::object& transaction_bytes,
                                  const py::object& on_warning) {
  kvs_options options{};
  options.size = sizeof options;
  options.read_only = read_only;
  options.lock_at_first_write = lock_at_first_write;
  take_sync(sync, &options);
  options.memory = whole_number(memory, "memory");
  options.compact_at = small_number(compact_at, "compact_at");
  options.keep_history = c_string(keep_history, "keep_history");
  options.compression = c_string(compression, "compression");
  options.scrub_rate = whole_number(scrub_rate, "scrub_rate");
  options.txn_ms = transaction_ms(transaction_time);
  options.txn_bytes = whole_number(transaction_bytes, "transaction_bytes");
  auto store = std::make_unique<Store>();
  if (!on_warning.is_none()) {
    if (PyCallable_Check(on_warning.ptr()) == 0) throw py::type_error("on_warning is not callable");
    store->on_warning = on_warning;
    options.on_warning = call_on_warning;
    options.on_warning_arg = on_warning.ptr();
  }
  open(*store, c_string(path, "the path"), options, milliseconds(lock_wait, "lock_wait"));
  return store;
}

py::object stats_of(const Store& store) {
  kvs_statistics stats{};
  stats.size = sizeof stats;
  run_on(store, [&stats](auto* handle) { return kvs_stats(handle, &stats); });
  py::dict dict;
  dict["keys"] = stats.keys_are_known ? py::object(py::int_(stats.keys)) : py::none();
  dict["read_only"] = stats.read_only;
  dict["writes_refused"] = stats.writes_refused;
  dict["file_size"] = stats.file_size;
  dict["allocated"] = stats.allocated;
  dict["last_seq"] = stats.last_seq;
  dict["durable_size"] = stats.durable_size;
  dict["memory_budget"] = stats.memory_budget;
  dict["index_bytes"] = stats.index_bytes;
  dict["index_runs"] = stats.index_runs;
  dict["snapshots"] = stats.snapshots;
  dict["expiring_keys"] = stats.expiring_keys;
  dict["writes"] = stats.writes;
  dict["reads"] = stats.reads;
  dict["syncs"] = stats.syncs;
  dict["expired_keys"] = stats.expired_keys;
  dict["compactions"] = stats.compactions;
  return dict;
}

const char* change_name(kvs_change change) {
  switch (change) {
    case KVS_SET:
      return "set";
    case KVS_APPEND:
      return "append";
    case KVS_DELETE:
      return "delete";
    case KVS_EXPIRE:
      return "expire";
    case KVS_HOLE:
      return "hole";
    case KVS_GAP:
      return "gap";
    case KVS_CUT:
      return "cut";
    case KVS_CLEAR:
      return "clear";
  }
  return "unknown";
}

py::list history_of(const Store& store, py::handle key, py::handle most) {
  Bytes name;
  name.take_or_throw(key);
  const std::size_t limit = whole_number(most, "limit");
  kvs_history_entry* entries = nullptr;
  std::size_t count = 0;
  run_on(store, [&](auto* handle) {
    return kvs_history(handle, name.data, name.size, limit, &entries, &count);
  });
  const std::unique_ptr<kvs_history_entry, void (*)(void*)> owned(
      entries, [](void* memory) { kvs_free(memory); });
  py::list all;
  for (std::size_t i = 0; i < count; ++i) {
    const kvs_history_entry& entry = entries[i];
    all.append(py::make_tuple(change_name(entry.change), entry.seq, entry.time_us, entry.size,
                              entry.expires_at_ms));
  }
  return all;
}

template <class Call>
void call_simple(const Store& store, Call call) {
  run_on(store, [&](auto* handle) { return call(handle); });
}

}  // namespace

void define_store(py::module_& module) {
  py::class_<Store> type(module, "Store", py::custom_type_setup(set_store_slots));
  type.def(py::init(&make_store), py::arg("path"), py::kw_only(), py::arg("read_only") = false,
           py::arg("lock_at_first_write") = false, py::arg("sync") = "always",
           py::arg("lock_wait") = 0.0, py::arg("memory") = 0, py::arg("compact_at") = 0,
           py::arg("keep_history") = py::none(), py::arg("compression") = py::none(),
           py::arg("scrub_rate") = 0, py::arg("transaction_time") = 0.0,
           py::arg("transaction_bytes") = 0, py::arg("on_warning") = py::none());
  type.def("close", [](Store& store) { store.handle.close(); });
  type.def_property_readonly("closed",
                             [](const Store& store) { return store.handle.get() == nullptr; });

  type.def("_get_at", [](const Store& store, py::handle key, py::object other, py::handle at) {
    Bytes name;
    name.take_or_throw(key);
    const auto when = at_of(at);
    Owned value;
    const bool found = run_on(store, [&](auto* handle) {
      return kvs_get(handle, name.data, name.size, pointer(when), &value.data, &value.size);
    });
    return found ? py::object(value.bytes()) : other;
  });
  type.def("_read",
           [](const Store& store, py::handle key, py::handle begin, py::handle most,
              py::handle at) -> py::object {
             Bytes name;
             name.take_or_throw(key);
             const std::int64_t offset = signed_number(begin, "offset");
             const std::uint64_t length = whole_number(most, "length");
             const auto when = at_of(at);
             Owned value;
             const bool found = run_on(store, [&](auto* handle) {
               return kvs_read(handle, name.data, name.size, offset, length, pointer(when),
                               &value.data, &value.size);
             });
             return found ? py::object(value.bytes()) : py::none();
           });
  type.def("_stat", [](const Store& store, py::handle key, py::handle at) -> py::object {
    Bytes name;
    name.take_or_throw(key);
    const auto when = at_of(at);
    kvs_key_info info{};
    const bool found = run_on(store, [&](auto* handle) {
      return kvs_stat(handle, name.data, name.size, pointer(when), &info);
    });
    return found ? info_of(info) : py::none();
  });
  type.def("_ttl", [](const Store& store, py::handle key) -> py::object {
    Bytes name;
    name.take_or_throw(key);
    std::int64_t ms = 0;
    const bool found =
        run_on(store, [&](auto* handle) { return kvs_ttl(handle, name.data, name.size, &ms); });
    return found ? py::object(py::int_(ms)) : py::none();
  });
  type.def("_history", &history_of);
  // Returns the version, or None if if_present was given and the key did not exist.
  type.def("_put",
           [](const Store& store, py::handle key, py::handle value, py::handle ttl,
              py::handle expires_at, bool if_absent, bool if_present, py::handle if_seq,
              bool wait) -> py::object {
             Bytes name, bytes;
             name.take_or_throw(key);
             bytes.take_or_throw(value);
             const Writing writing =
                 writing_of(ttl, expires_at, if_absent, if_present, if_seq, wait);
             kvs_written written{};
             const bool done = run_on(store, [&](auto* handle) {
               return kvs_put(handle, name.data, name.size, bytes.data, bytes.size,
                              &writing.options, &written);
             });
             return done ? py::object(py::int_(written.seq)) : py::none();
           });
  type.def("_append",
           [](const Store& store, py::handle key, py::handle value, bool if_present,
              py::handle if_seq, bool wait) -> py::object {
             Bytes name, bytes;
             name.take_or_throw(key);
             bytes.take_or_throw(value);
             const Writing writing =
                 writing_of(py::none(), py::none(), false, if_present, if_seq, wait);
             kvs_written written{};
             const bool done = run_on(store, [&](auto* handle) {
               return kvs_append(handle, name.data, name.size, bytes.data, bytes.size,
                                 &writing.options, &written);
             });
             return done ? py::object(py::int_(written.total)) : py::none();
           });
  type.def("_delete", [](const Store& store, py::handle key, py::handle if_seq, bool wait) {
    Bytes name;
    name.take_or_throw(key);
    const Writing writing = writing_of(py::none(), py::none(), false, false, if_seq, wait);
    return run_on(store, [&](auto* handle) {
      return kvs_delete(handle, name.data, name.size, &writing.options, nullptr);
    });
  });
  type.def(
      "_expire", [](const Store& store, py::handle key, py::handle expires_at, py::handle if_seq) {
        Bytes name;
        name.take_or_throw(key);
        const std::uint64_t expires_at_ms = expiry_of(expires_at);
        const Writing writing = writing_of(py::none(), py::none(), false, false, if_seq, true);
        return run_on(store, [&](auto* handle) {
          return kvs_expire(handle, name.data, name.size, expires_at_ms, &writing.options, nullptr);
        });
      });
  type.def("_undo", [](const Store& store, py::handle key, py::handle to) {
    Bytes name;
    name.take_or_throw(key);
    const auto when = at_of(to);
    std::uint64_t seq = 0;
    run_on(store, [&](auto* handle) {
      return kvs_undo(handle, name.data, name.size, pointer(when), &seq);
    });
    return seq;
  });

  type.def("clear", [](const Store& store) { call_simple(store, kvs_clear); });
  type.def("commit", [](const Store& store) { call_simple(store, kvs_commit); });
  type.def("sync", [](const Store& store) { call_simple(store, kvs_sync); });
  type.def("checkpoint", [](const Store& store) { call_simple(store, kvs_checkpoint); });
  type.def("stop_compaction", [](const Store& store) { call_simple(store, kvs_compact_stop); });
  type.def("_compact", [](const Store& store, const std::optional<std::string>& keep_history,
                          const std::optional<std::string>& compression) {
    const char* const keep = c_string(keep_history, "keep_history");
    const char* const compress = c_string(compression, "compression");
    call_simple(store, [&](kvs_store* handle) { return kvs_compact(handle, keep, compress); });
  });
  type.def("_backup", [](const Store& store, const std::string& path) {
    const char* const to = c_string(path, "the path");
    call_simple(store, [&](kvs_store* handle) { return kvs_backup(handle, to); });
  });
  type.def("stats", &stats_of);
  type.def("_open_report", [](const Store& store) {
    char* text = nullptr;
    call_simple(store, [&](kvs_store* handle) { return kvs_open_report(handle, &text); });
    const std::string report(text);
    kvs_free(text);
    return text_of(report);
  });
  const auto number = [](kvs_code (*call)(kvs_store*, std::uint64_t*) noexcept) {
    return [call](const Store& store) {
      std::uint64_t value = 0;
      call_simple(store, [&](kvs_store* handle) { return call(handle, &value); });
      return value;
    };
  };
  type.def_property_readonly("last_seq", number(kvs_last_seq));
  type.def_property_readonly("durable_seq", number(kvs_durable_seq));
  type.def("_now_us", number(kvs_now));

  add_method(type, &get_method);
  add_method(type, &set_method);
  add_method(type, range_method<Store, kvs_iterator_open>());
}

}  // namespace kvstore_python
