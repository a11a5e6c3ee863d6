// Recognises files that are not databases, by their first bytes, for the error message: a database
// that was altered in transfer, or another kind of file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "src/base/status.h"

namespace kvstore::log {

// kFormat, with a hint; nullopt if the bytes are not recognised. Reads only a few of the `size`
// bytes.
std::optional<Error> describe_foreign(const std::uint8_t* data, std::uint64_t size,
                                      const std::string& path);

}  // namespace kvstore::log
