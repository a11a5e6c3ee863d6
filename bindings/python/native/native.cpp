#include "native.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace kvstore_python {

bool Bytes::take_other(PyObject* given) {
  if (PyUnicode_Check(given)) {
    Py_ssize_t length = 0;
    data = PyUnicode_AsUTF8AndSize(given, &length);
    size = static_cast<std::size_t>(length);
    return data != nullptr;
  }
  if (PyObject_CheckBuffer(given) == 0) {
    PyErr_Format(PyExc_TypeError, "bytes, str or an object with a buffer is needed, not %.100s",
                 Py_TYPE(given)->tp_name);
    return false;
  }
  if (PyObject_GetBuffer(given, &view_, PyBUF_SIMPLE) != 0) return false;
  data = view_.buf;
  size = static_cast<std::size_t>(view_.len);
  return true;
}

// --- Errors

py::object text_of(std::string_view bytes) {
  PyObject* const text =
      PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "surrogateescape");
  if (text == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(text);
}

namespace {

void set_from(const char* name, std::string_view message, std::string_view hint) {
  try {
    const py::object make = py::module_::import("kvstore.errors").attr("make");
    const py::object error = make(name, text_of(message), text_of(hint));
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
  } catch (py::error_already_set& failed) {
    failed.restore();
  }
}

}  // namespace

void set_error(kvs_code code) {
  // Read the message first: creating the exception may run code that calls the library.
  const std::string message = kvs_last_message(), hint = kvs_last_hint();
  set_from(kvs_code_name(code), message, hint);
}

void set_closed(const char* what) {
  set_from("FAILED", "the " + std::string(what) + " is closed", "reopen it");
}

void set_in_use() {
  set_from("STATE", "another thread uses this at this moment", "give each thread one of its own");
}

void add_method(py::handle type, PyMethodDef* method) {
  PyObject* const descriptor =
      PyDescr_NewMethod(reinterpret_cast<PyTypeObject*>(type.ptr()), method);
  if (descriptor == nullptr) throw py::error_already_set();
  type.attr(method->ml_name) = py::reinterpret_steal<py::object>(descriptor);
}

// --- Arguments

void throw_usage(const std::string& message) {
  set_from("USAGE", message, "");
  throw py::error_already_set();
}

void throw_out_of_range(const std::string& message) {
  set_from("NUMBER", message, "");
  throw py::error_already_set();
}

