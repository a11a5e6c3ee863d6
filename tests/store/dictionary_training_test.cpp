// Which values get a dictionary.
#include "src/store/dictionary_training.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace kvstore {
namespace {

constexpr int kLevel = 3;
constexpr int kValues = 20'000;

template <class Make>
ValueSample::Values values_of(const Make& make) {
  ValueSample::Values values;
  for (int i = 0; i < kValues; ++i) {
    const std::string value = make(i);
    values.bytes += value;
    values.sizes.push_back(value.size());
  }
  return values;
}

TEST_CASE("values that are alike get a dictionary, even if none is long enough to shrink alone") {
  const auto values = values_of([](int i) {
    return "level=info service=store path=/api/v1/keys/" + std::to_string(i * 7919) + " status=200";
  });
  const std::string dictionary = train_dictionary(values, values.bytes.size(), kLevel);
  CHECK_FALSE(dictionary.empty());
  log::Encoder alone(kLevel, {}), shared(kLevel, dictionary);
  std::string stored;
  const std::string_view first = std::string_view(values.bytes).substr(0, values.sizes[0]);
  CHECK(alone.encode(first, &stored).codec == log::Codec::kNone);
  CHECK(shared.encode(first, &stored).codec == log::Codec::kZstdDictionary);
}

TEST_CASE("random values, too few values and none get no dictionary") {
  std::mt19937_64 random(1);
  const auto noise = values_of([&](int) {
    std::string value(100, '\0');
    for (char& byte : value) byte = static_cast<char>(random());
    return value;
  });
  CHECK(train_dictionary(noise, noise.bytes.size(), kLevel).empty());
  CHECK(train_dictionary({"abcabc", {3, 3}}, 6, kLevel).empty());
  CHECK(train_dictionary({}, 0, kLevel).empty());
}

}  // namespace
}  // namespace kvstore
