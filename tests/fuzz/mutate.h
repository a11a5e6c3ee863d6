// Small random changes of an input, the same for the same seed: what a test can
// do of a fuzzer's work where there is no fuzzer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kvstore::fuzz {

std::string mutate(const std::vector<std::string>& corpus, std::size_t which, std::uint64_t seed);

}  // namespace kvstore::fuzz
