#include "tests/fuzz/maint_check.h"

#include <algorithm>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/maint/map.h"
#include "src/maint/map_print.h"
#include "src/maint/newest_of_keys.h"
#include "src/maint/print.h"
#include "src/maint/rebuild.h"
#include "src/maint/records.h"
#include "src/store/store.h"
#include "tests/fuzz/fenced_files.h"
#include "tests/fuzz/image.h"

namespace kvstore::fuzz {
namespace {

using maint::Report;
using maint::Source;
using maint::Way;

constexpr const char* kPath = "/nowhere/fuzzed";
constexpr const char* kNew = "/nowhere/new";
constexpr std::uint64_t kNow = 1'700'000'000'000;  // milliseconds
constexpr std::uint64_t kMaxKeys = 64;

using Answers = std::map<std::string, std::string>;  // a key's value, or "(CODE)"

std::optional<Answers> read_all(FencedFiles& files, const std::string& path) {
  Options options;
  options.file_system = &files;
  options.read_only = true;
  const auto store = Store::open(path, options);
  if (!store) return std::nullopt;
  Answers answers;
  [[maybe_unused]] const Status ignored =
      (*store)->scan({}, std::nullopt, kMaxKeys, [&](std::string_view key) {
        std::string value;
        const auto found = (*store)->get(key, &value);
        if (!found) value = fmt::format("({})", code_name(found.error().code));
        if (!found || *found) answers[std::string(key)] = value;
        return true;
      });
  return answers;
}

void print_all(const Source& source, const Report& report) {
  const std::uint8_t* data = source.file->data();
  maint::describe(report, data, true);
  maint::describe_costs(report, data, false);
  maint::to_json(report, data)
      .dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  for (const bool json : {false, true}) {
    maint::RecordsOptions options;
    options.json = json;
    options.limit = 200;
    [[maybe_unused]] const Status ignored =
        maint::list_records(source, options, [](const std::string&) { return true; });
  }
}

// The bytes of the new file; empty if there is none.
std::string rebuild(FencedFiles& files, const Source& source, Way way, const Report& report) {
  maint::NewestOfKeys keys;
  auto made = log::FileBuilder::create(files, kNew, source.page.header.db_id,
                                       log::floor_of(source.page), &keys);
  if (!made || !maint::rebuild(source, way, report, made->get()) || !(*made)->close()) return {};
  return files.memory((*made)->temporary_path());
}

Finding check_new_file(FencedFiles& files) {
  const auto source = maint::open_source(files, kNew, file::Mode::kReadOnly);
  if (!source) return "the new file cannot be read: " + source.error().message;
  const auto report = maint::audit(*source, Way::kJudged, kNow);
  if (!report) return "the new file cannot be audited: " + report.error().message;
  if (report->state() != maint::State::kIntact) {
    return "the new file is not intact: " + maint::describe(*report, source->file->data(), false);
  }
  if (!source->closed_cleanly()) return "the new file is not closed cleanly";
  return {};
}

Finding compare(const Answers& before, const Answers& after, const Report& report) {
  for (const auto& [key, value] : before) {
    if (value.front() == '(') continue;
    const auto found = after.find(key);
    const std::string now = found == after.end() ? "(nil)" : found->second;
    const auto is_of_key = [&](const auto& item) { return item.key == key; };
    const bool is_named = std::any_of(report.losses.begin(), report.losses.end(), is_of_key) ||
                          std::any_of(report.damage.begin(), report.damage.end(), is_of_key);
    const bool may_be_lost =
        is_named || (report.state() != maint::State::kIntact && now == "(CORRUPT)");
    if (now != value && !may_be_lost && after.size() < kMaxKeys) {
      return fmt::format("a repair changed key of {} bytes from a value of {} to {:.40}",
                         key.size(), value.size(), now);
    }
  }
  return {};
}

// Each byte is in one class, whatever the file says.
Finding check_map(const Source& source) {
  const auto map = maint::map_space(source, kNow * 1000);
  if (!map) return {};
  std::uint64_t sum = 0;
  for (const std::uint64_t bytes : map->total) sum += bytes;
  if (sum != source.limit) {
    return fmt::format("a map of {} bytes has {} of them", source.limit, sum);
  }
  maint::to_text(*map, {.width = 100, .color = true});
  maint::to_json(*map).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  maint::to_svg(*map);
  return {};
}

Finding check_way(FencedFiles& files, Way way, const MaintHooks& hooks) {
  const auto source = maint::open_source(files, kPath, file::Mode::kReadOnly);
  if (!source) return {};
  if (Finding found = check_map(*source)) return found;
  const auto report = maint::audit(*source, way, kNow);
  if (!report) return {};
  print_all(*source, *report);
  std::string made = rebuild(files, *source, way, *report);
  if (made.empty()) return {};
  if (hooks.after_repair) hooks.after_repair(&made);
  files.put(kNew, made);
  if (Finding found = check_new_file(files)) return found;
  const auto after = read_all(files, kNew);
  if (!after) return "the new file does not open";
  const auto before = read_all(files, kPath);
  // A store asks the index, which may be forged, or know what cannot be read; a repair does not.
  const bool asks_alike = !report->index.is_damaged() && report->index.unreadable == 0;
  const bool comparable = before && way == Way::kJudged && asks_alike;
  return comparable ? compare(*before, *after, *report) : Finding{};
}

}  // namespace

Finding check_maint(Input input, const MaintHooks& hooks) {
  const Image image = make_image(input);
  for (const Way way : {Way::kJudged, Way::kCarved}) {
    FencedFiles files;
    files.put(kPath, image.bytes);
    if (image.rebooted) files.reboot();
    if (Finding found = check_way(files, way, hooks)) return found;
    if (files.memory(kPath) != image.bytes) return "verify or repair changed the original";
  }
  return {};
}

}  // namespace kvstore::fuzz
