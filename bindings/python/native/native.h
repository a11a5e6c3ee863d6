// The shared parts of the Python module. It is written over the C interface, with pybind11 for
// everything that is not called very often; get, put and delete, [] and `in`, and an iterator's
// steps
// are plain CPython functions.
//
// The GIL is released in each call of the library. Another thread that uses the same Python object
// meanwhile finds its handle, and gets the library's answer for it.
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

// --- Arguments of bytes: bytes, str (as UTF-8), or any object with the buffer protocol.

class Bytes {
 public:
  Bytes() = default;
  ~Bytes() {
    if (view_.obj != nullptr) PyBuffer_Release(&view_);
  }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

  // False: a TypeError is set. `given` must outlive this object.
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

// A str of the library's text, which may contain a path that is not UTF-8.
py::object text_of(std::string_view bytes);
// Sets the exception of kvstore.errors for the code, with this thread's last message.
void set_error(kvs_code code);
void set_closed(const char* what);  // "store"
[[noreturn]] inline void throw_error(kvs_code code) {
  set_error(code);
  throw py::error_already_set();
}

// A daemon thread that requests the GIL while the interpreter ends would be terminated by unwinding
// its
// stack, which may contain a destructor that must not throw. So it blocks here until the process
// has
// ended, as Python does itself from 3.14 on.
inline void take_gil_back(PyThreadState* state) {
  try {
    PyEval_RestoreThread(state);
  } catch (...) {
    while (true) ::pause();
  }
}

// Calls `call` without the GIL.
template <class Call>
auto without_gil(Call call) {
  PyThreadState* const state = PyEval_SaveThread();
  const auto answer = call();  // the library throws nothing
  take_gil_back(state);
  return answer;
}

// For calls that are not made very often: calls without the GIL, and checks the answer. True:
// KVS_OK;
// false: KVS_MISSING, or `other` if that is not an error for the caller.
template <class Call>
bool run(Call call, kvs_code other = KVS_MISSING) {
  const kvs_code code = without_gil(call);
  if (code == KVS_OK) return true;
  if (code == KVS_MISSING || code == other) return false;
  throw_error(code);
}

// The same with an object's handle. Another thread may have closed it meanwhile: then the library
// does
// not know the handle, and this raises an error that names the object.
template <class Of, class Call>
bool run_on(const Of& of, Call call) {
  auto* const handle = of.open();
  const kvs_code code = without_gil([&] { return call(handle); });
  if (code == KVS_OK) return true;
  if (code == KVS_MISSING) return false;
  if (of.handle.get() != handle) of.open();
  throw_error(code);
}

// Memory that the library returns is valid until the next call of the same handle, which another
// thread
// could make before this one has the GIL again. So a thread reserves the handle. Used under the
// GIL.
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

// Memory that the library allocated; freed by the destructor.
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
// For wrong arguments: UsageError, OutOfRangeError.
[[noreturn]] void throw_usage(const std::string& message);
[[noreturn]] void throw_out_of_range(const std::string& message);
// Convert an int, or an object with __index__, from 0 to 2^64-1, from 0 to 2^32-1, and from -2^63
// to
// 2^63-1. TypeError, OutOfRangeError.
std::uint64_t whole_number(py::handle given, const char* what);
std::uint32_t small_number(py::handle given, const char* what);
std::int64_t signed_number(py::handle given, const char* what);
// Converts an int or a float. TypeError.
double seconds_of(py::handle given, const char* what);
// Converts seconds to milliseconds, rounded up; OutOfRangeError if negative.
std::uint64_t milliseconds(double seconds, const char* what);
// A time in kvs_expire()'s form, from seconds, or None for never.
std::uint64_t expiry_of(py::handle given);
// A C string. UsageError if it contains a zero byte, where C would end it.
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

// --- The parts that the objects share.

// While it lives, this thread is in a callback, where the library refuses calls.
class CallbackScope {
 public:
  CallbackScope() { is_open = true; }
  ~CallbackScope() { is_open = false; }
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;
  static void refuse();  // throws in a callback
  static inline thread_local bool is_open = false;
};

// Calls `close` on another thread, which ends before the interpreter does; for closing within a
// callback. `kept` is kept until then. If there can be no such thread, both are kept for ever.
void close_later(std::function<void()> close, py::object kept) noexcept;

// The number of stores that were closed; a reader of cached entries checks it.
inline std::atomic<std::uint64_t> stores_closed{0};

// Owns a handle, which is closed once: by close(), or with the object.
template <class Handle, kvs_code (*Close)(Handle*) noexcept>
class Owner {
 public:
  Owner() = default;
  explicit Owner(Handle* handle) : handle_(handle) {}
  Owner(Owner&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Owner& operator=(Owner&&) = delete;
  ~Owner() { let_go(); }
  // Closes without the GIL, even if that is quick: it may wait for one of the store's threads that
  // calls
  // back.
  void let_go(py::object kept = {}) noexcept {
    Handle* const handle = std::exchange(handle_, nullptr);
    if (handle == nullptr) return;
    const auto close = [handle] { return close_now(handle); };
    if (CallbackScope::is_open) {
      close_later(close, std::move(kept));
    } else if (_Py_IsFinalizing() != 0) {
      close();  // no callbacks follow
    } else {
      without_gil(close);
    }
  }
  Handle* get() const { return handle_; }
  // For an Owner without a handle: where a call stores the new one.
  Handle** out() { return &handle_; }
  // The handle; throws if it is closed.
  Handle* open(const char* what) const {
    if (handle_ != nullptr) return handle_;
    set_closed(what);
    throw py::error_already_set();
  }
  // Does nothing if it is closed. In a callback: StateError, and it stays open.
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
  py::object on_warning;  // the library calls it: destroyed after the handle
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

// --- Iterators (iterator.cpp): a plain CPython type, because one is made for each range.

// The values of _range()'s `which`.
enum class Gives : int { kKeys = 0, kValues = 1, kItems = 2 };

// The arguments of _range(which, prefix, start, stop, reverse, limit, at).
class RangeCall {
 public:
  // The arguments must outlive it. Throws.
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

// Wraps plain CPython functions: null, with the exception that `call` threw.
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

// The C++ object of `self`, whose type is one of this module's or derived from one; null, with an
// exception, if its __init__ was never called.
template <class T>
T* value_of(PyObject* self) {
  void* const value = reinterpret_cast<py::detail::instance*>(self)->simple_value_holder[0];
  if (value == nullptr) PyErr_SetString(PyExc_TypeError, "its __init__ was not called");
  return static_cast<T*>(value);
}

// _range() as a plain function, for speed.
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
// Adds a plain function to the type as a method. Both must stay.
void add_method(py::handle type, PyMethodDef* method);

void define_store(py::module_& module);
void define_iterator(py::module_& module);
void define_snapshot(py::module_& module);
void define_transaction(py::module_& module);
void define_batch(py::module_& module);
void define_follower(py::module_& module);

}  // namespace kvstore_python
