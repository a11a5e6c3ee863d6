#include "bindings/node/src/instance.h"

#include <algorithm>
#include <string>
#include <utility>

#include "bindings/node/src/state.h"

namespace kvstore::node {

namespace {

// Answers above this size are handed over without a copy; for smaller ones a copy is cheaper.
constexpr std::size_t kHandedOver = 64 << 10;

void free_string(napi_env, void*, void* string) { delete static_cast<std::string*>(string); }

}  // namespace

bool is_ascii(std::string_view bytes) {
  // Checks eight bytes at a time. Most text is ASCII, and then needs no decoder.
  std::uint64_t seen = 0;
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes.data() + at, 8);
    seen |= eight;
  }
  unsigned char rest = 0;
  for (; at < bytes.size(); ++at) rest |= static_cast<unsigned char>(bytes[at]);
  return (seen & 0x8080808080808080U) == 0 && rest < 0x80;
}

void check(napi_env env, napi_status status) {
  if (status == napi_ok) return;
  bool is_pending = false;
  napi_is_exception_pending(env, &is_pending);
  if (!is_pending) {
    const napi_extended_error_info* info = nullptr;
    napi_get_last_error_info(env, &info);
    const char* const message =
        info && info->error_message ? info->error_message : "Node-API failed";
    napi_throw_error(env, "USAGE", message);
  }
  throw Pending();
}

Instance& Instance::of(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return *static_cast<Instance*>(data);
}

Instance::~Instance() { close_stores(); }

void Instance::remember(const std::shared_ptr<StoreState>& store) {
  std::erase_if(stores_, [](const auto& known) { return known.expired(); });
  stores_.push_back(store);
}

void Instance::close_stores() {
  for (const auto& known : std::exchange(stores_, {})) {
    const auto store = known.lock();
    if (!store) continue;
    store->begin_closing();
    [[maybe_unused]] const Status nobody_is_left_to_be_told = store->close();
  }
  const MutexLock lock(apart_mutex_);
  while (apart_ != 0) none_apart_.wait(apart_mutex_);
}

void Instance::begin_apart() {
  const MutexLock lock(apart_mutex_);
  ++apart_;
}

void Instance::end_apart() {
  const MutexLock lock(apart_mutex_);
  if (--apart_ == 0) none_apart_.notify_all();
}

napi_value Instance::error(const Error& error) const {
  napi_value constructor = nullptr, made = nullptr;
  check(env, napi_get_reference_value(env, error_class, &constructor));
  napi_value arguments[] = {text(env, code_name(error.code)), text(env, error.message),
                            error.hint.empty() ? undefined(env) : text(env, error.hint)};
  check(env, napi_new_instance(env, constructor, 3, arguments, &made));
  return made;
}

void Instance::forget_lost_slab() {
  if (!slab_) return;
  napi_value memory = nullptr;
  bool is_lost = false;
  check(env, napi_get_reference_value(env, slab_memory_ref_, &memory));
  check(env, napi_is_detached_arraybuffer(env, memory, &is_lost));
  if (is_lost) slab_ = nullptr;
}

void Instance::replace(napi_ref& reference, napi_value value) {
  napi_ref made = nullptr;
  check(env, napi_create_reference(env, value, 1, &made));
  if (reference) napi_delete_reference(env, reference);
  reference = made;
}

void Instance::new_slab() {
  napi_value made = nullptr;
  void* data = nullptr;
  napi_value memory = nullptr;
  check(env, napi_create_buffer(env, kSlabSize, &data, &made));
  check(env, napi_get_typedarray_info(env, made, nullptr, nullptr, nullptr, &memory, nullptr));
  replace(slab_ref_, made);
  replace(slab_memory_ref_, memory);
  slab_ = static_cast<char*>(data);
  slab_used_ = 0;
  ++slab_number();
}

std::size_t Instance::add_to_slab(std::string_view bytes) {
  const std::size_t at = slab_used_;
  if (!bytes.empty()) std::memcpy(slab_ + at, bytes.data(), bytes.size());
  // Aligned, as in Node's pool, so that typed arrays can be made of a Buffer's memory.
  slab_used_ = at + (bytes.size() + 7) / 8 * 8;
  return at;
}

napi_value Instance::slab() const {
  napi_value value = nullptr;
  if (slab_ref_) check(env, napi_get_reference_value(env, slab_ref_, &value));
  return value;
}

napi_value undefined(napi_env env) {
  napi_value value = nullptr;
  check(env, napi_get_undefined(env, &value));
  return value;
}

napi_value number(napi_env env, double value) {
  napi_value made = nullptr;
  check(env, napi_create_double(env, value, &made));
  return made;
}

napi_value boolean(napi_env env, bool value) {
  napi_value made = nullptr;
  check(env, napi_get_boolean(env, value, &made));
  return made;
}

napi_value text(napi_env env, std::string_view utf8) {
  napi_value made = nullptr;
  const auto make = is_ascii(utf8) ? napi_create_string_latin1 : napi_create_string_utf8;
  const napi_status status = make(env, utf8.data(), utf8.size(), &made);
  if (status != napi_ok) {
    // V8's limit is slightly less than 512 MiB.
    napi_throw(env, Instance::of(env).error(Error{
                        Code::kTooBig, "the value is too long for a string", "ask for a Buffer"}));
    throw Pending();
  }
  return made;
}

napi_value buffer(napi_env env, std::string_view bytes) {
  napi_value made = nullptr;
  check(env, napi_create_buffer_copy(env, bytes.size(), bytes.data(), nullptr, &made));
  return made;
}

napi_value buffer(napi_env env, std::string bytes) {
  if (bytes.size() < kHandedOver) return buffer(env, std::string_view(bytes));
  auto owned = std::make_unique<std::string>(std::move(bytes));
  napi_value made = nullptr;
  const napi_status status = napi_create_external_buffer(env, owned->size(), owned->data(),
                                                         free_string, owned.get(), &made);
  // Some runtimes manage all memory of buffers themselves.
  if (status == napi_no_external_buffers_allowed) return buffer(env, std::string_view(*owned));
  check(env, status);
  [[maybe_unused]] const auto* const freed_with_the_buffer = owned.release();
  return made;
}

napi_value bytes_as(napi_env env, std::string bytes, As as) {
  return as == As::kText ? text(env, bytes) : buffer(env, std::move(bytes));
}

napi_value array(napi_env env, std::size_t size) {
  napi_value made = nullptr;
  check(env, napi_create_array_with_length(env, size, &made));
  return made;
}

void set_item(napi_env env, napi_value array, std::size_t index, napi_value value) {
  check(env, napi_set_element(env, array, static_cast<std::uint32_t>(index), value));
}

napi_value object(napi_env env) {
  napi_value made = nullptr;
  check(env, napi_create_object(env, &made));
  return made;
}

void set_field(napi_env env, napi_value object, const char* name, napi_value value) {
  check(env, napi_set_named_property(env, object, name, value));
}

void usage(std::string message, std::string hint) {
  throw Failed{Error{Code::kUsage, std::move(message), std::move(hint)}};
}

}  // namespace kvstore::node
