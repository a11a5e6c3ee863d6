#include "native.h"

#include <cmath>

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

namespace {

void set_from(const char* name, const char* message, const char* hint) {
  try {
    const py::object make = py::module_::import("kvstore.errors").attr("make");
    const py::object error = make(name, message, hint);
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
  } catch (py::error_already_set& failed) {
    failed.restore();
  }
}

}  // namespace

void set_error(kvs_code code) {
  // The words first: what making the exception calls may be the library.
  const std::string message = kvs_last_message(), hint = kvs_last_hint();
  set_from(kvs_code_name(code), message.c_str(), hint.c_str());
}

void set_closed(const char* what) {
  set_from("FAILED", ("the " + std::string(what) + " is closed").c_str(), "open it anew");
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
  set_from("USAGE", message.c_str(), "");
  throw py::error_already_set();
}

void throw_out_of_range(const std::string& message) {
  set_from("NUMBER", message.c_str(), "");
  throw py::error_already_set();
}

std::uint64_t whole_number(py::handle given, const char* what) {
  if (PyLong_Check(given.ptr()) == 0) {
    throw py::type_error(std::string(what) + " is an int, not " + Py_TYPE(given.ptr())->tp_name);
  }
  const std::uint64_t number = PyLong_AsUnsignedLongLong(given.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    throw_out_of_range(std::string(what) + " is a number from 0 to 2**64-1");
  }
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
