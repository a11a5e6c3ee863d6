// The module's state for one JavaScript environment (the main thread, or a worker), and how values
// and
// errors are passed to it.
//
// Thread rule: only the environment's thread, except where a member says otherwise.
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

// Throws Pending unless `status` is napi_ok.
void check(napi_env env, napi_status status);

// The JavaScript type of an answer's bytes.
enum class As : std::uint8_t { kBuffer = 0, kText = 1 };

class Instance {
 public:
  explicit Instance(napi_env environment) : env(environment) {}
  static Instance& of(napi_env env);
  ~Instance();

  napi_value error(const Error& error) const;

  // Small answers that become Buffers are parts of one larger Buffer, the slab, as in Node's own
  // pool.
  // False if there are too many bytes for the slab.
  static constexpr std::size_t kSlabSize = 32 << 10, kSlabPart = 4096;
  static bool fits_slab(std::size_t size) { return size <= kSlabPart; }
  bool slab_has_space(std::size_t size) const { return slab_ && slab_used_ + size <= kSlabSize; }
  // Throws Pending.
  void new_slab();
  // Returns the offset in the slab. Call it only if the slab has space.
  std::size_t add_to_slab(std::string_view bytes);
  napi_value slab() const;
  // Call it before writing to the slab: JavaScript can take a buffer's memory away
  // (ArrayBuffer.transfer()), and then the slab is dropped. Throws Pending.
  void forget_lost_slab();

  napi_env env;
  // JavaScript's Float64Array for answers: kFields numbers for each answer, at most kAnswers of
  // them, and
  // then the number of the slab they are in.
  static constexpr std::size_t kAnswers = 1024, kFields = 3;
  double* answers = nullptr;
  double& slab_number() { return answers[kAnswers * kFields]; }

  napi_ref answers_ref = nullptr, error_class = nullptr;
  napi_ref on_delivery = nullptr;
  // Notifies JavaScript of feeds that have news. Any thread may call it.
  napi_threadsafe_function wakes = nullptr;
  std::uint64_t last_id = 0;  // of lanes and feeds
  Bytes scratch;              // of the running call

  // For the environment's end: closes the stores that are still open.
  void remember(const std::shared_ptr<StoreState>& store);
  void close_stores();
  // Count the calls that have a thread of their own; close_stores() waits for those threads. Any
  // thread
  // may call them.
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
// Numbers above 2^53 are rounded; versions, sizes and times stay below it.
inline double to_number(std::uint64_t value) { return static_cast<double>(value); }
napi_value boolean(napi_env env, bool value);
napi_value text(napi_env env, std::string_view utf8);
// ASCII text needs no decoder, and JavaScript can cut it by offsets.
bool is_ascii(std::string_view bytes);
// A Buffer with its own memory.
napi_value buffer(napi_env env, std::string_view bytes);
// The same without a copy if there are many bytes.
napi_value buffer(napi_env env, std::string bytes);
napi_value bytes_as(napi_env env, std::string bytes, As as);
napi_value array(napi_env env, std::size_t size);
void set_item(napi_env env, napi_value array, std::size_t index, napi_value value);
void set_field(napi_env env, napi_value object, const char* name, napi_value value);
napi_value object(napi_env env);
// Throws Failed (kUsage), for arguments that the JavaScript part must not pass.
[[noreturn]] void usage(std::string message, std::string hint = {});

}  // namespace kvstore::node
