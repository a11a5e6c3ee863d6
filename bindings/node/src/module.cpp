// The module that require() loads; only lib/native.js uses it.
#include <node_api.h>

#include <memory>

#include "bindings/node/src/arguments.h"
#include "bindings/node/src/calls.h"
#include "bindings/node/src/instance.h"
#include "bindings/node/src/lane.h"

namespace kvstore::node {

namespace {

napi_ref reference(napi_env env, napi_value value) {
  napi_ref made = nullptr;
  check(env, napi_create_reference(env, value, 1, &made));
  return made;
}

// Runs on JavaScript's thread; without an environment if that ends.
void tell_of_news(napi_env env, napi_value function, void*, void* id) {
  napi_value receiver = nullptr, number = nullptr, ignored = nullptr;
  if (!env || !function) return;
  napi_get_undefined(env, &receiver);
  napi_create_double(env, static_cast<double>(reinterpret_cast<std::uintptr_t>(id)), &number);
  napi_call_function(env, receiver, function, 1, &number, &ignored);
}

// setUp(answers, class of errors, on delivery, on news)
napi_value set_up(Arguments& a) {
  Instance& instance = a.instance();
  std::size_t length = 0;
  void* data = nullptr;
  napi_typedarray_type type = napi_uint8_array;
  napi_value memory = nullptr;
  check(a.env, napi_get_typedarray_info(a.env, a[0], &type, &length, &data, &memory, nullptr));
  if (type != napi_float64_array || length <= Instance::kAnswers * Instance::kFields) {
    usage("the answers' array is too small");
  }
  instance.answers = static_cast<double*>(data);
  instance.answers_ref = reference(a.env, a[0]);
  instance.error_class = reference(a.env, a[1]);
  instance.on_delivery = reference(a.env, a[2]);
  napi_value name = text(a.env, "kvstore");
  check(a.env, napi_create_threadsafe_function(a.env, a[3], nullptr, name, 0, 1, nullptr, nullptr,
                                               nullptr, tell_of_news, &instance.wakes));
  check(a.env, napi_unref_threadsafe_function(a.env, instance.wakes));
  return nullptr;
}

// The current slab: the Buffer whose parts are answers.
napi_value slab(Arguments& a) { return a.instance().slab(); }

// Returns an id for a feed, which the notifications of its news carry.
napi_value next_id(Arguments& a) {
  return number(a.env, static_cast<double>(++a.instance().last_id));
}

void tear_down(void* instance) { static_cast<Instance*>(instance)->close_stores(); }

void forget(napi_env, void* instance, void*) { delete static_cast<Instance*>(instance); }

napi_value define(napi_env env, napi_value exports) {
  auto instance = std::make_unique<Instance>(env);
  check(env, napi_set_instance_data(env, instance.get(), forget, nullptr));
  // Registered before later hooks, such as that of `wakes`, because hooks run in reverse order.
  check(env, napi_add_env_cleanup_hook(env, tear_down, instance.release()));
  Exports all = {{"setUp", entry<set_up>}, {"slab", entry<slab>}, {"nextId", entry<next_id>}};
  export_values(all);
  export_queries(all);
  export_ranges(all);
  export_feeds(all);
  export_lifecycle(all);
  export_maintenance(all);
  export_commands(all);
  for (const auto& [name, function] : all) {
    napi_value made = nullptr;
    check(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &made));
    set_field(env, exports, name, made);
  }
  return exports;
}

}  // namespace

}  // namespace kvstore::node

NAPI_MODULE_INIT() {
  try {
    return kvstore::node::define(env, exports);
  } catch (const kvstore::node::Pending&) {
    return nullptr;
  }
}
