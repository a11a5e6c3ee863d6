// What the parts of the Python module share. It is written over the C interface, with pybind11
// for all that is not called a million times a second; get, put and delete, [] and `in`, and the
// steps of an iterator are plain functions of CPython's.
//
// The GIL: let go of in each call of the library. A thread that then looks at the same Python
// object finds its handle, and what the library answers of that.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <kvstore/kvstore.h>

namespace kvstore_python {

namespace py = pybind11;

// --- Bytes that were given: bytes, str (as UTF-8), or anything with a buffer.

class Bytes {
 public:
  Bytes() = default;
  ~Bytes() {
    if (view_.obj != nullptr) PyBuffer_Release(&view_);
  }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

  // False: a TypeError is set. What is given must outlive it.
  bool take(PyObject* given) {
    if (PyBytes_CheckExact(given)) {
      data = PyBytes_AS_STRING(given);
      size = static_cast<std::size_t>(PyBytes_GET_SIZE(given));
      return true;
    }
    return take_other(given);
  }
  void take_or_throw(py::handle given) {
    if (!take(given.ptr())) throw py::error_already_set();
  }

  const void* data = nullptr;
  std::size_t size = 0;

 private:
  bool take_other(PyObject* given);
  Py_buffer view_{};
};

// --- Errors

// A str of the library's words, which may have a path in them that is not UTF-8.
py::object text_of(std::string_view bytes);
// Sets the exception of kvstore.errors that belongs to the code, with this thread's last message.
void set_error(kvs_code code);
void set_closed(const char* what);  // "store"
[[noreturn]] inline void throw_error(kvs_code code) {
  set_error(code);
  throw py::error_already_set();
}

// A daemon thread that wants the GIL while the interpreter ends is ended there and then, by
// unwinding its stack, which may have a destructor that must not throw. So it stays here until the
// process has ended, as it would from Python 3.14 on.
inline void take_gil_back(PyThreadState* state) {
  try {
    PyEval_RestoreThread(state);
  } catch (...) {
    while (true) ::pause();
  }
}

// Without the GIL.
template <class Call>
auto without_gil(Call call) {
  PyThreadState* const state = PyEval_SaveThread();
  const auto answer = call();  // of the library, which throws nothing
  take_gil_back(state);
  return answer;
}

// Of calls that are not made a million times a second: without the GIL, and its answer checked.
// True: KVS_OK; false: KVS_MISSING, or `other` where that is no error.
template <class Call>
bool run(Call call, kvs_code other = KVS_MISSING) {
  const kvs_code code = without_gil(call);
  if (code == KVS_OK) return true;
  if (code == KVS_MISSING || code == other) return false;
  throw_error(code);
}

// The same on the handle of an object. Another thread may have closed that meanwhile: then the
// library does not know the handle, and this says what it was.
template <class Of, class Call>
bool run_on(const Of& of, Call call) {
  auto* const handle = of.open();
  const kvs_code code = without_gil([&] { return call(handle); });
  if (code == KVS_OK) return true;
  if (code == KVS_MISSING) return false;
  if (of.handle.get() != handle) of.open();
  throw_error(code);
}

// What the library has given holds until the next call of the same handle; another thread's may
// come before this one has the GIL again. So one has it to itself. Under the GIL.
class InUse {
 public:
  explicit InUse(bool* flag) : flag_(*flag ? nullptr : flag) {
    if (flag_ != nullptr) *flag_ = true;
  }
  ~InUse() {
    if (flag_ != nullptr) *flag_ = false;
  }
  InUse(const InUse&) = delete;
  InUse& operator=(const InUse&) = delete;
  explicit operator bool() const { return flag_ != nullptr; }

