#include "src/maint/map_print.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/maint/text.h"

namespace kvstore::maint {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMapRows = 6;
constexpr std::size_t kLeastMapWidth = 40, kWidestMap = 120;
constexpr std::size_t kKeyWidth = 36;
// The mark of each class, and its colour on a terminal.
constexpr std::array<char, kSpaceClasses> kMarks{'#', '+', '-', '!', 'i', '.'};
constexpr std::array<const char*, kSpaceClasses> kColors{"32", "33", "35", "1;31", "36", "2"};

constexpr auto kDamagedClass = static_cast<std::size_t>(SpaceClass::kDamaged);

std::uint64_t sum_of(const Space& space) {
  std::uint64_t sum = 0;
  for (const std::uint64_t bytes : space) sum += bytes;
  return sum;
}

// The largest class; free if it is empty; damage, however little, is always shown.
std::size_t class_of(const Space& space) {
  if (space[kDamagedClass] > 0) return kDamagedClass;
  if (sum_of(space) == 0) return kSpaceClasses - 1;
  return static_cast<std::size_t>(std::max_element(space.begin(), space.end()) - space.begin());
}

class MapText {
 public:
  MapText(const SpaceMap& map, const MapLook& look)
      : map_(map), look_(look), width_(std::clamp(look.width, kLeastMapWidth, kWidestMap) - 4) {}

  std::string all() {
    head();
    bar();
    legend();
    groups();
    keys();
    ages();
    compaction();
    return std::move(out_);
  }

 private:
  template <class... Parts>
  void add(fmt::format_string<Parts...> format, Parts&&... parts) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Parts>(parts)...);
  }
  std::string mark(std::size_t one, std::size_t count) const {
    const std::string marks(count, kMarks[one]);
    return look_.color ? fmt::format("\033[{}m{}\033[0m", kColors[one], marks) : marks;
  }
  void head();
  void bar();
  void row(const std::vector<Space>& parts, std::size_t first);
  void legend();
  std::string remark(std::size_t one) const;
  void groups();
  void keys();
  void ages();
  static std::string outcome(std::uint64_t freed, std::uint64_t grown);
  void compaction();

  const SpaceMap& map_;
  const MapLook& look_;
  const std::size_t width_;
  std::string out_;
};

void MapText::head() {
  add("{}: {} in the file, {} on the disk{}\n", harmless(map_.path), short_size(map_.file_size),
      short_size(map_.disk_bytes), map_.beside_writer ? "; a writer has it open" : "");
  if (map_.last_us != 0) {
    add("{}, written from {} to {} ({})\n", plural(map_.records, "record"),
        iso_seconds(map_.first_us), iso_seconds(map_.last_us),
        relative_time(map_.last_us, map_.now_us));
  }
  if (map_.is_increment) {
    add("no database but an increment: versions {} to {} of one, which are nothing without the "
        "rest\n",
        map_.floor_seq + 1, map_.until_seq);
  } else if (map_.floor_seq != 0) {
    add("history before version {} is gone, cut at {}\n", map_.floor_seq,
        iso_seconds(map_.floor_us));
  }
}

// Adjacent parts of one class share their colour code.
void MapText::row(const std::vector<Space>& parts, std::size_t first) {
  out_ += "  ";
  for (std::size_t at = first; at < first + width_;) {
    const std::size_t begin = at, one = class_of(parts[begin]);
    while (at < first + width_ && class_of(parts[at]) == one) ++at;
    out_ += mark(one, at - begin);
  }
  out_ += '\n';
}

void MapText::bar() {
  const std::size_t rows = std::clamp<std::size_t>(map_.file_size / 4096 / width_ + 1, 1, kMapRows);
  const auto parts = parts_of(map_, rows * width_);
  out_ += '\n';
  for (std::size_t i = 0; i < rows; ++i) row(parts, i * width_);
  add("  from beginning to end, a mark is {}\n\n", short_size(map_.file_size / parts.size() + 1));
}

