// Formats of a space map: text, JSON, and a picture.
#pragma once

#include <cstddef>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "src/maint/map.h"

namespace kvstore::maint {

struct MapLook {
  std::size_t width = 80;  // columns
  bool color = false;
};

// Text for one screen. Ends in a newline.
std::string to_text(const SpaceMap& map, const MapLook& look);
nlohmann::ordered_json to_json(const SpaceMap& map);
// An SVG file: a title, a bar of all classes, the file from begin to end, a legend with sizes, the
// largest groups of keys and values, ages, and the result of a compaction.
std::string to_svg(const SpaceMap& map);

// --- Shared by the formats.
// Such as "12.3%"; "0%" of nothing.
std::string percent_of(std::uint64_t part, std::uint64_t whole);
// Divides the file into `count` parts of equal size.
std::vector<Space> parts_of(const SpaceMap& map, std::size_t count);

}  // namespace kvstore::maint
