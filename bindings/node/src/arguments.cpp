#include "bindings/node/src/arguments.h"

#include <cmath>
#include <limits>

namespace kvstore::node {

namespace {

const char* type_name(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  check(env, napi_typeof(env, value, &type));
  switch (type) {
    case napi_undefined:
      return "undefined";
    case napi_null:
      return "null";
    case napi_boolean:
      return "a boolean";
    case napi_number:
      return "a number";
    case napi_string:
      return "a string";
    case napi_symbol:
      return "a symbol";
    case napi_function:
      return "a function";
    case napi_bigint:
      return "a BigInt";
    default:
      return "an object";
  }
}

void free_box(napi_env, void* box, void*) { delete static_cast<HandleBox*>(box); }

// The bytes of a Buffer, another view, or an ArrayBuffer; nullopt for other values.
std::optional<std::string_view> bytes_of(napi_env env, napi_value value) {
  bool is = false;
  void* data = nullptr;
  std::size_t size = 0;
  if (napi_is_buffer(env, value, &is) == napi_ok && is) {
    check(env, napi_get_buffer_info(env, value, &data, &size));
  } else if (napi_is_arraybuffer(env, value, &is) == napi_ok && is) {
    check(env, napi_get_arraybuffer_info(env, value, &data, &size));
  } else {
    return std::nullopt;
  }
  return std::string_view(static_cast<const char*>(data), data ? size : 0);
}

// Whether the value's memory is shared, so that another thread may change it at any time.
bool is_shared(napi_env env, napi_value value) {
  napi_value memory = nullptr;
  bool is = false;
  if (napi_is_typedarray(env, value, &is) == napi_ok && is) {
    check(env, napi_get_typedarray_info(env, value, nullptr, nullptr, nullptr, &memory, nullptr));
  } else if (napi_is_dataview(env, value, &is) == napi_ok && is) {
    check(env, napi_get_dataview_info(env, value, nullptr, nullptr, &memory, nullptr));
  } else {
    return false;
  }
  check(env, napi_is_arraybuffer(env, memory, &is));
  return !is;
}

}  // namespace

napi_value new_handle(napi_env env, std::uint32_t kind, std::shared_ptr<void> object) {
  auto box = std::make_unique<HandleBox>();
  box->kind = kind;
  box->object = std::move(object);
  napi_value made = nullptr;
  check(env, napi_create_external(env, box.get(), free_box, nullptr, &made));
  [[maybe_unused]] const auto* const freed_with_the_handle = box.release();
  return made;
}

Arguments::Arguments(napi_env environment, napi_callback_info info)
    : env(environment), instance_(Instance::of(environment)) {
  // Arguments that are not given are undefined.
  check(env, napi_get_cb_info(env, info, &count_, values_.data(), nullptr, nullptr));
}

bool Arguments::is_given(std::size_t index) const {
  if (index >= count_) return false;
  napi_valuetype type = napi_undefined;
  check(env, napi_typeof(env, values_[index], &type));
  return type != napi_undefined && type != napi_null;
}

HandleBox& Arguments::handle_box(std::size_t index, std::uint32_t kind, const char* name) const {
  void* data = nullptr;
  if (napi_get_value_external(env, values_[index], &data) == napi_ok && data) {
    auto& box = *static_cast<HandleBox*>(data);
    if (box.magic == HandleBox::kMagic && box.kind == kind) return box;
  }
  wrong(values_[index], name);
}

void Arguments::wrong(napi_value value, const char* what) const {
  usage(std::string("this has to be ") + what + ", not " + type_name(env, value));
}

double Arguments::number(std::size_t index) const {
  double value = 0;
  if (napi_get_value_double(env, values_[index], &value) != napi_ok || std::isnan(value)) {
    wrong(values_[index], "a number");
  }
  return value;
}

std::uint64_t Arguments::count(std::size_t index) const {
  const double value = number(index);
  if (value < 0 || value != std::floor(value)) {
    usage("this has to be a whole number from 0 on, not " + std::to_string(value));
  }
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  return value >= 18446744073709551615.0 ? kMax : static_cast<std::uint64_t>(value);
}

std::int64_t Arguments::integer(std::size_t index) const {
  const double value = number(index);
  if (value != std::floor(value) || std::abs(value) > 9007199254740992.0) {
    usage("this has to be a whole number, not " + std::to_string(value));
  }
  return static_cast<std::int64_t>(value);
}

At Arguments::at(std::size_t index) const {
  At at;
  if (index + 1 >= count_) return at;
  const std::uint64_t kind = count(index);
  if (kind == 1) at.seq = count(index + 1);
  if (kind == 2) at.time_us = count(index + 1);
  return at;
}

std::string Arguments::string(std::size_t index, const char* what) const {
  Bytes bytes;
  add_bytes(index, bytes, what);
  return std::string(bytes.view());
}

std::optional<std::string> Arguments::optional_string(std::size_t index, const char* what) const {
  if (!is_given(index)) return std::nullopt;
  return string(index, what);
}

std::size_t Arguments::add_bytes(std::size_t index, Bytes& to, const char* what) const {
  return add_bytes(values_[index], to, what);
}

std::size_t Arguments::add_bytes(napi_value value, Bytes& to, const char* what) const {
  constexpr std::size_t kGuess = 256;
  to.reserve(kGuess);
  std::size_t size = 0;
  const std::size_t space = to.space();
  if (napi_get_value_string_utf8(env, value, to.end(), space, &size) == napi_ok) {
    // A value that does not fit is cut within a character of the end.
    if (size + 4 >= space) {
      check(env, napi_get_value_string_utf8(env, value, nullptr, 0, &size));
      to.reserve(size + 1);
      check(env, napi_get_value_string_utf8(env, value, to.end(), size + 1, &size));
    }
    to.add(size);
    return size;
  }
  const auto bytes = bytes_of(env, value);
  if (!bytes) wrong(value, what);
  to.append(*bytes);
  return bytes->size();
}

std::optional<std::string_view> Arguments::many_bytes(std::size_t index) const {
  constexpr std::size_t kMany = 4096;
  const auto bytes = bytes_of(env, values_[index]);
  if (!bytes || bytes->size() < kMany || is_shared(env, values_[index])) return std::nullopt;
  return bytes;
}

}  // namespace kvstore::node
