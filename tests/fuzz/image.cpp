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
constexpr std::size_t kStarts = kControl + kSectors * kSectorStart;
constexpr std::uint8_t kRebooted = 0x10;

void spread_page(Input starts, std::string* page) {
  for (std::size_t sector = 0; sector < kSectors; ++sector) {
    const std::size_t from = sector * kSectorStart;
    if (from >= starts.size()) return;
    const std::size_t size = std::min(kSectorStart, starts.size() - from);
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
  const std::size_t starts = std::min(input.size(), kStarts);
  spread_page(input.subspan(kControl, starts - kControl), &image.bytes);
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
  for (std::size_t sector = 0; sector < kSectors; ++sector) {
    input += file.substr(sector * log::kSectorSize, kSectorStart);
  }
  std::string_view log = file.substr(log::kHeaderPageSize);
  const std::size_t end = log.find_last_not_of('\0');
  const std::size_t used = end == log.npos ? 0 : round_up(end + 1, log::kAlignment);
  const std::size_t zeros = log.size() - std::min(log.size(), used);
  input[2] = static_cast<char>(std::min<std::size_t>(zeros / 64, 255));
  return input.append(log.substr(0, used));
}

}  // namespace kvstore::fuzz
