// Checks and converts what JavaScript passes to a function of the module; and the entry that turns
// C++ exceptions into JavaScript exceptions.
//
// Thread rule: the environment's thread.
#pragma once

#include <node_api.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "bindings/node/src/bytes.h"
#include "bindings/node/src/instance.h"
#include "src/store/store.h"

namespace kvstore::node {

class Cancel;
class Cursor;
class Feed;
class Source;

// The type tag of a handle. JavaScript cannot look into a handle; one of another kind, or of
// another
// module, is refused.
template <class Object>
struct HandleKind;
template <>
struct HandleKind<Source> {
  static constexpr std::uint32_t kKind = 1;
  static constexpr const char* kName = "a store, a snapshot or a transaction";
};
template <>
struct HandleKind<Cursor> {
  static constexpr std::uint32_t kKind = 2;
  static constexpr const char* kName = "an iterator";
};
template <>
struct HandleKind<Feed> {
  static constexpr std::uint32_t kKind = 3;
  static constexpr const char* kName = "a feed";
};
template <>
struct HandleKind<Cancel> {
  static constexpr std::uint32_t kKind = 4;
  static constexpr const char* kName = "a cancellation";
};

// What a handle points to. It is deleted when JavaScript has released the handle, and with it the
// C++
// object's reference.
struct HandleBox {
  static constexpr std::uint64_t kMagic = 0x6b76732d6e6f6465;
  std::uint64_t magic = kMagic;
  std::uint32_t kind = 0;
  std::shared_ptr<void> object;
};

napi_value new_handle(napi_env env, std::uint32_t kind, std::shared_ptr<void> object);
template <class Object>
napi_value handle(napi_env env, std::shared_ptr<Object> object) {
  return new_handle(env, HandleKind<Object>::kKind, std::move(object));
}

class Arguments {
 public:
  Arguments(napi_env environment, napi_callback_info info);

  napi_env env;
  Instance& instance() const { return instance_; }
  napi_value operator[](std::size_t index) const { return values_[index]; }
  bool is_given(std::size_t index) const;

  // --- All throw Failed (kUsage) if the argument is of another kind.
  template <class Object>
  std::shared_ptr<Object> shared(std::size_t index) const {
    return std::static_pointer_cast<Object>(box<Object>(index).object);
  }
  // The reference is valid until the function returns.
  template <class Object>
  Object& object(std::size_t index) const {
    return *static_cast<Object*>(box<Object>(index).object.get());
  }
  // Replaces the object of the handle.
  template <class Object>
  void replace(std::size_t index, std::shared_ptr<Object> object) const {
    box<Object>(index).object = std::move(object);
  }
  double number(std::size_t index) const;
  // A whole number, 0 or more.
  std::uint64_t count(std::size_t index) const;
  std::int64_t integer(std::size_t index) const;
  std::string string(std::size_t index, const char* what) const;
  std::optional<std::string> optional_string(std::size_t index, const char* what) const;
  As as(std::size_t index) const {
    return is_given(index) && count(index) != 0 ? As::kText : As::kBuffer;
  }
  // Reads two arguments: 0 for now, 1 for a version or 2 for a time in microseconds; and the
  // number.
  At at(std::size_t index) const;
  // Appends the argument's bytes and returns their number. A string becomes UTF-8.
  std::size_t add_bytes(std::size_t index, Bytes& to, const char* what) const;
  // The same for any value.
  std::size_t add_bytes(napi_value value, Bytes& to, const char* what) const;
  // A view of the argument's bytes if they are many and no other thread can change them while this
  // thread runs C++; otherwise nullopt.
  std::optional<std::string_view> many_bytes(std::size_t index) const;

 private:
  static constexpr std::size_t kMost = 10;
  template <class Object>
  HandleBox& box(std::size_t index) const {
    return handle_box(index, HandleKind<Object>::kKind, HandleKind<Object>::kName);
  }
  HandleBox& handle_box(std::size_t index, std::uint32_t kind, const char* name) const;
  [[noreturn]] void wrong(napi_value value, const char* what) const;

  std::size_t count_ = kMost;
  std::array<napi_value, kMost> values_;
  Instance& instance_;
};

// What an argument must be, for error messages.
inline constexpr const char* kKey = "a key: a string or bytes (a Buffer, a Uint8Array)";
inline constexpr const char* kValue = "a value: a string or bytes (a Buffer, a Uint8Array)";

// The value of a result; throws Failed with its error.
template <class T>
T checked(Result<T> result) {
  if (!result) throw Failed{std::move(result.error())};
  return std::move(*result);
}

// Makes a C++ function callable from JavaScript.
template <napi_value (*Function)(Arguments&)>
napi_value entry(napi_env env, napi_callback_info info) noexcept {
  try {
    try {
      Arguments arguments(env, info);
      return Function(arguments);
    } catch (const Failed& failed) {
      napi_throw(env, Instance::of(env).error(failed.error));
    } catch (const std::bad_alloc&) {
      napi_throw_error(env, "MEMORY", "out of memory");
    }
  } catch (const Pending&) {
  } catch (const std::bad_alloc&) {
    napi_throw_error(env, "MEMORY", "out of memory");
  }
  return nullptr;
}

}  // namespace kvstore::node
