// What the module keeps for one JavaScript environment (the main thread, or a worker), and how
// values and errors get there.
//
// Thread rule: the environment's thread only, but for what says otherwise.
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/node/src/bytes.h"
#include "src/base/mutex.h"
#include "src/base/status.h"

namespace kvstore::node {

class StoreState;

// A JavaScript exception is pending; thrown through C++ up to the entry (arguments.h).
struct Pending {};
// An error that the entry turns into a JavaScript exception.
struct Failed {
  Error error;
};

// Throws Pending unless it is napi_ok.
void check(napi_env env, napi_status status);

// How an answer's bytes become a value.
enum class As : std::uint8_t { kBuffer = 0, kText = 1 };

class Instance {
 public:
  explicit Instance(napi_env environment) : env(environment) {}
  static Instance& of(napi_env env);
  ~Instance();

  napi_value error(const Error& error) const;

  // Small answers that become Buffers are parts of one larger Buffer, the slab, as Node's own pool
  // does it. False if the bytes are too many for that.
  static constexpr std::size_t kSlabSize = 32 << 10, kSlabPart = 4096;
  static bool fits_slab(std::size_t size) { return size <= kSlabPart; }
  bool slab_has_space(std::size_t size) const { return slab_ && slab_used_ + size <= kSlabSize; }
  // Throws Pending.
  void new_slab();
  // Where it is in the slab. Only if that has space.
  std::size_t add_to_slab(std::string_view bytes);
  napi_value slab() const;
  // Before it is written to: JavaScript can take a buffer's memory away (ArrayBuffer.transfer()).
  // Then there is no slab. Throws Pending.
  void forget_lost_slab();

  napi_env env;
  // JavaScript's Float64Array for answers: kFields numbers an answer, kAnswers at most, then the
  // number of the slab they are in.
  static constexpr std::size_t kAnswers = 1024, kFields = 3;
  double* answers = nullptr;
  double& slab_number() { return answers[kAnswers * kFields]; }

  napi_ref answers_ref = nullptr, error_class = nullptr;
  napi_ref on_delivery = nullptr;
  // Tells of feeds that have news; called by any thread.
  napi_threadsafe_function wakes = nullptr;
  std::uint64_t last_id = 0;  // of lanes and feeds
  Bytes scratch;              // of the call that runs

  // For the environment's end: closes those that are open still.
  void remember(const std::shared_ptr<StoreState>& store);
  void close_stores();
  // Calls that have a thread of their own; close_stores() waits for those threads. Any thread.
  void begin_apart() KV_EXCLUDES(apart_mutex_);
  void end_apart() KV_EXCLUDES(apart_mutex_);

 private:
  void replace(napi_ref& reference, napi_value value);

  std::vector<std::weak_ptr<StoreState>> stores_;
  napi_ref slab_ref_ = nullptr, slab_memory_ref_ = nullptr;
  char* slab_ = nullptr;
  std::size_t slab_used_ = 0;
  Mutex apart_mutex_;
  CondVar none_apart_;
  unsigned apart_ KV_GUARDED_BY(apart_mutex_) = 0;
};

// --- Values. All throw Pending.
napi_value undefined(napi_env env);
napi_value number(napi_env env, double value);
// Above 2^53 they are rounded, which no version, size or time gets to.
inline double to_number(std::uint64_t value) { return static_cast<double>(value); }
napi_value boolean(napi_env env, bool value);
napi_value text(napi_env env, std::string_view utf8);
// Such text needs no decoder, and JavaScript can cut it by offsets.
bool is_ascii(std::string_view bytes);
// A Buffer of its own.
napi_value buffer(napi_env env, std::string_view bytes);
// The same without a copy, if the bytes are many.
napi_value buffer(napi_env env, std::string bytes);
napi_value bytes_as(napi_env env, std::string bytes, As as);
napi_value array(napi_env env, std::size_t size);
void set_item(napi_env env, napi_value array, std::size_t index, napi_value value);
void set_field(napi_env env, napi_value object, const char* name, napi_value value);
napi_value object(napi_env env);
// Throws Failed: of words that JavaScript was not to give.
[[noreturn]] void usage(std::string message, std::string hint = {});

}  // namespace kvstore::node
