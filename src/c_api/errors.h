// What a call of the C interface answers, and what this thread's last error was.
#pragma once

#include <exception>
#include <new>
#include <string_view>

#include <kvstore/kvstore.h>

#include "src/base/status.h"

namespace kvstore::c_api {

kvs_code number_of(Code code);

// Keeps it as this thread's last error, and returns its number.
kvs_code report(const Error& error) noexcept;
kvs_code report_usage(std::string_view message) noexcept;
kvs_code report_no_memory() noexcept;
kvs_code report_exception(const std::exception& exception) noexcept;

// No exception leaves a call.
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

// For functions that return a kvs_code: its error, of a Status or Result.
#define KVS_TRY(expression)                                               \
  do {                                                                    \
    auto kvs_status = (expression);                                       \
    if (!kvs_status) return ::kvstore::c_api::report(kvs_status.error()); \
  } while (false)
// The same for expressions that are a kvs_code themselves.
#define KVS_CHECK(expression)                                          \
  do {                                                                 \
    if (const kvs_code kvs_checked = (expression)) return kvs_checked; \
  } while (false)
