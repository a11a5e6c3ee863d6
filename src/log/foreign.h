// What a file is that is not a database: one that was changed on its way here, or
// something else altogether. By its first bytes, so that the error can say it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "src/base/status.h"

namespace kvstore::log {

// kFormat, with what to do about it; nullopt if the bytes tell nothing. Reads at most
// `size` bytes, and few.
std::optional<Error> describe_foreign(const std::uint8_t* data, std::uint64_t size,
                                      const std::string& path);

}  // namespace kvstore::log
