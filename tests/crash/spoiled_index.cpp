#include "tests/crash/spoiled_index.h"

#include <algorithm>

#include "src/log/header_page.h"
#include "src/log/record.h"

namespace kvstore::testing {
namespace {

// One byte, or all that follow it up to the next page, as a lost write would have it.
void spoil(std::uint64_t begin, std::uint64_t end, std::string* image, std::mt19937_64& random) {
  end = std::min<std::uint64_t>(end, image->size());
  if (begin >= end) return;
  const std::uint64_t at = begin + random() % (end - begin);
  if (random() % 2 == 0) {
    (*image)[at] = static_cast<char>((*image)[at] ^ 1 << random() % 8);
  } else {
    std::fill_n(image->begin() + static_cast<std::ptrdiff_t>(at),
                std::min(end - at, 4096 - at % 4096), '\0');
  }
}

}  // namespace

bool spoil_index(std::string* image, std::mt19937_64& random) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(image->data());
  if (image->size() < log::kHeaderPageSize) return false;
  const auto header = log::load_header(data, 0);
  if (!header) return false;
  const log::Binding binding(header->file_id);
  const auto slot = log::load_newest_slot(data, binding);
  if (!slot || slot->checkpoint == 0) return false;
  const bool only_checkpoint = random() % 3 == 0;
  log::Record record;
  for (std::uint64_t at = log::kHeaderPageSize; at <= slot->checkpoint; at = record.end()) {
    if (log::read_header(data, at, image->size(), binding, &record) != log::HeaderCheck::kValid) {
      break;
    }
    const auto value = at + static_cast<std::uint64_t>(record.value_at() - record.at);
    if (at == slot->checkpoint && only_checkpoint) spoil(value, record.end(), image, random);
    const bool is_extent = record.kind == log::Kind::kExtent && !only_checkpoint;
    if (is_extent && random() % 2 == 0) spoil(at + record.size(), record.end(), image, random);
  }
  return true;
}

}  // namespace kvstore::testing