std::string MapText::remark(std::size_t one) const {
  switch (static_cast<SpaceClass>(one)) {
    case SpaceClass::kLive:
      return plural(map_.live_keys, "key");
    case SpaceClass::kHistory:
      return map_.deleted_keys == 0 ? "" : plural(map_.deleted_keys, "deleted key");
    case SpaceClass::kExpired:
      return map_.expired_keys == 0 ? "" : plural(map_.expired_keys, "key");
    case SpaceClass::kDamaged:
      return map_.damaged_places == 0 && map_.total[one] == 0
                 ? ""
                 : "kvstore verify " + quoted_word(map_.path);
    case SpaceClass::kIndex:
      return "with checkpoints and the header page";
    case SpaceClass::kFree:
      return map_.total[one] == 0 ? "" : "preallocated, or given back to the disk";
    default:
      return {};
  }
}

void MapText::legend() {
  const std::uint64_t all = sum_of(map_.total);
  for (std::size_t i = 0; i < kSpaceClasses; ++i) {
    const std::string line =
        fmt::format("{:<8} {:>11}  {:>6}  {}", kSpaceNames[i], short_size(map_.total[i]),
                    percent_of(map_.total[i], all), remark(i));
    add("  {} {}\n", mark(i, 1), line.substr(0, line.find_last_not_of(' ') + 1));
  }
}

void MapText::groups() {
  if (map_.groups.empty()) return;
  add("\n  {:<{}}  {:>12}  {:>11}  {:>11}\n", "keys that begin with", kKeyWidth, "live keys",
      "live", "in the log");
  for (const KeyGroup& group : map_.groups) {
    const std::string name =
        group.name.empty() ? "(keys without : / .)" : quoted_word(group.name, 30);
    add("  {:<{}}  {:>12}  {:>11}  {:>11}\n", name, kKeyWidth, with_commas(group.keys),
        short_size(group.live), short_size(group.bytes));
  }
  if (map_.groups_are_partial) {
    add("  there are more than {} such beginnings; sizes may be too low\n", kMostGroups);
  }
}

void MapText::keys() {
  if (map_.keys.empty()) return;
  const bool both = map_.is_compressed;
  add("\n  {:<{}}  {:>12}{}\n", "largest values", kKeyWidth, "size",
      both ? fmt::format("  {:>11}", "in the file") : "");
  for (std::size_t i = 0; i < std::min<std::size_t>(map_.keys.size(), 5); ++i) {
    const LargeKey& key = map_.keys[i];
    add("  {:<{}}  {:>12}{}  {}\n", quoted_word(key.key, 30), kKeyWidth, short_size(key.size),
        both ? fmt::format("  {:>11}", short_size(key.stored)) : "",
        relative_time(key.time_us, map_.now_us));
  }
}

void MapText::ages() {
  const std::uint64_t all = [this] {
    std::uint64_t sum = 0;
    for (const std::uint64_t bytes : map_.live_by_age) sum += bytes;
    return sum;
  }();
  if (all == 0) return;
  add("\n  age of live values:");
  const char* between = " ";
  for (std::size_t i = 0; i < kAges.size(); ++i) {
    if (map_.live_by_age[i] == 0) continue;
    add("{}{}{} {}", between, i + 1 < kAges.size() ? "up to " : "", kAgeNames[i],
        percent_of(map_.live_by_age[i], all));
    between = ", ";
  }
  out_ += '\n';
}

std::string MapText::outcome(std::uint64_t freed, std::uint64_t grown) {
  if (grown > 0) return fmt::format("the file grows by about {}", short_size(grown));
  return fmt::format("frees about {}", short_size(freed));
}

void MapText::compaction() {
  if (map_.is_compressed) {
    add("\n  compressed: live values of {} take {}; all else here is bytes of the file\n",
        short_size(map_.value_bytes), short_size(map_.value_bytes_stored));
  }
  if (map_.is_increment) return;
  add("\n  compacting{}: {}, needs about {} meanwhile (a day of history stays)\n",
      map_.is_compressed ? ", compressed as now" : "", outcome(map_.freed(), map_.grown()),
      short_size(map_.compacted));
  add("    with --keep-history none: {}, needs about {}\n",
      outcome(map_.freed_bare(), map_.grown_bare()), short_size(map_.compacted_bare));
}

