// Power loss at every step of a repair, a salvage and a conversion, on the simulated disk: the
// file that is swapped in is whole before it has the name, and the original is never lost.
#include "src/maint/repair.h"

#include <algorithm>
#include <optional>
#include <random>

#include <doctest/doctest.h>

#include "src/maint/convert.h"
#include "tests/maint/plain_support.h"
#include "tests/maint/support.h"
#include "tests/support/sim_files.h"

namespace kvstore::testing {
namespace {

using maint::testing::Builder;

constexpr const char* kPath = "data.bin";
constexpr const char* kNewPath = "new.bin";

std::string damaged_file() {
  Builder built;
  for (int i = 0; i < 40; ++i) built.set("key" + std::to_string(i), std::string(100, 'v'));
  for (int i = 0; i < 40; ++i) built.append("key0", std::to_string(i));
  const std::uint64_t at = built.records()[5].first;
  return maint::testing::flip(built.close(), at + 60);
}

std::string plain_file() {
  std::string bytes;
  for (int i = 0; i < 40; ++i) {
    bytes += maint::testing::plain32("key" + std::to_string(i), std::string(100, 'v'));
  }
  return bytes;
}

// What power losses could leave, taken at every sync and at every change of a name.
struct PowerLosses {
  explicit PowerLosses(SimFiles& disk) : files(disk) {
    files.on_sync = files.on_change_of_name = [this] { return take(), Status{}; };
    files.on_change_of_size = [this] { take(); };
  }
  ~PowerLosses() {
    files.on_sync = files.on_change_of_name = nullptr;
    files.on_change_of_size = nullptr;
  }
  void take() {
    for (int loss = 0; loss < kLossCount; ++loss) {
      for (auto& left : files.crash_directories(static_cast<Loss>(loss), random)) {
        directories.push_back(std::move(left));
      }
    }
  }
  SimFiles& files;
  std::mt19937_64 random{1};
  std::vector<Directory> directories;
};

std::optional<std::string> find(const Directory& directory, const std::string& name) {
  const auto found = directory.find(name);
  return found == directory.end() ? std::nullopt : std::optional(found->second);
}

bool has_content(const Directory& directory, const std::string& content) {
  return std::any_of(directory.begin(), directory.end(),
                     [&](const auto& file) { return file.second == content; });
}

bool is_whole(const std::string& image) {
  SimFiles files;
  files.reboot();
  files.put(kPath, image);
  const auto source = maint::open_source(files, kPath, file::Mode::kReadOnly);
  if (!source) return false;
  const auto report = maint::audit(*source, maint::Way::kJudged, 0);
  return report && report->state() == maint::State::kIntact && source->closed_cleanly() &&
         report->record_count > 0;
}

struct Outcome {
  std::size_t states = 0;
  std::size_t broken = 0;
};

// In each of them the name leads to the original or to a whole new file, or to nothing if
// there was nothing; and the original is somewhere, byte for byte.
Outcome judge(const std::vector<Directory>& directories, const std::string& name,
              const std::string& original, bool may_be_missing) {
  Outcome outcome{directories.size(), 0};
  std::map<std::string, bool> judged;
  for (const Directory& directory : directories) {
    const auto content = find(directory, name);
    bool good = content ? *content == original : may_be_missing;
    if (content && !good) {
      auto known = judged.find(*content);
      if (known == judged.end()) known = judged.emplace(*content, is_whole(*content)).first;
      good = known->second;
    }
    outcome.broken += !good || !has_content(directory, original);
  }
  return outcome;
}

struct Planted {
  bool skip_syncs = false;  // of files: the swap comes before the sync
  bool skip_directory_syncs = false;
};

SimFiles& plant(SimFiles& files, const Planted& planted) {
  files.skip_syncs = planted.skip_syncs;
  files.skip_directory_syncs = planted.skip_directory_syncs;
  return files;
}

Outcome lose_power_in_repair(const Planted& planted) {
  const std::string original = damaged_file();
  SimFiles files;
  files.reboot();
  files.put(kPath, original);
  const auto source = maint::open_source(files, kPath, file::Mode::kReadWrite);
  REQUIRE(source);
  const auto report = maint::audit(*source, maint::Way::kJudged, 0);
  REQUIRE(report);
  PowerLosses losses(plant(files, planted));
  const auto done = maint::repair(files, *source, *report);
  REQUIRE(done);
  losses.take();
  CHECK(files.memory(done->kept_as) == original);
  CHECK(is_whole(files.memory(kPath)));
  return judge(losses.directories, kPath, original, false);
}

Outcome lose_power_in_salvage(const Planted& planted) {
  const std::string original = damaged_file();
  SimFiles files;
  files.put(kPath, original);
  const auto source = maint::open_source(files, kPath, file::Mode::kReadOnly);
  REQUIRE(source);
  const auto report = maint::audit(*source, maint::Way::kCarved, 0);
  REQUIRE(report);
  PowerLosses losses(plant(files, planted));
  REQUIRE(maint::salvage(files, *source, *report, kNewPath));
  losses.take();
  return judge(losses.directories, kNewPath, original, true);
}

Outcome lose_power_in_convert(const Planted& planted) {
  const std::string original = plain_file();
  SimFiles files;
  files.put(kPath, original);
  PowerLosses losses(plant(files, planted));
  REQUIRE(maint::convert(files, kPath, kNewPath));
  losses.take();
  return judge(losses.directories, kNewPath, original, true);
}

}  // namespace

TEST_CASE("a power loss at any step of a repair leaves the original or its whole copy") {
  const Outcome outcome = lose_power_in_repair({});
  MESSAGE(outcome.states << " states of a repair");
  CHECK(outcome.states > 50);
  CHECK(outcome.broken == 0);
}

TEST_CASE("a power loss at any step of a salvage or a conversion leaves no half file") {
  for (const Outcome& outcome : {lose_power_in_salvage({}), lose_power_in_convert({})}) {
    MESSAGE(outcome.states << " states");
    CHECK(outcome.states > 50);
    CHECK(outcome.broken == 0);
  }
}

TEST_CASE("a swap before the sync is found, and one before the original's second name is durable") {
  CHECK(lose_power_in_repair({true, false}).broken > 0);
  CHECK(lose_power_in_salvage({true, false}).broken > 0);
  CHECK(lose_power_in_convert({true, false}).broken > 0);
  CHECK(lose_power_in_repair({false, true}).broken > 0);
}

TEST_CASE("a repair that fails at any change of a name leaves the original under its name") {
  const std::string original = damaged_file();
  for (int failing = 0; failing < 4; ++failing) {
    CAPTURE(failing);
    SimFiles files;
    files.reboot();
    files.put(kPath, original);
    std::string kept_as;
    {
      const auto source = maint::open_source(files, kPath, file::Mode::kReadWrite);
      REQUIRE(source);
      const auto report = maint::audit(*source, maint::Way::kJudged, 0);
      REQUIRE(report);
      int step = 0;
      files.on_change_of_name = [&]() -> Status {
        if (step++ != failing) return {};
        return fail(Code::kIo, "the disk failed");
      };
      const auto done = maint::repair(files, *source, *report);
      REQUIRE_FALSE(done);
      kept_as = done.error().message;
    }
    // The last step is the sync after the swap: then both are there.
    const bool swapped = failing == 3;
    CHECK(files.paths().size() == (swapped ? 2 : 1));
    CHECK((files.memory(kPath) == original) == !swapped);
    CHECK((kept_as.find("is kept as") != kept_as.npos) == swapped);
  }
}

}  // namespace kvstore::testing
