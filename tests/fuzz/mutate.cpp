#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace kvstore::fuzz {
namespace {

using Random = std::mt19937_64;

constexpr std::size_t kMostBytes = 8192;

void change_once(const std::vector<std::string>& corpus, Random& random, std::string* input) {
  const std::size_t at = input->empty() ? 0 : random() % input->size();
  const std::size_t size = std::min<std::size_t>(random() % 24, input->size() - at);
  const std::string& other = corpus[random() % corpus.size()];
  const std::size_t from = other.empty() ? 0 : random() % other.size();
  static constexpr char kTelling[] = {0, 1, '\n', '\r', ' ', '"', '*', '$', '+', '0', '9', '\x7F', '\x80', '\xFF'};
  switch (random() % 8) {
    case 0: if (!input->empty()) (*input)[at] ^= static_cast<char>(1 << random() % 8); break;
    case 1: if (!input->empty()) (*input)[at] = static_cast<char>(random()); break;
    case 2: input->insert(at, 1, kTelling[random() % sizeof kTelling]); break;
    case 3: input->erase(at, size); break;
    case 4: input->insert(at, input->substr(at, size)); break;
    case 5: input->insert(at, other.substr(from, random() % 120)); break;
    case 6: input->replace(at, size, other.substr(from, size)); break;
    default: if (!input->empty()) (*input)[at] = kTelling[random() % sizeof kTelling];
  }
}

}  // namespace

std::string mutate(const std::vector<std::string>& corpus, std::size_t which, std::uint64_t seed) {
  Random random(seed);
  std::string input = corpus[which];
  for (std::uint64_t left = 1 + random() % 6; left > 0; --left) {
    change_once(corpus, random, &input);
  }
  input.resize(std::min(input.size(), kMostBytes));
  return input;
}

}  // namespace kvstore::fuzz
