// Iterators: the library gives many entries at once, this one after the other.
#include <algorithm>

#include "native.h"

namespace kvstore_python {
namespace {

constexpr std::size_t kMostBytes = std::size_t{256} << 10;

// False: there are no more, or an exception is set.
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
  // Closed by another thread: what the call has given is gone with it.
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
  iterator.most = std::min(iterator.most * 4, Iterator::kMostEntries);
  return true;
}

PyObject* bytes_of(const void* data, std::size_t size) {
  return PyBytes_FromStringAndSize(static_cast<const char*>(data), static_cast<Py_ssize_t>(size));
}

// The tuple last: making it may run the garbage collector, and that anything, a step of this
// iterator, too. Making bytes does not.
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
  return pair;
}

PyObject* next_entry(PyObject* self) {
  auto* const iterator = value_of<Iterator>(self);
  if (iterator == nullptr) return nullptr;
  if (iterator->at == iterator->count && !fill(*iterator)) return nullptr;
  const kvs_entry entry = iterator->entries[iterator->at++];
  switch (iterator->gives) {
    case Gives::kKeys:
      return bytes_of(entry.key, entry.key_size);
    case Gives::kValues:
      return bytes_of(entry.value, entry.value_size);
    case Gives::kItems:
      break;
  }
  return pair_of(entry);
}

void set_iterator_slots(PyHeapTypeObject* type) {
  type->ht_type.tp_iter = PyObject_SelfIter;
  type->ht_type.tp_iternext = next_entry;
}

void close_iterator(Iterator& iterator) {
  iterator.at = iterator.count = 0;
  iterator.handle.close();
}

}  // namespace

void define_iterator(py::module_& module) {
  py::class_<Iterator> type(module, "Iterator", py::custom_type_setup(set_iterator_slots));
  type.def("close", &close_iterator);
  type.def("__enter__", [](py::object self) { return self; });
  type.def("__exit__", [](Iterator& iterator, const py::args&) { close_iterator(iterator); });
}

}  // namespace kvstore_python
