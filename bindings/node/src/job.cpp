#include "bindings/node/src/job.h"

#include <new>
#include <system_error>
#include <thread>

#include "bindings/node/src/lane.h"
#include "src/base/cancel.h"

namespace kvstore::node {

namespace {

// The Cancel that the store's loops on this thread check. The store only accepts a plain function.
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

// A job with a promise that is being executed.
struct Alone {
  std::unique_ptr<Job> job;
  Status status;
  napi_deferred promise = nullptr;
  // Exactly one of the two is set: a thread of the pool executes the job, or its own thread.
  napi_async_work work = nullptr;
  napi_threadsafe_function done = nullptr;
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

void answer(napi_env env, Alone& alone) {
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  try {
    settle(env, alone);
  } catch (const Pending&) {
    // The answer cannot be made, so the promise is rejected with the exception. If the environment
    // ends,
    // there is no one left to answer.
    napi_value exception = nullptr;
    if (napi_get_and_clear_last_exception(env, &exception) == napi_ok) {
      napi_reject_deferred(env, alone.promise, exception);
    }
  }
  napi_close_handle_scope(env, scope);
}

void complete(napi_env env, napi_status, void* data) {
  const std::unique_ptr<Alone> alone(static_cast<Alone*>(data));
  answer(env, *alone);
  napi_delete_async_work(env, alone->work);
}

// Runs on JavaScript's thread; without an environment if that ends.
void complete_apart(napi_env env, napi_value, void*, void* data) {
  const std::unique_ptr<Alone> alone(static_cast<Alone*>(data));
  if (env) answer(env, *alone);
}

// Runs on the job's own thread.
void execute_apart(Instance& instance, std::unique_ptr<Alone> alone) {
  alone->status = run(*alone->job);
  napi_threadsafe_function done = alone->done;
  if (napi_call_threadsafe_function(done, alone.get(), napi_tsfn_nonblocking) == napi_ok) {
    [[maybe_unused]] const auto* const freed_when_complete = alone.release();
    napi_release_threadsafe_function(done, napi_tsfn_release);
  }
  alone.reset();
  instance.end_apart();
}

void start_apart(napi_env env, std::unique_ptr<Alone> alone, napi_value name) {
  Instance& instance = Instance::of(env);
  check(env, napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr,
                                             nullptr, complete_apart, &alone->done));
  napi_threadsafe_function done = alone->done;
  instance.begin_apart();
  try {
    std::thread([&instance, alone = std::move(alone)]() mutable {
      execute_apart(instance, std::move(alone));
    }).detach();
  } catch (const std::system_error&) {
    instance.end_apart();
    napi_release_threadsafe_function(done, napi_tsfn_abort);
    throw Failed{Error{Code::kLimit, "there is no thread for another call that waits",
                       "await some of those that wait"}};
  }
}

}  // namespace

Status run(Job& job) {
  if (!job.state) return run_within(job);
  const Use use(*job.state, job.cancel.get());
  if (!use) return job.state->closed_error();
  Status done = run_within(job);
  // The call was cancelled by close(), not by its caller.
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
  if (alone->job->waits) {
    start_apart(env, std::move(alone), name);
    return promise;
  }
  check(env,
        napi_create_async_work(env, nullptr, name, execute, complete, alone.get(), &alone->work));
  check(env, napi_queue_async_work(env, alone->work));
  [[maybe_unused]] const auto* const freed_when_complete = alone.release();
  return promise;
}

}  // namespace kvstore::node
