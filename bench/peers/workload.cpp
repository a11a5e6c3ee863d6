#include "bench/peers/workload.h"

#include <unistd.h>

#include <string_view>

#include "bench/peers/data.h"
#include "bench/peers/machine.h"
#include "bench/peers/stopwatch.h"

namespace peers {
namespace {

constexpr std::size_t kPartSize = 256;
constexpr std::uint64_t kRangeSize = 100;

void check(bool right, const Peer& peer, const char* what) {
  if (!right) fail(peer.name() + " answered wrongly: " + what);
}

// Numbers in a random order, another one for each thread.
std::uint64_t pick(int thread, std::uint64_t i, std::uint64_t among) {
  return mix((static_cast<std::uint64_t>(thread + 1) << 48) + i) % among;
}

// Each workload reads what is closed, on the disk, and open again, so that no writing in the
// background disturbs its reads. Returns how long opening took, a first GET included.
double reopen(Peer& peer, const Setup& setup, const Key& first_key) {
  peer.close();
  ::sync();
  const Clock::time_point begin = Clock::now();
  peer.open(setup);
  std::string value;
  peer.reader()->get(first_key, &value);
  return seconds_since(begin);
}

// --- keys and values ---

void check_get(const Peer& peer, Reader& reader, std::string_view key, std::string* value) {
  check(reader.get(key, value) && *value == value_of(key), peer, "GET of a stored key");
}

double set_all(Peer& peer, std::uint64_t keys) {
  const Clock::time_point begin = Clock::now();
  for (std::uint64_t i = 0; i < keys; ++i) {
    const Key key = make_key(i);
    peer.set(key, value_of(key));
  }
  peer.commit();
  return static_cast<double>(keys) / seconds_since(begin);
}

double get_random(Peer& peer, const Plan& plan, int threads) {
  return rate(threads, {plan.keys(), plan.seconds}, [&](int thread) {
    return [&, thread, reader = std::shared_ptr<Reader>(peer.reader()),
            value = std::string()](std::uint64_t i) mutable {
      check_get(peer, *reader, make_key(pick(thread, i, plan.keys())), &value);
    };
  });
}

double get_absent(Peer& peer, const Plan& plan) {
  return rate(1, {plan.keys(), plan.seconds}, [&](int) {
    return [&, reader = std::shared_ptr<Reader>(peer.reader()),
            value = std::string()](std::uint64_t i) mutable {
      check(!reader->get(make_key(i, KeySet::kAbsent), &value), peer, "GET of an absent key");
    };
  });
}

// Checks order, values and number of what a range gives.
std::uint64_t checked_range(const Peer& peer, Reader& reader, std::string_view after,
                            std::uint64_t limit) {
  std::string previous(after);
  const std::uint64_t count =
      reader.range(after, limit, [&](std::string_view key, std::string_view value) {
        check(key > previous && value == value_of(key), peer, "a range's keys and values");
        previous.assign(key);
      });
  return count;
}

double ranges(Peer& peer, const Plan& plan) {
  const std::uint64_t range_size = std::min(kRangeSize, plan.keys() / 2);
  return rate(1, {plan.keys() / kRangeSize, plan.seconds, 1}, [&](int) {
    return [&, range_size, reader = std::shared_ptr<Reader>(peer.reader())](std::uint64_t i) {
      // The lower half of the keys, so that none of the ranges ends early.
      Key after = make_key(pick(0, i, plan.keys()));
      after.bytes[0] = static_cast<char>(after.bytes[0] & 0x3f);
      check(checked_range(peer, *reader, after, range_size) == range_size, peer, "a range's size");
    };
  });
}

double scan(Peer& peer, const Plan& plan) {
  const std::unique_ptr<Reader> reader = peer.reader();
  const Clock::time_point begin = Clock::now();
  const std::uint64_t count = checked_range(peer, *reader, "", plan.keys() + 1);
  const double seconds = seconds_since(begin);
  check(count == plan.keys(), peer, "the number of keys in a scan");
  return static_cast<double>(count) / seconds;
}

double scan_keys(Peer& peer, const Plan& plan) {
  const std::unique_ptr<Reader> reader = peer.reader();
  std::uint64_t bytes = 0;
  const Clock::time_point begin = Clock::now();
  const std::uint64_t count =
      reader->keys([&](std::string_view key) { bytes += key.size(); });
  const double seconds = seconds_since(begin);
  check(count == plan.keys() && bytes == count * kKeySize, peer, "the keys of a scan");
  return static_cast<double>(count) / seconds;
}

void keys_and_values(Peer& peer, const Plan& plan, const std::string& directory, Sheet& sheet) {
  const Setup setup{directory};
  peer.open(setup);
  sheet.note(Row::kSet, peer.name(), set_all(peer, plan.keys()));
  sheet.note(Row::kReopen, peer.name(), reopen(peer, setup, make_key(0)));
  peer.prepare_reads();
  if (peer.ordered()) {
    // First, as it fills the peers' caches, too.
    sheet.note(Row::kScan, peer.name(), scan(peer, plan));
    sheet.note(Row::kScanKeys, peer.name(), scan_keys(peer, plan));
    sheet.note(Row::kRange, peer.name(), ranges(peer, plan));
  }
  sheet.note(Row::kGet1, peer.name(), get_random(peer, plan, 1));
  sheet.note(Row::kGet2, peer.name(), get_random(peer, plan, 2));
  sheet.note(Row::kGetAbsent, peer.name(), get_absent(peer, plan));
  sheet.note(Row::kAnonymous, peer.name(), anonymous_memory());
  sheet.note(Row::kDisk, peer.name(),
             disk_usage(directory) / static_cast<double>(plan.keys()));
  peer.close();
}

// --- synced writes ---

constexpr std::uint64_t kKeysOfThread = 1'000'000;

void check_synced(Peer& peer, const std::vector<Share>& shares, std::uint64_t first) {
  const std::unique_ptr<Reader> reader = peer.reader();
  std::string value;
  for (const Share& share : shares) {
    for (std::uint64_t i = 0; i < share.done; ++i) {
      check_get(peer, *reader, make_key(first + i), &value);
    }
    first += kKeysOfThread;
  }
}

double set_synced(Peer& peer, const Plan& plan, int threads, std::uint64_t first) {
  const auto count = static_cast<std::uint64_t>(100'000 * plan.scale) + 20;
  const auto [shares, seconds] = run_threads(threads, {count, plan.seconds, 1}, [&](int thread) {
    return [&peer,
            from = first + static_cast<std::uint64_t>(thread) * kKeysOfThread](std::uint64_t i) {
      const Key key = make_key(from + i);
      peer.set(key, value_of(key));
    };
  });
  std::uint64_t done = 0;
  for (const Share& share : shares) done += share.done;
  check_synced(peer, shares, first);
  return static_cast<double>(done) / seconds;
}

void synced_writes(Peer& peer, const Plan& plan, const std::string& directory, Sheet& sheet) {
  const Setup setup{directory, true};
  peer.open(setup);
  sheet.note(Row::kSetSynced1, peer.name(), set_synced(peer, plan, 1, 0));
  peer.close();
  peer.open(setup);
  sheet.note(Row::kSetSynced16, peer.name(), set_synced(peer, plan, 16, kKeysOfThread));
  if (peer.writes_per_sync() > 0) {
    sheet.note(Row::kSetsPerSync, peer.name(), peer.writes_per_sync());
  }
  peer.close();
}

// --- values grown by appends ---

struct Grown {
  std::size_t piece_size;
  Row append, read_1, read_2, whole;
};

constexpr Grown kGrown100 = {100, Row::kAppend100, Row::kRead100Of1, Row::kRead100Of2,
                             Row::kWhole100};
constexpr Grown kGrown4096 = {4096, Row::kAppend4096, Row::kRead4096Of1, Row::kRead4096Of2,
                              Row::kWhole4096};

// Appends a second; the keys take turns.
double append_all(Peer& peer, const Plan& plan, std::size_t piece_size) {
  const std::uint64_t keys = plan.grown_keys(), pieces = plan.pieces(piece_size);
  const Clock::time_point begin = Clock::now();
  for (std::uint64_t index = 0; index < pieces; ++index) {
    for (std::uint64_t i = 0; i < keys; ++i) {
      const Key key = make_key(i);
      peer.append(key, {index, (index + 1) * piece_size, piece_of(key, index, piece_size)});
    }
  }
  peer.commit();
  return static_cast<double>(keys * pieces) / seconds_since(begin);
}

double read_parts(Peer& peer, const Plan& plan, std::size_t piece_size, int threads) {
  const std::uint64_t last_offset = plan.pieces(piece_size) * piece_size - kPartSize;
  return rate(threads, {plan.keys(), plan.seconds}, [&, last_offset](int thread) {
    return [&, thread, last_offset, reader = std::shared_ptr<Reader>(peer.reader()),
            part = std::string()](std::uint64_t i) mutable {
      const Key key = make_key(pick(thread, 2 * i, plan.grown_keys()));
      const std::uint64_t offset = pick(thread, 2 * i + 1, last_offset + 1);
      reader->read(key, offset, kPartSize, &part);
      check(part.size() == kPartSize && is_part(key, piece_size, offset, part), peer,
            "READ of a part");
    };
  });
}

// Bytes a second. Checking takes longer than a fast peer's read, so that it is not counted.
double read_whole(Peer& peer, const Plan& plan, std::size_t piece_size) {
  const std::uint64_t size = plan.pieces(piece_size) * piece_size;
  const std::unique_ptr<Reader> reader = peer.reader();
  std::string value;
  double seconds = 0;
  std::uint64_t done = 0;
  for (; done < 2 * plan.grown_keys() && seconds < plan.seconds; ++done) {
    const Key key = make_key(pick(0, done, plan.grown_keys()));
    const Clock::time_point begin = Clock::now();
    reader->whole(key, &value);
    seconds += seconds_since(begin);
    check(value.size() == size && is_part(key, piece_size, 0, value), peer, "a whole value");
  }
  return static_cast<double>(done * size) / seconds;
}

void appends(Peer& peer, const Plan& plan, const std::string& directory, Sheet& sheet,
             const Grown& grown) {
  const std::size_t size = grown.piece_size;
  const Setup setup{directory, false, size};
  peer.open(setup);
  // Small ones are counted, large ones weighed.
  const double weight = size < 1000 ? 1 : static_cast<double>(size);
  sheet.note(grown.append, peer.name(), weight * append_all(peer, plan, size));
  reopen(peer, setup, make_key(0));
  peer.prepare_reads();
  sheet.note(grown.whole, peer.name(), read_whole(peer, plan, size));
  sheet.note(grown.read_1, peer.name(), read_parts(peer, plan, size, 1));
  sheet.note(grown.read_2, peer.name(), read_parts(peer, plan, size, 2));
  peer.close();
}

void appends_of_100(Peer& peer, const Plan& plan, const std::string& directory, Sheet& sheet) {
  appends(peer, plan, directory, sheet, kGrown100);
}
void appends_of_4096(Peer& peer, const Plan& plan, const std::string& directory, Sheet& sheet) {
  appends(peer, plan, directory, sheet, kGrown4096);
}

}  // namespace

const std::vector<Workload>& workloads() {
  static const std::vector<Workload> all = {
      {"keys and values", false, keys_and_values},
      {"synced writes", false, synced_writes},
      {"appends of 100 B", true, appends_of_100},
      {"appends of 4 KiB", true, appends_of_4096},
  };
  return all;
}

}  // namespace peers
