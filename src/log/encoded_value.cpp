#include "src/log/encoded_value.h"

#include <algorithm>

#include "src/base/check.h"
#include "src/log/chain.h"
#include "src/log/dictionary.h"
#include "src/log/reference.h"

namespace kvstore::log {
namespace {

constexpr const char* kUndecodable = "its bytes cannot be decompressed";

// The frames of the blocks `first` to `last`; nullopt: the table is invalid.
std::optional<ByteRange> frames(const BlockMap& map, std::uint32_t first, std::uint32_t last) {
  const auto from = map.frame(first), to = map.frame(last);
  if (!from || !to || from->begin >= to->end) return std::nullopt;
  return ByteRange{from->begin, to->end};
}

}  // namespace

const char* decode_part(const View& view, const Record& record, std::uint64_t begin,
                        std::uint64_t end, char* out) {
  KV_CHECK(record.is_encoded() && begin <= end && end <= record.length());
  if (begin == end) return nullptr;
  const auto is_good = [&](const ByteRange& stored) {
    return stored.end <= record.value_size &&
           body_part_is_valid(record, *view.binding, stored.begin, stored.end);
  };
  const BlockMap map(record.encoding, record.stored());
  if (map.count() > 1 && !is_good(map.table())) return kBadChecksum;
  const std::uint32_t first = map.block_of(begin), last = map.block_of(end - 1);
  const auto stored = frames(map, first, last);
  if (!stored) return kUndecodable;
  if (!is_good(*stored)) return kBadChecksum;
  const ZSTD_DDict_s* dictionary = nullptr;
  if (record.encoding.codec == Codec::kZstdDictionary) {
    if (view.dictionary) dictionary = view.dictionary->load(view);
    if (!dictionary) return kNoDictionary;
  }
  for (std::uint32_t block = first; block <= last; ++block) {
    const ByteRange raw = map.raw(block);
    const std::uint64_t from = std::max(begin, raw.begin), to = std::min(end, raw.end);
    const auto frame = map.frame(block);
    if (!frame ||
        !decode_frame_part(record.stored().substr(frame->begin, frame->size()), dictionary,
                           raw.size(), from - raw.begin, to - raw.begin, out + (from - begin))) {
      return kUndecodable;
    }
  }
  return nullptr;
}

bool read_value(const View& view, const Record& record, std::string* space,
                std::string_view* value) {
  if (record.is_reference()) {
    space->clear();
    const bool is_read = read_bytes(view, record, 0, record.total, space).has_value();
    *value = *space;
    return is_read;
  }
  if (!record.is_encoded()) {
    *value = record.stored();
    return body_is_valid(record, *view.binding);
  }
  space->resize(record.length());
  *value = *space;
  return body_is_valid(record, *view.binding) &&
         decode_part(view, record, 0, record.length(), space->data()) == nullptr;
}

const char* check_value(const View& view, const Record& record) {
  if (record.is_reference()) return check_reference(view, record);
  if (!body_is_valid(record, *view.binding)) return kBadChecksum;
  if (!record.is_encoded()) return nullptr;
  std::string raw(record.length(), '\0');
  return decode_part(view, record, 0, record.length(), raw.data());
}

}  // namespace kvstore::log
