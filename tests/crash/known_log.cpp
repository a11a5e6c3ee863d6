#include "tests/crash/known_log.h"

#include <random>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "src/base/coding.h"
#include "src/log/dictionary.h"
#include "src/log/encoded_value.h"
#include "src/log/header_page.h"
#include "src/log/scanner.h"
#include "tests/maint/index_support.h"

namespace kvstore::testing {
namespace {

using log::Kind;
using maint::testing::Builder;

std::string fixed_header() {
  log::FileHeader header;
  header.db_id = {1, 2, 3};
  header.file_id = {4, 5, 6};
  log::Slot slot;
  slot.clean = true;
  slot.epochs = {{log::kHeaderPageSize, slot.epoch}};
  return log::encode_header_page(header, slot);
}

void write_some(Builder& b, std::mt19937_64& random, std::uint64_t size) {
  bool large = false;
  while (b.log().end() < log::kHeaderPageSize + size) {
    const std::uint64_t done = b.log().end() - log::kHeaderPageSize;
    const std::string key = "key" + std::to_string(random() % 24);
    const std::string value(random() % 260, static_cast<char>('a' + random() % 26));
    const std::uint64_t dice = random() % 40;
    if (!large && done > size / 2) {
      large = true;
      b.set("large", std::string(9000, 'L'));
    } else if (dice == 0) {
      b.remove(key);
    } else if (dice == 1) {
      b.batch(
          {{Kind::kSet, "left", value}, {Kind::kAppend, key, value}, {Kind::kSet, "right", value}});
    } else if (dice == 2 && done < size * 9 / 10) {
      b.sync();
    } else if (dice < 16) {
      b.set(key, value);
    } else {
      b.append(key, value);
    }
  }
}

std::string image_of(const log::View& view, const log::Record& record) {
  std::string space;
  std::string_view value;
  (void)log::read_value(view, record, &space, &value);
  return fmt::format("{} {} {} {}", static_cast<int>(record.kind), record.seq, record.key(), value);
}

template <class Visit>
void for_each_good(const std::string& image, const Visit& visit) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(image.data());
  const auto page = log::read_header_page(data, image.size(), "image");
  REQUIRE(page.has_value());
  const log::Binding binding(page->header.file_id);
  const log::ValidityMap known({}, page->base);
  const log::Dictionary dictionary;
  const log::View view{data, image.size(), &binding, nullptr, &known, &dictionary};
  log::Scanner scanner(view);
  while (true) {
    const auto step = scanner.next();
    if (step == log::Scanner::Step::kEnd || step == log::Scanner::Step::kZeros) return;
    const bool good = step == log::Scanner::Step::kRecord;
    if (good && log::value_is_valid(view, scanner.record())) visit(view, scanner.record());
  }
}

void learn_derived(const log::Record& record, KnownLog* known) {
  KnownRecord one;
  one.bytes = {record.offset, record.offset + record.size()};
  one.header_end = record.offset + static_cast<std::uint64_t>(record.value_at() - record.at);
  if (record.durable != 0) known->ds.push_back({one.bytes, record.durable});
  if (record.kind == Kind::kDictionary) known->dictionary = one.bytes;
  known->derived.push_back(std::move(one));
  known->end = record.end();
}

void learn(const log::View& view, const log::Record& record, KnownLog* known) {
  if (!record.has_key()) return learn_derived(record, known);
  KnownRecord one;
  one.bytes = {record.offset, record.end()};
  one.header_end = record.offset + static_cast<std::uint64_t>(record.value_at() - record.at);
  one.batch_begin = record.offset;
  one.batch_end = record.end();
  one.in_base = record.seq <= known->floor_seq;
  one.seq = std::max(record.seq, known->floor_seq);
  one.key = std::string(record.key());
  one.image = image_of(view, record);
  one.needs_dictionary = record.encoding.codec == log::Codec::kZstdDictionary;
  if (record.batch_count != 0) one.batch_end = record.offset + record.batch_length;
  if (!one.in_base && !known->records.empty() && known->records.back().seq == record.seq) {
    one.batch_begin = known->records.back().batch_begin;
    one.batch_end = known->records.back().batch_end;
  }
  if (record.durable != 0) known->ds.push_back({one.bytes, record.durable});
  known->end = record.end();
  known->last_seq = one.seq;
  known->records.push_back(std::move(one));
}

}  // namespace

namespace {

void learn_all(KnownLog* known) {
  for (const auto& [seq, state] : known->states) {
    for (const auto& [key, value] : state) known->keys.insert(key);
  }
  for_each_good(known->image, [&](const log::View& view, const log::Record& record) {
    learn(view, record, known);
  });
  // Some of the preallocated zeros are as good as all.
  if (!known->closed) known->image.resize(round_up(known->end + 8192, log::kPage));
  for (std::uint64_t at = 2 * log::kSectorSize; at < 4 * log::kSectorSize; at += log::kSectorSize) {
    const auto durable = load_le<std::uint64_t>(
        reinterpret_cast<const std::uint8_t*>(known->image.data()) + at + 24);
    known->ds.push_back({{at, at + log::kSectorSize}, durable});
  }
}

}  // namespace

