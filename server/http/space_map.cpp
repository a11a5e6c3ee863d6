// GET /_/map: the use of the file's space.
//
// A map reads the whole file, and needs a few bytes for each key. So only one is made at a time,
// its memory is accounted in addition to requests and replies, and a stopping server does not wait
// for it.
#include <atomic>
#include <string_view>

#include "server/http/handlers.h"
#include "server/http/rights.h"
#include "src/base/cancel.h"
#include "src/base/mutex.h"
#include "src/store/store.h"

namespace kvstore::server::http {
namespace {

constexpr std::size_t kMapMemory = std::size_t{4} << 20;
constexpr std::size_t kMapMemoryOfKey = 20;
constexpr std::size_t kMemtableSlot = 8;

std::size_t map_memory(const Stats& stats) {
  const std::uint64_t recent = (stats.memtable_bytes + stats.sealing_bytes) / kMemtableSlot;
  return kMapMemory + kMapMemoryOfKey * (stats.index_sealed_keys + recent);
}

thread_local const std::atomic<bool>* map_is_unwanted = nullptr;

Result<std::string> make_map(Shared& shared) {
  static Mutex one_at_a_time;
  MutexLock lock(one_at_a_time);
  map_is_unwanted = &shared.stopping;
  CancelScope scope([] { return map_is_unwanted->load(std::memory_order_relaxed); });
  return shared.config.space_map();
}

}  // namespace

void show_space_map(Exchange& exchange) {
  if (!exchange.shared.config.space_map) {
    return exchange.fail(wire::Problem{404, "UNKNOWN", "this server has no map of its file",
                                       "on its machine: kvstore map FILE"});
  }
  // The map contains names of arbitrary keys.
  constexpr std::string_view kStats[] = {"STATS"};
  constexpr std::string_view kAllKeys[] = {"PREFIX", ""};
  if (!may_run(exchange, kStats) || !may_run(exchange, kAllKeys)) return;
  const Status memory = exchange.take_memory(map_memory(exchange.shared.store.stats()));
  if (!memory) return exchange.fail(memory.error());
  const auto map = make_map(exchange.shared);
  if (!map) return exchange.fail(map.error());
  exchange.answer_json(200, *map);
}

}  // namespace kvstore::server::http
