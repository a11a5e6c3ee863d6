#include "tests/fuzz/replay.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "tests/fuzz/mutate.h"

namespace kvstore::fuzz {
namespace fs = std::filesystem;

std::vector<std::pair<std::string, std::string>> load_corpus(const std::string& path) {
  std::vector<std::string> names;
  if (fs::is_directory(path)) {
    for (const auto& entry : fs::directory_iterator(path)) names.push_back(entry.path().string());
  } else {
    names.push_back(path);
  }
  std::sort(names.begin(), names.end());
  std::vector<std::pair<std::string, std::string>> corpus;
  for (const std::string& name : names) {
    std::ifstream file(name, std::ios::binary);
    if (file) corpus.emplace_back(name, std::string{std::istreambuf_iterator<char>(file), {}});
  }
  return corpus;
}

Finding find_in_corpus(const std::string& path, std::uint64_t first_seed, std::uint64_t rounds,
                       const std::function<Finding(Input)>& check) {
  const auto corpus = load_corpus(path);
  std::vector<std::string> inputs;
  for (const auto& [name, input] : corpus) {
    inputs.push_back(input);
    if (Finding found = check(as_input(input))) return fmt::format("{}: {}", name, *found);
  }
  for (std::uint64_t seed = first_seed; !inputs.empty() && seed < first_seed + rounds; ++seed) {
    const std::string input = mutate(inputs, seed % inputs.size(), seed);
    if (Finding found = check(as_input(input))) {
      return fmt::format("seed {}, made of {}: {}", seed, corpus[seed % inputs.size()].first,
                         *found);
    }
  }
  return {};
}

}  // namespace kvstore::fuzz
