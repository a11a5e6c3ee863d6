// Damage of all kinds at once, at random. The seed is printed on failure.
#include <numeric>
#include <random>

#include <doctest/doctest.h>

#include "src/maint/map.h"
#include "src/maint/map_print.h"
#include "tests/maint/copies.h"
#include "tests/maint/support.h"

namespace kvstore::maint::testing {
namespace {

using log::Kind;
using Random = std::mt19937_64;

std::string key_of(Random& random) { return "key" + std::to_string(random() % 7); }

void write_some(Builder& b, Random& random) {
  const int count = 20 + static_cast<int>(random() % 150);
  for (int i = 0; i < count; ++i) {
    const std::string value(random() % 40, static_cast<char>('a' + random() % 26));
    switch (random() % 12) {
      case 0:
        b.set(key_of(random), std::string(4000 + random() % 9000, 'B'));
        break;
      case 1:
        b.remove(key_of(random));
        break;
      case 2:
        b.batch({{Kind::kSet, "key1", value}, {Kind::kAppend, "key2", value}});
        break;
      case 3:
        b.sync();
        break;
      case 4:
      case 5:
        b.set(key_of(random), value);
        break;
      default:
        b.append(key_of(random), value);
    }
  }
}

void damage(std::string& image, Random& random) {
  const std::size_t at = random() % image.size();
  const std::size_t size = std::min<std::size_t>(random() % 1500, image.size() - at);
  switch (random() % 4) {
    case 0:
      image[at] = static_cast<char>(image[at] ^ 1 << random() % 8);
      break;
    case 1:
      image.replace(at, size, size, '\0');
      break;
    case 2:
      for (std::size_t i = at; i < at + size; ++i) image[i] = static_cast<char>(random());
      break;
    default:
      if (random() % 4 == 0) image.resize(std::max<std::size_t>(at, 4096));
  }
}

// Each byte of the file counts once.
void check_map(const Source& source, std::uint64_t size) {
  const auto map = map_space(source, kTime);
  REQUIRE(map);
  CHECK(std::accumulate(map->total.begin(), map->total.end(), std::uint64_t{0}) == size);
  for (const Space& region : map->regions) {
    CHECK(std::accumulate(region.begin(), region.end(), std::uint64_t{0}) <= map->region_size);
  }
  CHECK(to_svg(*map).ends_with("</svg>\n"));
}

TEST_CASE("whatever is damaged, no value that never was comes back, and a repair is whole") {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Builder b;
    write_some(b, random);
    std::string image = random() % 2 == 0 ? b.close() : b.crash();
    const std::size_t places = 1 + random() % 4;
    for (std::size_t i = 0; i < places; ++i) damage(image, random);
    SimFiles files;
    files.put("f", image);
    const auto source = open_source(files, "f", file::Mode::kReadOnly);
    if (!source) continue;  // nothing of it is left
    check_map(*source, image.size());
    for (const Way way : {Way::kJudged, Way::kCarved}) {
      const Outcome outcome = rebuilt(image, way, random() % 2 == 0);
      CHECK(audit_of(outcome.repaired).state() == maint::State::kIntact);
      Opened opened = open(outcome.repaired);
      for (const auto& [key, value] : b.now()) {
        const std::string got = get(*opened.store, key);
        if (got == "(CORRUPT)" || got == "(nil)") continue;
        bool was_once = false;
        for (const auto& [seq, state] : b.states()) {
          const auto found = state.find(key);
          was_once |= found != state.end() && found->second == got;
        }
        CHECK(was_once);
      }
    }
  }
}

TEST_CASE("damage below D never makes a key older in silence") {
  for (std::uint64_t seed = 1000; seed <= 1400; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Builder b;
    write_some(b, random);
    std::string image = b.close();
    const std::size_t places = 1 + random() % 3;
    for (std::size_t i = 0; i < places; ++i) {
      std::string log = image.substr(4096);
      damage(log, random);
      image.replace(4096, std::string::npos, log);
    }
    const Outcome outcome = rebuilt(image);
    check_truth(b, outcome);
    const auto wrong = judge_copies(outcome.repaired, Copies::kCompacted);
    CHECK_MESSAGE(!wrong, wrong.value_or(""));
  }
}

}  // namespace
}  // namespace kvstore::maint::testing
