// What LASTSAVE and INFO say.
#pragma once

#include <cstdint>

namespace kvstore::command::handlers {

// When SAVE or BGSAVE was carried out last, or the process began: seconds since 1970. From any
// thread.
std::uint64_t last_save_s();

}  // namespace kvstore::command::handlers
