// Power loss while a file is made, repaired, salvaged or converted: at every
// moment the name is that of a whole file, and the original's bytes are there.

#include "src/maint/repair.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include <doctest/doctest.h>

#include "src/maint/convert.h"
#include "tests/crash/known_log.h"
#include "tests/crash/watched_directory.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::TempDir;
using kvstore::testing::WatchedDirectory;
using State = WatchedDirectory::State;
using Planted = WatchedDirectory::Planted;

namespace {

void put(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

std::string content_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

std::optional<std::string> find(const State& state, const std::string& name) {
  const auto found = state.find(name);
  return found == state.end() ? std::nullopt : std::optional(found->second);
}

bool has_content(const State& state, const std::string& content) {
  return std::any_of(state.begin(), state.end(),
                     [&](const auto& file) { return file.second == content; });
}

std::string damaged_log() {
  auto known = testing::make_known_log(7, 16 << 10, testing::Left::kClosed);
  return maint::testing::flip(known.image, known.records[5].bytes.begin + 60);
}

// What may be found under a name: one of these contents, or nothing if allowed.
struct Rule {
  std::string name;
  std::vector<std::string> contents;
  bool may_be_missing = false;
};

std::uint64_t count_broken(const std::vector<State>& states, const Rule& rule,
                           const std::string& original) {
  std::uint64_t broken = 0;
  for (const State& state : states) {
    const auto content = find(state, rule.name);
    const auto& good = rule.contents;
    const bool whole =
        content ? std::find(good.begin(), good.end(), *content) != good.end() : rule.may_be_missing;
    broken += !whole || !has_content(state, original);
  }
  return broken;
}

struct Outcome {
  std::uint64_t states = 0;
  std::uint64_t broken = 0;     // of those
  bool done_is_durable = true;  // when the call returned
};

Outcome judge(const WatchedDirectory& directory, const Rule& rule, const std::string& original) {
  Rule final_rule{rule.name, {rule.contents.back()}};
  return {directory.states().size(), count_broken(directory.states(), rule, original),
          count_broken(directory.states_now(), final_rule, original) == 0};
}

// A damaged file in a directory of its own, and what the audit says of it.
struct Audited {
  Audited(file::Mode mode, maint::Way way) {
    put(path, original);
    auto opened = maint::open_source(file::system_files(), path, mode);
    REQUIRE(opened);
    source = std::move(*opened);
    const auto found = maint::audit(source, way, 0);
    REQUIRE(found);
    report = *found;
  }
  TempDir dir;
  const std::string path = dir / "data.bin", original = damaged_log();
  maint::Source source;
  maint::Report report;
};

Outcome lose_power_in_repair(const Planted& planted) {
  const Audited old(file::Mode::kReadWrite, maint::Way::kJudged);
  const WatchedDirectory directory(old.dir / "", planted);
  REQUIRE(maint::repair(file::system_files(), old.source, old.report));
  return judge(directory, {"data.bin", {old.original, content_of(old.path)}}, old.original);
}

Outcome lose_power_in_salvage(const Planted& planted) {
  const Audited old(file::Mode::kReadOnly, maint::Way::kCarved);
  const WatchedDirectory directory(old.dir / "", planted);
  const std::string out = old.dir / "new.bin";
  REQUIRE(maint::salvage(file::system_files(), old.source, old.report, out));
  return judge(directory, {"new.bin", {content_of(out)}, true}, old.original);
}

Outcome lose_power_in_convert(const Planted& planted) {
  TempDir dir;
  const std::string golden = KVSTORE_SOURCE_DIR "/tests/golden/plain32/sample.bin";
  REQUIRE(std::filesystem::exists(golden));
  const std::string original = content_of(golden);
  put(dir / "old.bin", original);
  const WatchedDirectory directory(dir / "", planted);
  REQUIRE(maint::convert(file::system_files(), dir / "old.bin", dir / "new.bin"));
  return judge(directory, {"new.bin", {content_of(dir / "new.bin")}, true}, original);
}

}  // namespace

TEST_CASE("a power loss in a repair leaves the old file or the new one, and the original") {
  const Outcome outcome = lose_power_in_repair({});
  MESSAGE(outcome.states << " states of a repair");
  CHECK(outcome.states > 5);
  CHECK(outcome.broken == 0);
  CHECK(outcome.done_is_durable);
}

TEST_CASE("a power loss in a salvage or a conversion leaves no half file") {
  for (const Outcome& outcome : {lose_power_in_salvage({}), lose_power_in_convert({})}) {
    MESSAGE(outcome.states << " states");
    CHECK(outcome.states > 5);
    CHECK(outcome.broken == 0);
    CHECK(outcome.done_is_durable);
  }
}

TEST_CASE("a power loss while a database is made leaves none, or one that opens") {
  for (const bool empty_before : {false, true}) {
    TempDir dir;
    if (empty_before) put(dir / "data.bin", "");
    const WatchedDirectory directory(dir / "", {});
    auto store = Store::open(dir / "data.bin");
    REQUIRE(store);
    REQUIRE((*store)->set("key", "value"));
    const auto check = [&](const State& state, bool acknowledged) {
      const auto content = find(state, "data.bin");
      if (!content || content->empty()) return !acknowledged && content.has_value() == empty_before;
      auto opened = maint::testing::open(*content);
      const std::string value = maint::testing::get(*opened.store, "key");
      return value == "value" || (value == "(nil)" && !acknowledged);
    };
    MESSAGE(directory.states().size() << " states of a database that is made");
    CHECK(directory.states().size() > 1);
    for (const State& state : directory.states()) CHECK(check(state, false));
    for (const State& state : directory.states_now()) CHECK(check(state, true));
  }
}

TEST_CASE("the harness finds syncs of the new file, and of the directory, that were left out") {
  Planted no_file_syncs, no_folder_syncs;
  no_file_syncs.ignore_file_syncs = true;
  no_folder_syncs.ignore_directory_syncs = true;
  CHECK(lose_power_in_repair(no_file_syncs).broken > 0);
  CHECK(lose_power_in_salvage(no_file_syncs).broken > 0);
  CHECK(lose_power_in_convert(no_file_syncs).broken > 0);
  // Without them the new name may be durable before the original's second one.
  CHECK(lose_power_in_repair(no_folder_syncs).broken > 0);
  CHECK_FALSE(lose_power_in_salvage(no_folder_syncs).done_is_durable);
  CHECK_FALSE(lose_power_in_convert(no_folder_syncs).done_is_durable);
}
