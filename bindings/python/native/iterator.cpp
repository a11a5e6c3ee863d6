// Iterators: the library returns many entries at once, and the iterator gives them one at a time.
#include <algorithm>
#include <new>

#include "native.h"

namespace kvstore_python {
namespace {

// The limits of one step in the library. More entries would leave the processor's nearest cache
// before
// they are converted to objects.
constexpr std::size_t kMostEntries = 128, kFirstEntries = 16;
constexpr std::size_t kMostBytes = std::size_t{256} << 10;

struct Iterator {
  PyObject head;
  IteratorHandle handle;
  Gives gives;
  bool backwards;
  bool is_in_use;
  std::size_t most;  // entries to request in the next step
  std::uint64_t left;
  const kvs_entry* entries;  // of the last step
  std::size_t count, at;
  std::uint64_t stores_closed;  // the value of stores_closed when the store was last known to be
                                // open
};
PyTypeObject* type = nullptr;

Iterator& of(PyObject* self) { return *reinterpret_cast<Iterator*>(self); }

// False: there are no more entries, or an exception is set.
bool fill(Iterator& iterator) {
  kvs_iterator* const handle = iterator.handle.get();
  if (handle == nullptr || iterator.left == 0) return false;
  const InUse in_use(&iterator.is_in_use);
  if (!in_use) {
    set_in_use();
    return false;
  }
  iterator.at = iterator.count = 0;
  const std::size_t most = std::min<std::uint64_t>(iterator.most, iterator.left);
  const kvs_entry* entries = nullptr;
  std::size_t count = 0;
  const kvs_code code = without_gil([&] {
    return kvs_iterator_next_many(handle, iterator.backwards, most, kMostBytes, &entries, &count);
  });
  // Another thread has closed the iterator, and the call's entries are no longer valid.
  if (iterator.handle.get() != handle) {
    set_closed("iterator");
    return false;
  }
  if (code != KVS_OK) {
    if (code != KVS_MISSING) set_error(code);
    return false;
  }
  iterator.entries = entries;
  iterator.count = count;
  iterator.left -= count;
  iterator.most = std::min(iterator.most * 4, kMostEntries);
  return true;
}

// False, with an exception: the store was closed, and entries that were read ahead are not
// returned.
bool is_open(Iterator& iterator) {
  const std::uint64_t now = stores_closed;
  kvs_key_info info{};
  const kvs_code code = kvs_iterator_stat(iterator.handle.get(), &info);
  if (code == KVS_FAILED) {
    set_error(code);
    return false;
  }
  iterator.stores_closed = now;
  return true;
}

PyObject* bytes_of(const void* data, std::size_t size) {
  return PyBytes_FromStringAndSize(static_cast<const char*>(data), static_cast<Py_ssize_t>(size));
}

// Makes the tuple last: that may run the garbage collector, which may run any code, even a step of
// this
// iterator. Making bytes does not.
PyObject* pair_of(const kvs_entry& entry) {
  PyObject* const key = bytes_of(entry.key, entry.key_size);
  PyObject* const value = bytes_of(entry.value, entry.value_size);
  PyObject* const pair = key != nullptr && value != nullptr ? PyTuple_New(2) : nullptr;
  if (pair == nullptr) {
    Py_XDECREF(key);
    Py_XDECREF(value);
    return nullptr;
  }
  PyTuple_SET_ITEM(pair, 0, key);
  PyTuple_SET_ITEM(pair, 1, value);
  // Bytes have no references, so the garbage collector need not track the tuple.
  PyObject_GC_UnTrack(pair);
  return pair;
}

PyObject* next_entry(PyObject* self) {
  Iterator& iterator = of(self);
  if (iterator.at == iterator.count && !fill(iterator)) return nullptr;
  if (iterator.stores_closed != stores_closed && !is_open(iterator)) return nullptr;
  const kvs_entry& entry = iterator.entries[iterator.at++];
  switch (iterator.gives) {
    case Gives::kKeys:
      return bytes_of(entry.key, entry.key_size);
    case Gives::kValues:
      return bytes_of(entry.value, entry.value_size);
    case Gives::kItems:
      break;
  }
  return pair_of(entry);
}

// --- The type

PyObject* close(PyObject* self, PyObject*) {
  return guarded([&] {
    of(self).at = of(self).count = 0;
    of(self).handle.close();
    Py_RETURN_NONE;
  });
}

PyObject* enter(PyObject* self, PyObject*) {
  Py_INCREF(self);
  return self;
}

// The iterator refers to no object, so it needs no support by the garbage collector.
void forget(PyObject* self) {
  of(self).handle.~IteratorHandle();
  PyObject_Free(self);
  Py_DECREF(type);
}

}  // namespace

PyObject* make_iterator(const RangeCall& call, IteratorHandle handle) {
  auto* const made = PyObject_New(Iterator, type);
  if (made == nullptr) return nullptr;
  new (&made->handle) IteratorHandle(std::move(handle));
  made->gives = call.gives;
  made->backwards = call.backwards;
  made->is_in_use = false;
  made->most = call.limit ? kMostEntries : kFirstEntries;
  made->left = call.limit.value_or(UINT64_MAX);
  made->entries = nullptr;
  made->count = made->at = 0;
  made->stores_closed = stores_closed;
  return &made->head;
}

RangeCall::RangeCall(PyObject* const* args, Py_ssize_t count) {
  if (count != 7) throw py::type_error("_range() takes 7 arguments");
  const py::handle which = args[0], prefix = args[1], start = args[2], stop = args[3];
  const std::uint64_t number = whole_number(which, "which");
  if (number > static_cast<std::uint64_t>(Gives::kItems)) throw_usage("which is 0, 1 or 2");
  gives = static_cast<Gives>(number);
  range.size = sizeof range;
  range.keys_only = gives == Gives::kKeys;
  if (!prefix.is_none()) prefix_.take_or_throw(prefix);
  range.prefix = prefix_.data;
  range.prefix_size = prefix_.size;
  if (!start.is_none()) {
    start_.take_or_throw(start);
    range.lower = start_.data != nullptr ? start_.data : "";
    range.lower_size = start_.size;
  }
  if (!stop.is_none()) {
    stop_.take_or_throw(stop);
    range.upper = stop_.data != nullptr ? stop_.data : "";
    range.upper_size = stop_.size;
  }
  const int reverse = PyObject_IsTrue(args[4]);
  if (reverse < 0) throw py::error_already_set();
  backwards = reverse == 1;
  if (args[5] != Py_None) limit = whole_number(args[5], "limit");
  if (const auto when = at_of(args[6])) range.at = *when;
}

void define_iterator(py::module_& module) {
  static PyMethodDef methods[] = {
      {"close", close, METH_NOARGS, "Lets go of what it walks over."},
      {"__enter__", enter, METH_NOARGS, nullptr},
      {"__exit__", close, METH_VARARGS, nullptr},
      {nullptr, nullptr, 0, nullptr},
  };
  static PyType_Slot slots[] = {
      {Py_tp_dealloc, reinterpret_cast<void*>(forget)},
      {Py_tp_iter, reinterpret_cast<void*>(PyObject_SelfIter)},
      {Py_tp_iternext, reinterpret_cast<void*>(next_entry)},
      {Py_tp_methods, methods},
      {0, nullptr},
  };
  static PyType_Spec spec = {"kvstore._kvstore.Iterator", sizeof(Iterator), 0, Py_TPFLAGS_DEFAULT,
                             slots};
  PyObject* const made = PyType_FromSpec(&spec);
  if (made == nullptr) throw py::error_already_set();
  type = reinterpret_cast<PyTypeObject*>(made);
  type->tp_new = nullptr;  // make_iterator() makes them
  module.attr("Iterator") = py::handle(made);
}

}  // namespace kvstore_python
