// Corpora: directories of inputs, a file each.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/fuzz/finding.h"

namespace kvstore::fuzz {

// Name and bytes of each file, in the order of the names. A file is a corpus of one.
std::vector<std::pair<std::string, std::string>> load_corpus(const std::string& path);

// The first finding among the corpus' inputs and `rounds` mutations of them, with
// what it was found in.
Finding find_in_corpus(const std::string& path, std::uint64_t first_seed, std::uint64_t rounds,
                       const std::function<Finding(Input)>& check);

}  // namespace kvstore::fuzz
