// The picture of a map, for reports.
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "src/base/svg.h"
#include "src/maint/map_print.h"
#include "src/maint/text.h"

namespace kvstore::maint {
namespace {

constexpr double kPictureWidth = 960, kPictureHeight = 720, kLeftEdge = 32, kRightEdge = 928;
constexpr std::size_t kLegendColumns = 3;
constexpr std::size_t kPictureColumns = 224;  // of 4 pixels each
constexpr std::array<const char*, kSpaceClasses> kSvgClasses{"s2", "s1", "s4", "s3", "s0", "faint"};

// Order of the classes from the bottom of a column: live first.
constexpr std::array<std::size_t, kSpaceClasses> kColumnOrder{0, 4, 1, 2, 3, 5};

std::string name_of_file(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

class Picture {
 public:
  explicit Picture(const SpaceMap& map)
      : map_(map),
        svg_(kPictureWidth, kPictureHeight, "Map of " + name_of_file(map.path),
             fmt::format("Where {} of a kvstore file go", short_size(map.file_size))) {
    for (const std::uint64_t bytes : map.total) all_ += bytes;
  }

  std::string all() {
    head();
    whole_bar(84);
    legend(132);
    regions(226, 150);
    groups(432);
    keys(432);
    foot();
    return svg_.finish();
  }

 private:
  void head();
  void whole_bar(double y);
  void legend(double y);
  void regions(double y, double height);
  void column(const Space& part, double x, double y, double width, double height);
  void bar_row(double x, double y, const std::string& name, const std::string& size, double part);
  void groups(double y);
  void keys(double y);
  void foot();
  double part_of_all(std::uint64_t bytes) const {
    return all_ == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(all_);
  }

  const SpaceMap& map_;
  Svg svg_;
  std::uint64_t all_ = 0;
};

constexpr Svg::TextStyle kSmall{Svg::Anchor::kStart, "small", 0};
constexpr Svg::TextStyle kSmallEnd{Svg::Anchor::kEnd, "small", 0};

void Picture::head() {
  svg_.text(kLeftEdge, 40,
            "Where the space of " + quoted_word(name_of_file(map_.path), 60) + " goes",
            {Svg::Anchor::kStart, "title", 0});
  std::string line = fmt::format("{} in the file, {} on the disk; {} live keys, {}",
                                 short_size(map_.file_size), short_size(map_.disk_bytes),
                                 with_commas(map_.live_keys), plural(map_.records, "record"));
  if (map_.last_us != 0) {
    line +=
        fmt::format("; written {} to {}", iso_seconds(map_.first_us), iso_seconds(map_.last_us));
  }
  svg_.text(kLeftEdge, 62, line, kSmall);
}

void Picture::whole_bar(double y) {
  double x = kLeftEdge;
  for (const std::size_t one : kColumnOrder) {
    const double width = part_of_all(map_.total[one]) * (kRightEdge - kLeftEdge);
    if (width <= 0) continue;
    svg_.rect(x, y, width, 28, kSvgClasses[one],
              fmt::format("{}: {}", kSpaceNames[one], short_size(map_.total[one])));
    x += width;
  }
}

void Picture::legend(double y) {
  for (std::size_t i = 0; i < kSpaceClasses; ++i) {
    const std::size_t one = kColumnOrder[i];
    const std::size_t column = i % kLegendColumns, line = i / kLegendColumns;
    const double x = kLeftEdge + 300 * static_cast<double>(column);
    const double row = y + 26 * static_cast<double>(line);
    svg_.rect(x, row, 14, 14, kSvgClasses[one]);
    svg_.text(x + 22, row + 12, kSpaceNames[one]);
    svg_.text(x + 180, row + 12, short_size(map_.total[one]), {Svg::Anchor::kEnd, "text", 0});
    svg_.text(x + 240, row + 12, percent_of(map_.total[one], all_), kSmallEnd);
  }
}

// Damage is at least two pixels high.
void Picture::column(const Space& part, double x, double y, double width, double height) {
  std::uint64_t sum = 0;
  for (const std::uint64_t bytes : part) sum += bytes;
  if (sum == 0) return;
  double bottom = y + height;
  for (const std::size_t one : kColumnOrder) {
    const double size = height * static_cast<double>(part[one]) / static_cast<double>(sum);
    if (size <= 0) continue;
    svg_.rect(x, bottom - size, width, size, kSvgClasses[one]);
    bottom -= size;
  }
  if (part[static_cast<std::size_t>(SpaceClass::kDamaged)] > 0) {
    svg_.rect(x, y + height + 3, width, 5,
              kSvgClasses[static_cast<std::size_t>(SpaceClass::kDamaged)]);
  }
}

void Picture::regions(double y, double height) {
  svg_.text(kLeftEdge, y - 12, "The file from its beginning to its end");
  const auto parts = parts_of(map_, kPictureColumns);
  const double width = (kRightEdge - kLeftEdge) / static_cast<double>(kPictureColumns);
  for (std::size_t i = 0; i < kPictureColumns; ++i) {
    column(parts[i], kLeftEdge + width * static_cast<double>(i), y, width, height);
  }
  for (int i = 0; i <= 4; ++i) {
    const double x = kLeftEdge + (kRightEdge - kLeftEdge) * i / 4;
    const Svg::Anchor anchor = i == 0   ? Svg::Anchor::kStart
                               : i == 4 ? Svg::Anchor::kEnd
                                        : Svg::Anchor::kMiddle;
    svg_.line(x, y + height + 10, x, y + height + 15);
    svg_.text(x, y + height + 28, short_size(map_.file_size / 4 * static_cast<unsigned>(i)),
              {anchor, "small", 0});
  }
}

void Picture::bar_row(double x, double y, const std::string& name, const std::string& size,
                      double part) {
  svg_.text(x, y, name);
  svg_.rect(x + 190, y - 11, 160, 13, "faint");
  svg_.rect(x + 190, y - 11, std::max(160 * part, 0.5), 13, "s2");
  svg_.text(x + 432, y, size, kSmallEnd);
}

void Picture::groups(double y) {
  svg_.text(kLeftEdge, y, "Keys by what they begin with: bytes in the log");
  double row = y + 24;
  for (std::size_t i = 0; i < std::min<std::size_t>(map_.groups.size(), 8); ++i, row += 22) {
    const KeyGroup& group = map_.groups[i];
    const std::string name = group.name.empty() ? "(others)" : quoted_word(group.name, 20);
    bar_row(kLeftEdge, row, name, short_size(group.bytes), part_of_all(group.bytes));
  }
}

void Picture::keys(double y) {
  const double x = kLeftEdge + 464;
  svg_.text(x, y, "Largest values: bytes in the log");
  double row = y + 24;
  for (std::size_t i = 0; i < std::min<std::size_t>(map_.keys.size(), 8); ++i, row += 22) {
    const LargeKey& key = map_.keys[i];
    bar_row(x, row, quoted_word(key.key, 20), short_size(key.stored), part_of_all(key.stored));
  }
}

void Picture::foot() {
  svg_.line(kLeftEdge, 648, kRightEdge, 648);
  svg_.text(
      kLeftEdge, 672,
      fmt::format(
          "A compaction would {} about {} and need about {} meanwhile, with a day of history; "
          "{} about {} and need {} with none.",
          map_.grown() > 0 ? "grow the file by" : "free", short_size(map_.freed() + map_.grown()),
          short_size(map_.compacted), map_.grown_bare() > 0 ? "grow it by" : "free",
          short_size(map_.freed_bare() + map_.grown_bare()), short_size(map_.compacted_bare)));
  svg_.text(kLeftEdge, 694, "kvstore map, " + iso_seconds(map_.now_us), kSmall);
}

}  // namespace

std::string to_svg(const SpaceMap& map) { return Picture(map).all(); }

}  // namespace kvstore::maint
