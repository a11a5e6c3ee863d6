// A sample of the values that a walk visits, for the training of a dictionary: every n-th of those
// that would use it, where n doubles whenever the sample becomes too large. So one walk suffices,
// with little memory, whatever the number of keys.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/log/dictionary.h"
#include "src/log/encoder.h"
#include "src/store/read_view.h"

namespace kvstore {

class ValueSample {
 public:
  // The size that zstd's authors recommend for training: a hundred times the dictionary.
  static constexpr std::uint64_t kMostBytes = 100 * log::kMaxDictionarySize;

  // Call it for a key's newest record; its value may be chosen.
  void pass(const log::Record& newest);
  // Total bytes of the values that would use the dictionary.
  std::uint64_t passed_bytes() const { return passed_bytes_; }

  // The values that can be read, concatenated, and their sizes.
  struct Values {
    std::string bytes;
    std::vector<std::size_t> sizes;
  };
  Values read(const ReadView& view) const;

 private:
  struct Chosen {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };
  void thin_out();

  std::vector<Chosen> chosen_;
  std::uint64_t chosen_bytes_ = 0;
  std::uint64_t passed_ = 0, passed_bytes_ = 0;
  std::uint64_t step_ = 1;
};

}  // namespace kvstore
