#include <cstddef>
#include <cstdint>

#include "tests/fuzz/http_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kvstore::fuzz::stop_at(kvstore::fuzz::check_http({data, size}));
  return 0;
}
