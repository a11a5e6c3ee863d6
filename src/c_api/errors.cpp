#include "src/c_api/errors.h"

#include <cstdlib>
#include <string>

namespace kvstore::c_api {
namespace {

struct LastError {
  std::string message, hint;
  bool no_memory = false;  // there was not enough memory for the message either
};

LastError& last_error() {
  static thread_local LastError error;
  return error;
}

const char* name_of(kvs_code code) {
  switch (code) {
    case KVS_OK:
      return "OK";
    case KVS_MISSING:
      return "MISSING";
    default:
      break;
  }
  for (std::size_t i = 0; i < kCodes; ++i) {
    // The names are literals, so they end with a zero byte.
    if (number_of(Code(i)) == code && code != KVS_OTHER) return code_name(Code(i)).data();
  }
  return "OTHER";
}

// The hint of a locked file is in terms of the shell's options, so it is replaced.
std::string hint_of(const Error& error) {
  if (error.code != Code::kLocked) return error.hint;
  return "wait longer, by lock_wait_ms, or read beside it, by read_only";
}

}  // namespace

kvs_code number_of(Code code) {
  switch (code) {
    case Code::kExists:
      return KVS_EXISTS;
    case Code::kType:
      return KVS_TYPE;
    case Code::kPurged:
      return KVS_PURGED;
    case Code::kConflict:
      return KVS_CONFLICT;
    case Code::kAborted:
      return KVS_ABORTED;
    case Code::kCorrupt:
      return KVS_CORRUPT;
    case Code::kDamaged:
      return KVS_DAMAGED;
    case Code::kReadOnly:
      return KVS_READONLY;
    case Code::kFailed:
      return KVS_FAILED;
    case Code::kFull:
      return KVS_FULL;
    case Code::kIo:
      return KVS_IO;
    case Code::kMemory:
      return KVS_MEMORY;
    case Code::kLocked:
      return KVS_LOCKED;
    case Code::kFormat:
      return KVS_FORMAT;
    case Code::kVersion:
      return KVS_VERSION;
    case Code::kNotFound:
      return KVS_NOTFOUND;
    case Code::kPermission:
      return KVS_PERMISSION;
    case Code::kUsage:
      return KVS_USAGE;
    case Code::kNumber:
      return KVS_NUMBER;
    case Code::kTooBig:
      return KVS_TOOBIG;
    case Code::kState:
      return KVS_STATE;
    case Code::kSkipped:
      return KVS_SKIPPED;
    case Code::kLimit:
      return KVS_LIMIT;
    case Code::kTimeout:
      return KVS_TIMEOUT;
    // Errors of command lines and connections.
    case Code::kSyntax:
    case Code::kUnknown:
    case Code::kArity:
    case Code::kLength:
    case Code::kNoAuth:
    case Code::kWrongPass:
    case Code::kNoPerm:
    case Code::kNetwork:
      return KVS_OTHER;
  }
  return KVS_OTHER;
}

kvs_code report_no_memory() noexcept {
  try {
    last_error().no_memory = true;
  } catch (...) {  // if even the first error of a thread fails to allocate, it has none
  }
  return KVS_MEMORY;
}

kvs_code report(const Error& error) noexcept {
  try {
    LastError& last = last_error();
    last.message = error.message;
    last.hint = hint_of(error);
    last.no_memory = false;
    return number_of(error.code);
  } catch (const std::bad_alloc&) {
    return report_no_memory();
  }
}

kvs_code report_usage(std::string_view message) noexcept {
  return guarded([&] { return report({Code::kUsage, std::string(message), ""}); });
}

kvs_code report_exception(const std::exception& exception) noexcept {
  return guarded([&] { return report({Code::kIo, exception.what(), ""}); });
}

}  // namespace kvstore::c_api

using namespace kvstore::c_api;

const char* kvs_version(void) noexcept { return KVSTORE_VERSION; }

const char* kvs_code_name(kvs_code code) noexcept { return name_of(code); }

const char* kvs_last_message(void) noexcept {
  try {
    const auto& last = last_error();
    return last.no_memory ? "out of memory" : last.message.c_str();
  } catch (...) {
    return "out of memory";
  }
}

const char* kvs_last_hint(void) noexcept {
  try {
    const auto& last = last_error();
    return last.no_memory ? "" : last.hint.c_str();
  } catch (...) {
    return "";
  }
}

void kvs_free(void* memory) noexcept { std::free(memory); }
