#include "src/maint/map_file.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "src/base/clock.h"
#include "src/maint/map_print.h"

namespace kvstore::maint {

bool is_new_file(const std::string& path) {
  std::error_code unknown;
  return std::filesystem::file_size(path, unknown) == 0 && !unknown;
}

SpaceMap map_of_nothing(const std::string& path) {
  SpaceMap map;
  map.path = path;
  map.now_us = now_us();
  map.region_size = 1;
  map.regions.resize(kRegions);
  return map;
}

std::string to_json_text(const SpaceMap& map) {
  return to_json(map).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

Result<std::string> map_as_json(const std::string& path) {
  const auto source = open_source(file::system_files(), path, file::Mode::kReadOnly);
  if (!source && is_new_file(path)) return to_json_text(map_of_nothing(path));
  if (!source) return fail(source.error());
  KV_ASSIGN(const SpaceMap map, map_space(*source, now_us()));
  return to_json_text(map);
}

}  // namespace kvstore::maint
