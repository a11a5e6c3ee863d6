// Some of the values that a walk goes by, as many as a dictionary is trained on: every n-th of
// those that would use it, where n doubles as they become too many. So one walk is enough, whatever
// the number of keys, and it takes little memory.
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
  // What zstd's makers advise to train on: a hundred times the dictionary's size.
  static constexpr std::uint64_t kMostBytes = 100 * log::kMaxDictionarySize;

  // A key's newest record, of which the value may be chosen.
  void pass(const log::Record& newest);
  // Bytes of all the values that would use the dictionary.
  std::uint64_t passed_bytes() const { return passed_bytes_; }

  // The values that can be read, one behind the other, and their sizes.
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
