// kvstore map [OPTIONS] FILE
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include <fmt/core.h>

#include "src/base/clock.h"
#include "src/maint/cli.h"
#include "src/maint/cli_parse.h"
#include "src/maint/map.h"
#include "src/maint/map_file.h"
#include "src/maint/map_print.h"
#include "src/maint/progress.h"
#include "src/maint/text.h"

namespace kvstore::maint {
namespace {

constexpr const char* kMapFooter = R"(
Reads the whole file, and changes nothing. A damaged file, or one that a writer has
open, is mapped as far as it can be read.

  live      what keys are now            damaged   unreadable, or torn
  history   superseded versions          index     sealed index, checkpoints
  expired   of keys that have expired    free      preallocated, or given back

Of a compressed file, sizes of values are those that they are read with; all else is
bytes of the file. What compacting frees and needs is about right if it compresses as
now (kvstore compact --compress none does not). A file with little to free may be larger
afterwards: then the map says by how much.

Memory: some 20 bytes a key.

Examples:
  kvstore map data.bin
  kvstore map --json data.bin
  kvstore map --svg map.svg data.bin

Exit codes: 0 done; 6 done, and something is damaged; 4 cannot read it; 2 wrong
usage; 7 I/O error)";

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

MapLook look_of_stdout() {
  const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  const char* const no_color = std::getenv("NO_COLOR");
  const char* const term = std::getenv("TERM");
  const bool is_dumb = term == nullptr || std::string_view(term) == "dumb";
  return {is_terminal ? terminal_width() : 80,
          is_terminal && !is_dumb && (no_color == nullptr || *no_color == '\0')};
}

Status save_picture(const SpaceMap& map, const std::string& path) {
  if (path == "-") {
    print(to_svg(map));
    return {};
  }
  return file::system_files().save(path, to_svg(map), map.path);
}

ExitCode show_map(const SpaceMap& map, bool json, const std::string& svg) {
  if (!svg.empty()) {
    if (const Status saved = save_picture(map, svg); !saved) return say_error(saved.error());
  }
  if (json) {
    print(to_json_text(map));
  } else if (svg.empty()) {
    print(to_text(map, look_of_stdout()));
  }
  // What is missing at the end takes no space.
  const bool is_damaged =
      map.damaged_places > 0 || map.total[static_cast<std::size_t>(SpaceClass::kDamaged)] > 0;
  return is_damaged && !map.beside_writer ? ExitCode::kDamaged : ExitCode::kDone;
}

}  // namespace

ExitCode run_map(const std::vector<std::string>& words) {
  std::string path, svg;
  bool json = false;
  CLI::App app("Show where the space of a file goes.", "kvstore map");
  app.footer(kMapFooter);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.add_option("FILE", path, "The database")->required()->type_name("");
  app.add_flag("--json", json, "For programs: JSON");
  app.add_option("--svg", svg, "Write a picture to OUT, which must not exist; - is stdout")
      ->type_name("OUT");
  if (const auto code = parse(app, words)) return *code;
  if (json && svg == "-") {
    return say_usage_error("JSON and the picture cannot both go to stdout",
                           "kvstore map --json --svg map.svg FILE");
  }
  const auto source = open_source(file::system_files(), path, file::Mode::kReadOnly);
  if (!source && is_new_file(path)) return show_map(map_of_nothing(path), json, svg);
  if (!source) return say_error(source.error());
  ProgressBar bar("reading", source->limit);
  const auto map =
      map_space(*source, now_us(), [&bar](std::uint64_t offset) { bar.update(offset); });
  if (!map) return say_error(map.error());
  return show_map(*map, json, svg);
}

}  // namespace kvstore::maint