 private:
  bool* const flag_;
};
void set_in_use();

// Memory of the library.
struct Owned {
  Owned() = default;
  ~Owned() { kvs_free(data); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  py::bytes bytes() const { return py::bytes(static_cast<const char*>(data), size); }
  void* data = nullptr;
  std::size_t size = 0;
};

// --- Arguments

// None: now; an int: a version; a float: seconds since 1970.
std::optional<kvs_at> at_of(py::handle at);
inline const kvs_at* pointer(const std::optional<kvs_at>& at) { return at ? &*at : nullptr; }
// Of arguments; UsageError, OutOfRangeError.
[[noreturn]] void throw_usage(const std::string& message);
[[noreturn]] void throw_out_of_range(const std::string& message);
// An int, or what stands for one, from 0 to 2^64-1, or 2^32-1; from -2^63 to 2^63-1. TypeError,
// OutOfRangeError.
std::uint64_t whole_number(py::handle given, const char* what);
std::uint32_t small_number(py::handle given, const char* what);
std::int64_t signed_number(py::handle given, const char* what);
// An int or a float. TypeError.
double seconds_of(py::handle given, const char* what);
// Seconds, as milliseconds rounded up; OutOfRangeError if negative.
std::uint64_t milliseconds(double seconds, const char* what);
// A time as kvs_expire() takes it: seconds, or None for never.
std::uint64_t expiry_of(py::handle given);
// As C takes it. UsageError if it has a zero byte, behind which nothing would be looked at.
const char* c_string(const std::string& text, const char* what);
inline const char* c_string(const std::optional<std::string>& text, const char* what) {
  return text ? c_string(*text, what) : nullptr;
}

py::object info_of(const kvs_key_info& info);

struct Writing {
  kvs_write_options options{};
};
Writing writing_of(py::handle ttl, py::handle expires_at, bool if_absent, bool if_present,
                   py::handle if_seq, bool wait);

// --- What the objects have

// While it lives this thread is in a callback: the library refuses its calls.
class CallbackScope {
 public:
  CallbackScope() { is_open = true; }
  ~CallbackScope() { is_open = false; }
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;
  static void refuse();  // throws in one
  static inline thread_local bool is_open = false;
};

// Of what goes within a callback: by another thread, which ends before the interpreter does.
// `kept` stays until then. If there can be no such thread both stay for ever.
void close_later(std::function<void()> close, py::object kept) noexcept;

// How many stores were closed: whoever holds what was read of one before looks again.
inline std::atomic<std::uint64_t> stores_closed{0};

// A handle, closed once: by close(), or with the object.
template <class Handle, kvs_code (*Close)(Handle*) noexcept>
class Owner {
 public:
  Owner() = default;
  explicit Owner(Handle* handle) : handle_(handle) {}
  Owner(Owner&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Owner& operator=(Owner&&) = delete;
  ~Owner() { let_go(); }
  // Without the GIL, however little there is to do: what it waits for may be a thread of the
  // store's that calls back.
  void let_go(py::object kept = {}) noexcept {
    Handle* const handle = std::exchange(handle_, nullptr);
    if (handle == nullptr) return;
    const auto close = [handle] { return close_now(handle); };
    if (CallbackScope::is_open) {
      close_later(close, std::move(kept));
    } else if (_Py_IsFinalizing() != 0) {
      close();  // nobody calls back any more
    } else {
      without_gil(close);
    }
  }
  Handle* get() const { return handle_; }
  // Of one that has none.
  Handle** out() { return &handle_; }
  // Throws of one that is closed.
  Handle* open(const char* what) const {
    if (handle_ != nullptr) return handle_;
    set_closed(what);
    throw py::error_already_set();
  }
  // Again is nothing. In a callback: StateError, and it stays open.
  void close() {
    if (handle_ != nullptr) CallbackScope::refuse();
    Handle* const handle = std::exchange(handle_, nullptr);
    if (handle != nullptr) run([&] { return close_now(handle); });
  }

 private:
  static kvs_code close_now(Handle* handle) noexcept {
    const kvs_code code = Close(handle);
    if constexpr (std::is_same_v<Handle, kvs_store>) ++stores_closed;
    return code;
  }

  Handle* handle_ = nullptr;
};

struct Store {
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store() { handle.let_go(on_warning); }
  py::object on_warning;  // what the library calls: goes after the handle
  Owner<kvs_store, kvs_close> handle;
  kvs_store* open() const { return handle.open("store"); }
};
struct Snapshot {
  Owner<kvs_snapshot, kvs_snapshot_close> handle;
  kvs_snapshot* open() const { return handle.open("snapshot"); }
};
struct Transaction {
  Owner<kvs_txn, kvs_txn_close> handle;
  kvs_txn* open() const { return handle.open("transaction"); }
};

// --- Iterators (iterator.cpp): a type of CPython's own, as one is made for each range.

// What `which` of _range() gives.
enum class Gives : int { kKeys = 0, kValues = 1, kItems = 2 };

// The arguments of _range(which, prefix, start, stop, reverse, limit, at).
class RangeCall {
 public:
  // They must outlive it. Throws.
  RangeCall(PyObject* const* args, Py_ssize_t count);
  kvs_range range{};
  Gives gives = Gives::kItems;
  bool backwards = false;
  std::optional<std::uint64_t> limit;

 private:
  Bytes prefix_, start_, stop_;
};

using IteratorHandle = Owner<kvs_iterator, kvs_iterator_close>;
PyObject* make_iterator(const RangeCall& call, IteratorHandle handle);

// Around plain functions of CPython's: null with the exception that `call` threw.
template <class Call>
PyObject* guarded(Call call) {
  try {
    return call();
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (py::builtin_exception& error) {
    error.set_error();
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  }
  return nullptr;
}

// The object behind `self`, of a type of this module or one derived from it; null, with an
// exception, if its __init__ was never called.
template <class T>
T* value_of(PyObject* self) {
  void* const value = reinterpret_cast<py::detail::instance*>(self)->simple_value_holder[0];
  if (value == nullptr) PyErr_SetString(PyExc_TypeError, "its __init__ was not called");
  return static_cast<T*>(value);
}

// _range(), a plain function for the same reason.
template <class Of, auto Open>
PyObject* open_range(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  const auto* const of = value_of<Of>(self);
  if (of == nullptr) return nullptr;
  return guarded([&] {
    const RangeCall call(args, count);
    IteratorHandle handle;
    run_on(*of, [&](auto* opened) { return Open(opened, &call.range, handle.out()); });
    return make_iterator(call, std::move(handle));
  });
}
template <class Of, auto Open>
PyMethodDef* range_method() {
  static PyMethodDef method = {
      "_range", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(open_range<Of, Open>)),
      METH_FASTCALL, "An iterator: which, prefix, start, stop, reverse, limit, at."};
  return &method;
}
// A plain function as a method of the type; both stay.
void add_method(py::handle type, PyMethodDef* method);

void define_store(py::module_& module);
void define_iterator(py::module_& module);
void define_snapshot(py::module_& module);
void define_transaction(py::module_& module);
void define_batch(py::module_& module);
void define_follower(py::module_& module);

}  // namespace kvstore_python