KnownLog make_known_log(std::uint64_t seed, std::uint64_t size, Left left) {
  std::mt19937_64 random(seed);
  Builder b(fixed_header());
  write_some(b, random, size);
  KnownLog known;
  known.closed = left == Left::kClosed;
  known.rebooted = left == Left::kPowerLost;
  known.image = known.closed ? b.close() : b.crash();
  known.states = b.states();
  learn_all(&known);
  return known;
}

namespace {

// So long that a run has whole pages to give back.
std::string sealed_key(std::uint64_t number) {
  return "key" + std::to_string(number) + std::string(150, static_cast<char>('a' + number % 26));
}

void write_one(Store& store, std::mt19937_64& random, State* state) {
  const std::string key = sealed_key(random() % 60), other = sealed_key(random() % 60);
  const std::string value(random() % 100, static_cast<char>('a' + random() % 26));
  const std::uint64_t dice = random() % 20;
  WriteOptions lazy;
  lazy.wait = false;
  if (dice < 2) {
    REQUIRE(store.remove(key, lazy));
    state->erase(key);
  } else if (dice == 2 && key != other) {
    Batch batch;
    batch.set(key, value);
    batch.append(other, value);
    REQUIRE(store.apply(batch, false));
    (*state)[key] = value;
    (*state)[other] += value;
  } else if (dice < 9) {
    REQUIRE(store.append(key, value, lazy));
    (*state)[key] += value;
  } else {
    REQUIRE(store.set(key, value, lazy));
    (*state)[key] = value;
  }
}

}  // namespace

KnownLog make_sealed_log(std::uint64_t seed, Left left) {
  constexpr int kWrites = 260, kBetween = 40;
  std::mt19937_64 random(seed);
  SimFiles files;
  files.put("known", fixed_header());
  Options options;
  options.file_system = &files;
  options.sync = SyncPolicy::none();
  auto store = Store::open("known", options);
  REQUIRE(store);
  KnownLog known;
  known.closed = left == Left::kClosed;
  known.rebooted = left == Left::kPowerLost;
  State state;
  known.states[0] = state;
  for (int i = 1; i <= kWrites; ++i) {
    write_one(**store, random, &state);
    known.states[(*store)->stats().last_seq] = state;
    if (i % kBetween == 0) REQUIRE((*store)->checkpoint());
  }
  const Stats stats = (*store)->stats();
  REQUIRE(stats.index_merges > 0);
  if (!known.closed) known.image = files.memory("known");
  store->reset();
  if (known.closed) known.image = files.memory("known");
  learn_all(&known);
  return known;
}

namespace {

// Keys in order, and what was written after them.
KnownLog finish_based_log(Builder& b, std::mt19937_64& random, Left left) {
  constexpr std::uint64_t kBytesBehind = 12 << 10;
  b.end_base();
  maint::testing::seal_index(b);
  write_some(b, random, b.log().end() - log::kHeaderPageSize + kBytesBehind);
  KnownLog known;
  known.closed = left == Left::kClosed;
  known.rebooted = left == Left::kPowerLost;
  known.floor_seq = b.log().page().header.floor_seq;
  known.image = known.closed ? b.close() : b.crash();
  known.states = b.states();
  learn_all(&known);
  return known;
}

constexpr std::uint64_t kFloor = 500;

}  // namespace

KnownLog make_based_log(std::uint64_t seed, Left left) {
  std::mt19937_64 random(seed);
  Builder b(maint::testing::base_page(kFloor));
  std::set<std::string> keys;
  for (int i = 0; i < 40; ++i) keys.insert("key" + std::to_string(random() % 80));
  for (const std::string& key : keys) {
    std::vector<std::string> pieces(random() % 4 == 0 ? 1 + random() % 4 : 1);
    for (std::string& piece : pieces)
      piece.assign(random() % 400, static_cast<char>('a' + random() % 26));
    b.base(key, pieces, 1 + random() % kFloor);
  }
  return finish_based_log(b, random, left);
}

KnownLog make_compressed_log(std::uint64_t seed, Left left) {
  constexpr std::size_t kLarge = 5 * log::Encoder::kBlock + 1;
  std::mt19937_64 random(seed);
  Builder b(maint::testing::base_page(kFloor, true));
  const std::string common = "level=info service=store method=GET path=/api/v1/keys/ status=200 ";
  b.compress(common);
  for (int i = 0; i < 40; ++i) {
    const std::string key = fmt::format("key{:02}", i);
    std::vector<std::string> pieces;
    for (unsigned more = random() % 4 == 0 ? 3 : 1; more > 0; --more) {
      pieces.push_back(common + std::to_string(random()));
    }
    if (i % 10 == 3) {  // in blocks, of which one cannot be compressed
      pieces.back() = std::string(kLarge, static_cast<char>('a' + i));
      for (std::size_t at = 0; at < log::Encoder::kBlock; ++at) {
        pieces.back()[log::Encoder::kBlock + at] = static_cast<char>(random());
      }
    }
    if (i % 10 == 5) pieces.back() = std::to_string(random());  // stays as it is
    b.base(key, pieces, 1 + random() % kFloor);
  }
  return finish_based_log(b, random, left);
}

std::set<std::string> good_records(const std::string& image) {
  std::set<std::string> all;
  for_each_good(image, [&](const log::View& view, const log::Record& record) {
    all.insert(image_of(view, record));
  });
  return all;
}

}  // namespace kvstore::testing
