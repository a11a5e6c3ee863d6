// A call of the store: it runs on JavaScript's thread or on one of the pool, and is then answered
// on
// JavaScript's thread.
//
// Each call is written once, as a function that reads the arguments and returns a job. It makes
//   now<parse>      the call itself; returns the answer
//   queued<parse>   one of a store's calls in their order (lane.h), which tells the answer
//   alone<parse>    one that may take long, beside the others; returns a promise
#pragma once

#include <node_api.h>

#include <atomic>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "bindings/node/src/arguments.h"
#include "bindings/node/src/source.h"
#include "bindings/node/src/state.h"

namespace kvstore::node {

class Job {
 public:
  explicit Job(std::shared_ptr<StoreState> of) : state(std::move(of)) {}
  virtual ~Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  // Runs on any thread, inside a Use of the state.
  virtual Status run() = 0;
  // Called on JavaScript's thread if run() succeeded. Throws Pending.
  virtual napi_value answer(napi_env env) = 0;

  const std::shared_ptr<StoreState> state;  // null: the job uses no store
  bool writes = false;                      // it is answered after Store::commit()
  bool syncs = false;                       // it is answered after Store::sync()
  std::shared_ptr<Cancel> cancel = nullptr;
  // The job may wait for other clients. It gets its own thread, because the pool has few, and the
  // environment's end waits for those threads before it lets any call be cancelled.
  bool waits = false;
};

// `work` returns a Result<T>, and `make` turns its T into a value.
template <class Work, class Make>
class JobOf final : public Job {
 public:
  JobOf(std::shared_ptr<StoreState> of, Work work, Make make)
      : Job(std::move(of)), work_(std::move(work)), make_(std::move(make)) {}
  Status run() override {
    auto result = work_();
    if (!result) return fail(std::move(result.error()));
    value_.emplace(std::move(*result));
    return {};
  }
  napi_value answer(napi_env env) override { return make_(env, *value_); }

 private:
  using Value = typename std::invoke_result_t<Work&>::value_type;
  Work work_;
  Make make_;
  std::optional<Value> value_;
};

template <class Work, class Make>
std::unique_ptr<Job> job(std::shared_ptr<StoreState> of, Work work, Make make) {
  return std::make_unique<JobOf<Work, Make>>(std::move(of), std::move(work), std::move(make));
}
inline std::unique_ptr<Job> writing(std::unique_ptr<Job> job, bool syncs = false) {
  job->writes = true;
  job->syncs = syncs;
  return job;
}
// The result of work that has none.
struct Nothing {};
inline napi_value answer_nothing(napi_env env, const Nothing&) { return undefined(env); }
inline Result<Nothing> nothing(Status status) {
  if (!status) return fail(std::move(status.error()));
  return Nothing{};
}

// Runs the job, and waits for the commit it needs. Any thread may call it.
Status run(Job& job);
// Whether a call was cancelled; the store's loops check it (base/cancel.h).
class Cancel {
 public:
  void cancel() { wanted_.store(true, std::memory_order_relaxed); }
  bool is_wanted() const { return wanted_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> wanted_{false};
};

napi_value run_now(napi_env env, std::unique_ptr<Job> job);
napi_value run_queued(Arguments& arguments, std::unique_ptr<Job> job);
napi_value run_alone(napi_env env, std::unique_ptr<Job> job);

using Parse = std::unique_ptr<Job> (*)(Arguments&);
template <Parse parse>
napi_value now(Arguments& arguments) {
  return run_now(arguments.env, parse(arguments));
}
template <Parse parse>
napi_value queued(Arguments& arguments) {
  return run_queued(arguments, parse(arguments));
}
template <Parse parse>
napi_value alone(Arguments& arguments) {
  return run_alone(arguments.env, parse(arguments));
}

}  // namespace kvstore::node
