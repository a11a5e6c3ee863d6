// Reads the fields of an object that JavaScript passes as options. A field that is missing or
// undefined is nullopt. Errors are Failed (kUsage), with the field's name.
#pragma once

#include <node_api.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

#include "bindings/node/src/instance.h"

namespace kvstore::node {

class Fields {
 public:
  Fields(napi_env env, napi_value object) : env_(env), object_(object) {}

  std::optional<std::uint64_t> count(const char* name) const {
    const auto value = find(name);
    double number = 0;
    if (!value) return std::nullopt;
    const bool is_number = napi_get_value_double(env_, *value, &number) == napi_ok;
    if (!is_number || !(number >= 0) || number != std::floor(number) ||
        number > 9007199254740992.0) {
      usage(std::string("the option ") + name + " has to be a whole number from 0 on");
    }
    return static_cast<std::uint64_t>(number);
  }
  // The same for a number of 32 bits: kNumber.
  std::optional<std::uint32_t> small_count(const char* name) const {
    const auto value = count(name);
    if (!value) return std::nullopt;
    if (*value > UINT32_MAX) {
      throw Failed{Error{Code::kNumber,
                         std::string("the option ") + name + " is above " +
                             std::to_string(UINT32_MAX) + ": " + std::to_string(*value),
                         {}}};
    }
    return static_cast<std::uint32_t>(*value);
  }
  bool flag(const char* name) const {
    const auto value = find(name);
    bool is = false;
    if (!value) return false;
    if (napi_get_value_bool(env_, *value, &is) != napi_ok) {
      usage(std::string("the option ") + name + " has to be true or false");
    }
    return is;
  }
  std::optional<std::string> string(const char* name) const {
    const auto value = find(name);
    std::size_t size = 0;
    if (!value) return std::nullopt;
    if (napi_get_value_string_utf8(env_, *value, nullptr, 0, &size) != napi_ok) {
      usage(std::string("the option ") + name + " has to be a string");
    }
    std::string text(size + 1, '\0');
    check(env_, napi_get_value_string_utf8(env_, *value, text.data(), text.size(), &size));
    text.resize(size);
    return text;
  }

 private:
  std::optional<napi_value> find(const char* name) const {
    napi_value value = nullptr;
    napi_valuetype type = napi_undefined;
    check(env_, napi_get_named_property(env_, object_, name, &value));
    check(env_, napi_typeof(env_, value, &type));
    if (type == napi_undefined || type == napi_null) return std::nullopt;
    return value;
  }

  napi_env env_;
  napi_value object_;
};

}  // namespace kvstore::node
