#include <cstddef>
#include <cstdint>

#include "tests/fuzz/command_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kvstore::fuzz::stop_at(kvstore::fuzz::check_command({data, size}));
  return 0;
}
