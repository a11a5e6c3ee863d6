#include "tests/fuzz/image.h"

#include <algorithm>
#include <cstring>

#include "src/base/coding.h"
#include "src/log/format.h"
#include "tests/fuzz/seal.h"

namespace kvstore::fuzz {
namespace {

constexpr std::size_t kControl = 4;
constexpr std::size_t kSectorStart = 96;
constexpr std::size_t kSectors = 4;
constexpr std::uint8_t kWholeSectors = 1;
constexpr std::uint8_t kRebooted = 0x10;

std::size_t start_size(std::uint8_t control) {
  return control == kWholeSectors ? log::kSectorSize : kSectorStart;
}

// Whether sectors hold more than their short starts.
bool has_long_sectors(std::string_view file) {
  for (std::size_t sector = 0; sector < kSectors; ++sector) {
    const auto rest =
        file.substr(sector * log::kSectorSize + kSectorStart, log::kSectorSize - kSectorStart);
    if (rest.find_first_not_of('\0') != rest.npos) return true;
  }
  return false;
}

void spread_page(Input starts, std::size_t each, std::string* page) {
  for (std::size_t sector = 0; sector < kSectors; ++sector) {
    const std::size_t from = sector * each;
    if (from >= starts.size()) return;
    const std::size_t size = std::min(each, starts.size() - from);
    std::memcpy(page->data() + sector * log::kSectorSize, starts.data() + from, size);
  }
}

}  // namespace

Image make_image(Input input) {
  if (input.size() < kControl) return {std::string(as_text(input)), false};
  Image image;
  image.rebooted = (input[1] & kRebooted) != 0;
  if (input[0] == kAsItIs) {
    image.bytes = as_text(input.subspan(kControl));
    return image;
  }
  image.bytes.assign(log::kHeaderPageSize, '\0');
  const std::size_t each = start_size(input[3]);
  const std::size_t starts = std::min(input.size(), kControl + kSectors * each);
  spread_page(input.subspan(kControl, starts - kControl), each, &image.bytes);
  image.bytes += as_text(input.subspan(starts));
  image.bytes.append(input[2] * 64u, '\0');
  seal_page(input[1], &image.bytes);
  seal_log(input[0], &image.bytes);
  return image;
}

std::string input_for(std::string_view file, bool rebooted) {
  std::string input(kControl, '\0');
  input[1] = static_cast<char>(rebooted ? kRebooted : 0);
  if (file.size() < log::kHeaderPageSize) {
    input[0] = static_cast<char>(kAsItIs);
    return input.append(file);
  }
  if (has_long_sectors(file)) input[3] = kWholeSectors;
  for (std::size_t sector = 0; sector < kSectors; ++sector) {
    input +=
        file.substr(sector * log::kSectorSize, start_size(static_cast<std::uint8_t>(input[3])));
  }
  std::string_view log = file.substr(log::kHeaderPageSize);
  const std::size_t end = log.find_last_not_of('\0');
  const std::size_t used = end == log.npos ? 0 : round_up(end + 1, log::kAlignment);
  const std::size_t zeros = log.size() - std::min(log.size(), used);
  input[2] = static_cast<char>(std::min<std::size_t>(zeros / 64, 255));
  return input.append(log.substr(0, used));
}

}  // namespace kvstore::fuzz
