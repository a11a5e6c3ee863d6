// A map of a file's space for people, for programs, and as a picture.
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

// One screen. Ends in a newline.
std::string to_text(const SpaceMap& map, const MapLook& look);
nlohmann::ordered_json to_json(const SpaceMap& map);
// An SVG file: a title, a bar of all classes, the file from its beginning to its end, a legend with
// sizes, the largest groups of keys and values, ages, and what a compaction would do.
std::string to_svg(const SpaceMap& map);

// --- What they share.
// "12.3%"; of nothing "0%".
std::string percent_of(std::uint64_t part, std::uint64_t whole);
// The file cut into `count` parts of one size: what each holds.
std::vector<Space> parts_of(const SpaceMap& map, std::size_t count);

}  // namespace kvstore::maint
