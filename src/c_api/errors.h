// Result codes of the C interface, and the last error of each thread.
#pragma once

#include <exception>
#include <new>
#include <string_view>

#include <kvstore/kvstore.h>

#include "src/base/status.h"

namespace kvstore::c_api {

kvs_code number_of(Code code);

// Stores it as this thread's last error, and returns its code.
kvs_code report(const Error& error) noexcept;
kvs_code report_usage(std::string_view message) noexcept;
kvs_code report_no_memory() noexcept;
kvs_code report_exception(const std::exception& exception) noexcept;

// Catches all exceptions of a call.
template <class Call>
kvs_code guarded(Call call) noexcept {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return report_no_memory();
  } catch (const std::exception& exception) {
    return report_exception(exception);
  } catch (...) {
    return report_usage("an exception of an unknown kind");
  }
}

}  // namespace kvstore::c_api

// In a function that returns a kvs_code: returns the error of a Status or Result.
#define KVS_TRY(expression)                                               \
  do {                                                                    \
    auto kvs_status = (expression);                                       \
    if (!kvs_status) return ::kvstore::c_api::report(kvs_status.error()); \
  } while (false)
// The same for an expression of type kvs_code.
#define KVS_CHECK(expression)                                          \
  do {                                                                 \
    if (const kvs_code kvs_checked = (expression)) return kvs_checked; \
  } while (false)
