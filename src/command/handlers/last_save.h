// The time for LASTSAVE and INFO.
#pragma once

#include <cstdint>

namespace kvstore::command::handlers {

// The time of the last SAVE or BGSAVE, or of the start of the process, in seconds since 1970. Any
// thread.
std::uint64_t last_save_s();

}  // namespace kvstore::command::handlers