namespace {

py::object index_of(py::handle given, const char* what) {
  if (PyIndex_Check(given.ptr()) == 0) {
    throw py::type_error(std::string(what) + " is an int, not " + Py_TYPE(given.ptr())->tp_name);
  }
  PyObject* const index = PyNumber_Index(given.ptr());
  if (index == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(index);
}

void throw_if_out_of_range(bool is_more, const char* what, const char* range) {
  if (!is_more && PyErr_Occurred() == nullptr) return;
  PyErr_Clear();
  throw_out_of_range(std::string(what) + " is a number from " + range);
}

}  // namespace

std::uint64_t whole_number(py::handle given, const char* what) {
  const std::uint64_t number = PyLong_AsUnsignedLongLong(index_of(given, what).ptr());
  throw_if_out_of_range(false, what, "0 to 2**64-1");
  return number;
}

std::uint32_t small_number(py::handle given, const char* what) {
  const std::uint64_t number = PyLong_AsUnsignedLongLong(index_of(given, what).ptr());
  throw_if_out_of_range(number > UINT32_MAX, what, "0 to 2**32-1");
  return static_cast<std::uint32_t>(number);
}

std::int64_t signed_number(py::handle given, const char* what) {
  const std::int64_t number = PyLong_AsLongLong(index_of(given, what).ptr());
  throw_if_out_of_range(false, what, "-2**63 to 2**63-1");
  return number;
}

double seconds_of(py::handle given, const char* what) {
  const double number = PyFloat_AsDouble(given.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    throw py::type_error(std::string(what) + " is seconds, an int or a float, not " +
                         Py_TYPE(given.ptr())->tp_name);
  }
  return number;
}

std::optional<kvs_at> at_of(py::handle at) {
  if (at.is_none()) return std::nullopt;
  if (PyFloat_Check(at.ptr())) {
    const double seconds = py::cast<double>(at);
    if (!(seconds >= 0 && seconds < 1e12)) throw_out_of_range("`at` is no time that there is");
    return kvs_at{KVS_AT_TIME, static_cast<std::uint64_t>(std::llround(seconds * 1e6))};
  }
  if (!PyLong_Check(at.ptr())) {
    throw py::type_error("`at` is a version (int), or a time (datetime, or float in seconds)");
  }
  return kvs_at{KVS_AT_SEQ, whole_number(at, "at")};
}

std::uint64_t milliseconds(double seconds, const char* what) {
  if (!(seconds >= 0 && seconds < 1e11)) {
    throw_out_of_range(std::string(what) + " is out of range");
  }
  return static_cast<std::uint64_t>(std::ceil(seconds * 1000));
}

std::uint64_t expiry_of(py::handle given) {
  if (given.is_none()) return 0;
  const double seconds = seconds_of(given, "expires_at");
  if (milliseconds(seconds, "expires_at") == 0) return 1;  // not never: refused like 1970
  return std::max<std::uint64_t>(static_cast<std::uint64_t>(seconds * 1000), 1);
}

const char* c_string(const std::string& text, const char* what) {
  if (text.find('\0') != std::string::npos) throw_usage(std::string(what) + " has a zero byte");
  return text.c_str();
}

// --- Callbacks

void CallbackScope::refuse() {
  if (!is_open) return;
  set_from("STATE", "on_warning called kvstore", "let it return first");
  throw py::error_already_set();
}

void close_later(std::function<void()> close, py::object kept) noexcept {
  try {
    const py::error_scope others;  // an exception that is pending while objects are destroyed
    const py::cpp_function run([close = std::move(close), kept] {
      without_gil([&] {
        close();
        return 0;
      });
    });
    py::module_::import("threading").attr("Thread")(py::arg("target") = run).attr("start")();
  } catch (const std::exception&) {
    [[maybe_unused]] const py::handle for_ever = kept.release();
  }
}

py::object info_of(const kvs_key_info& info) {
  return py::make_tuple(info.type == KVS_SORTED_SET ? "zset" : "string", info.size,
                        info.expires_at_ms, info.seq, info.time_us);
}

Writing writing_of(py::handle ttl, py::handle expires_at, bool if_absent, bool if_present,
                   py::handle if_seq, bool wait) {
  Writing writing;
  kvs_write_options& options = writing.options;
  options.size = sizeof options;
  options.no_wait = !wait;
  if (!ttl.is_none()) {
    options.ttl_ms = milliseconds(seconds_of(ttl, "ttl"), "ttl");
    if (options.ttl_ms == 0) throw_out_of_range("ttl is 0; None is without one");
  }
  if (!expires_at.is_none()) {
    options.expires_at_ms = milliseconds(seconds_of(expires_at, "expires_at"), "expires_at");
    if (options.expires_at_ms == 0) throw_out_of_range("expires_at is 0; None is never");
  }
  if (static_cast<int>(if_absent) + static_cast<int>(if_present) +
          static_cast<int>(!if_seq.is_none()) >
      1) {
    throw_usage("if_absent, if_present and if_seq exclude each other");
  }
  if (if_absent) options.condition = KVS_IF_ABSENT;
  if (if_present) options.condition = KVS_IF_PRESENT;
  if (!if_seq.is_none()) {
    options.condition = KVS_IF_SEQ;
    options.if_seq = whole_number(if_seq, "if_seq");
  }
  return writing;
}

}  // namespace kvstore_python

PYBIND11_MODULE(_kvstore, module) {
  using namespace kvstore_python;
  module.doc() = "kvstore's C interface for Python. Use the package kvstore.";
  module.attr("__version__") = kvs_version();
  define_store(module);
  define_iterator(module);
  define_snapshot(module);
  define_transaction(module);
  define_batch(module);
  define_follower(module);
}
