#include "bindings/node/src/job.h"

#include <new>

#include "bindings/node/src/lane.h"
#include "src/base/cancel.h"

namespace kvstore::node {

namespace {

// Whom the loops of this thread ask. The store may ask no more than a function.
thread_local const Cancel* asked = nullptr;

class Asked {
 public:
  explicit Asked(const Cancel* cancel) { asked = cancel; }
  ~Asked() { asked = nullptr; }
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;

 private:
  const CancelScope scope_{[] { return asked && asked->is_wanted(); }};
};

Status run_within(Job& job) try {
  const Asked cancellable(job.cancel.get());
  return job.run();
} catch (const Cancelled&) {
  return cancelled();
} catch (const std::bad_alloc&) {
  return fail(Code::kMemory, "out of memory");
}

// A job with a promise, on its way.
struct Alone {
  std::unique_ptr<Job> job;
  Status status;
  napi_deferred promise = nullptr;
  napi_async_work work = nullptr;
};

void execute(napi_env, void* data) {
  auto& alone = *static_cast<Alone*>(data);
  alone.status = run(*alone.job);
}

void settle(napi_env env, Alone& alone) {
  if (alone.status) {
    check(env, napi_resolve_deferred(env, alone.promise, alone.job->answer(env)));
  } else {
    napi_value error = Instance::of(env).error(alone.status.error());
    check(env, napi_reject_deferred(env, alone.promise, error));
  }
}

void complete(napi_env env, napi_status, void* data) {
  const std::unique_ptr<Alone> alone(static_cast<Alone*>(data));
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  try {
    settle(env, *alone);
  } catch (const Pending&) {
    // The answer cannot be made: the exception is it. Or the environment ends: then nobody waits.
    napi_value exception = nullptr;
    if (napi_get_and_clear_last_exception(env, &exception) == napi_ok) {
      napi_reject_deferred(env, alone->promise, exception);
    }
  }
  napi_delete_async_work(env, alone->work);
  napi_close_handle_scope(env, scope);
}

}  // namespace

Status run(Job& job) {
  if (!job.state) return run_within(job);
  const Use use(*job.state, job.cancel.get());
  if (!use) return job.state->closed_error();
  Status done = run_within(job);
  // Given up by close(), and not by who called.
  const bool was_given_up = !done && done.error().code == Code::kSkipped;
  if (was_given_up && job.state->is_closing()) return job.state->closed_error();
  KV_TRY(std::move(done));
  if (!job.writes) return {};
  return job.syncs ? job.state->store().sync() : job.state->store().commit();
}

namespace {

void refuse_if_closing(const Job& job) {
  if (job.state && job.state->is_closing()) throw Failed{job.state->closed_error().value()};
}

}  // namespace

napi_value run_now(napi_env env, std::unique_ptr<Job> job) {
  refuse_if_closing(*job);
  if (Status status = run(*job); !status) throw Failed{std::move(status.error())};
  return job->answer(env);
}

napi_value run_queued(Arguments& arguments, std::unique_ptr<Job> job) {
  refuse_if_closing(*job);
  const auto source = arguments.shared<Source>(0);
  source->state().lane().push(source, std::move(job));
  return nullptr;
}

napi_value run_alone(napi_env env, std::unique_ptr<Job> job) {
  refuse_if_closing(*job);
  auto alone = std::make_unique<Alone>();
  alone->job = std::move(job);
  napi_value name = text(env, "kvstore");
  napi_value promise = nullptr;
  check(env, napi_create_promise(env, &alone->promise, &promise));
  check(env,
        napi_create_async_work(env, nullptr, name, execute, complete, alone.get(), &alone->work));
  check(env, napi_queue_async_work(env, alone->work));
  [[maybe_unused]] const auto* const freed_when_complete = alone.release();
  return promise;
}

}  // namespace kvstore::node