Json json_of_space(const Space& space) {
  Json json;
  for (std::size_t i = 0; i < kSpaceClasses; ++i) json[kSpaceNames[i]] = space[i];
  return json;
}

Json json_of_map_time(std::uint64_t time_us) {
  return time_us == 0 ? Json() : Json(iso_time(time_us));
}

Json json_of_compaction(std::uint64_t needs, std::uint64_t frees, std::uint64_t grows) {
  return {{"needs", needs}, {"frees", frees}, {"grows", grows}};
}

}  // namespace

std::string percent_of(std::uint64_t part, std::uint64_t whole) {
  if (part == 0 || whole == 0) return "0%";
  return fmt::format("{:.1f}%", 100 * static_cast<double>(part) / static_cast<double>(whole));
}

std::vector<Space> parts_of(const SpaceMap& map, std::size_t count) {
  // In a small file the last regions are after its end.
  const std::uint64_t regions =
      std::min<std::uint64_t>((map.file_size + map.region_size - 1) / map.region_size, kRegions);
  std::vector<Space> parts(count);
  for (std::size_t i = 0; i < count && regions > 0; ++i) {
    const std::size_t begin = i * regions / count;
    const std::size_t end = std::max(begin + 1, (i + 1) * regions / count);
    for (std::size_t region = begin; region < end; ++region) {
      for (std::size_t one = 0; one < kSpaceClasses; ++one) {
        parts[i][one] += map.regions[region][one];
      }
    }
  }
  return parts;
}

std::string to_text(const SpaceMap& map, const MapLook& look) { return MapText(map, look).all(); }

Json to_json(const SpaceMap& map) {
  Json json{
      {"file", json_of(map.path)},
      {"size", map.file_size},
      {"disk_bytes", map.disk_bytes},
      {"in_use", map.beside_writer},
      {"records", map.records},
      {"first_time", json_of_map_time(map.first_us)},
      {"last_time", json_of_map_time(map.last_us)},
      {"floor_seq", map.floor_seq},
      {"increment_until", map.is_increment ? Json(map.until_seq) : Json()},
      {"live_keys", map.live_keys},
      {"expired_keys", map.expired_keys},
      {"deleted_keys", map.deleted_keys},
      {"damaged_places", map.damaged_places},
      {"bytes", json_of_space(map.total)},
      {"compressed", map.is_compressed},
      {"value_bytes", map.value_bytes},
      {"value_bytes_stored", map.value_bytes_stored},
      {"live_by_age", Json::object()},
      {"groups_are_partial", map.groups_are_partial},
      {"groups", Json::array()},
      {"largest_values", Json::array()},
      {"compaction",
       {{"keep_a_day", json_of_compaction(map.compacted, map.freed(), map.grown())},
        {"keep_none", json_of_compaction(map.compacted_bare, map.freed_bare(), map.grown_bare())}}},
      {"region_size", map.region_size},
      {"regions", Json::array()}};
  for (std::size_t i = 0; i < kAges.size(); ++i) {
    json["live_by_age"][kAgeNames[i]] = map.live_by_age[i];
  }
  for (const KeyGroup& group : map.groups) {
    json["groups"].push_back({{"prefix", json_of(group.name)},
                              {"live_keys", group.keys},
                              {"live", group.live},
                              {"in_log", group.bytes}});
  }
  for (const LargeKey& key : map.keys) {
    json["largest_values"].push_back({{"key", json_of(key.key)},
                                      {"size", key.size},
                                      {"stored", key.stored},
                                      {"time", iso_time(key.time_us)}});
  }
  for (const Space& region : map.regions) {
    if (sum_of(region) > 0) json["regions"].push_back(region);
  }
  return json;
}

}  // namespace kvstore::maint
