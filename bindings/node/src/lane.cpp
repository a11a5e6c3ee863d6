#include "bindings/node/src/lane.h"

#include <new>
#include <optional>
#include <utility>

#include "bindings/node/src/instance.h"

namespace kvstore::node {

namespace {

// --- on a thread of the pool

void set_error(Chunk& chunk, Op& op, Error error) {
  chunk.errors.push_back(std::move(error));
  op.answer = Op::Answer::kError;
  op.index = chunk.errors.size();
}

void set_bytes(Chunk& chunk, Op& op, Result<bool> found, std::string& value) {
  if (!found) return set_error(chunk, op, std::move(found.error()));
  if (!*found) {
    op.answer = Op::Answer::kMissing;
    return;
  }
  op.answer_size = value.size();
  op.answer = op.as == As::kBuffer && Instance::fits_slab(value.size()) ? Op::Answer::kSlab
                                                                        : Op::Answer::kItem;
  if (value.size() > Instance::kSlabPart) {
    chunk.large.push_back(std::exchange(value, {}));
    op.index = chunk.large.size();
  } else {
    op.answer_begin = chunk.answers.size();
    chunk.answers.append(value);
  }
}

void set_written(Chunk& chunk, Op& op, Result<Source::Done> done) {
  if (!done) return set_error(chunk, op, std::move(done.error()));
  op.is_acknowledged = op.source->writes_directly();
  op.answer = op.kind == Op::Kind::kRemove ? Op::Answer::kBoolean : Op::Answer::kNumber;
  op.number = op.kind == Op::Kind::kRemove   ? static_cast<double>(done->existed)
              : op.kind == Op::Kind::kAppend ? static_cast<double>(done->total)
                                             : static_cast<double>(done->seq);
}

void run_job(Chunk& chunk, Op& op) {
  Status status = op.job->run();
  if (!status) return set_error(chunk, op, std::move(status.error()));
  op.answer = Op::Answer::kItem;
  op.is_acknowledged = op.job->writes;
  op.syncs = op.job->syncs;
}

void run_op(Chunk& chunk, Op& op, std::string& value) {
  const std::string_view key = chunk.key(op);
  switch (op.kind) {
    case Op::Kind::kGet:
      return set_bytes(chunk, op, op.source->get(key, &value, op.at), value);
    case Op::Kind::kRead:
      return set_bytes(chunk, op, op.source->read(key, op.offset, op.length, &value, op.at), value);
    case Op::Kind::kSet:
      return set_written(chunk, op, op.source->set(key, chunk.value(op), op.write));
    case Op::Kind::kAppend:
      return set_written(chunk, op, op.source->append(key, chunk.value(op)));
    case Op::Kind::kRemove:
      return set_written(chunk, op, op.source->remove(key));
    case Op::Kind::kJob:
      return run_job(chunk, op);
  }
}

bool is_plain_write(const Op& op) {
  return op.kind >= Op::Kind::kSet && op.kind <= Op::Kind::kRemove && op.source->writes_directly();
}

// Runs a write, or several in a row, which then share the writer lock.
void run_ops(Chunk& chunk, Store& store) {
  std::optional<WriteHold> hold;
  std::string value;
  for (std::size_t i = 0; i < chunk.ops.size(); ++i) {
    Op& op = chunk.ops[i];
    if (!is_plain_write(op)) {
      hold.reset();
    } else if (!hold && i + 1 < chunk.ops.size() && is_plain_write(chunk.ops[i + 1])) {
      hold.emplace(store);
    }
    try {
      run_op(chunk, op, value);
    } catch (const std::bad_alloc&) {
      op.answer = Op::Answer::kError;
      op.index = 0;
    }
  }
}

// Writes are acknowledged only once they are durable.
void commit(Chunk& chunk, Store& store) {
  bool has_written = false, syncs = false;
  for (const Op& op : chunk.ops) {
    has_written |= op.is_acknowledged;
    syncs |= op.is_acknowledged && op.syncs;
  }
  if (!has_written) return;
  const Status status = syncs ? store.sync() : store.commit();
  if (status) return;
  for (Op& op : chunk.ops) {
    if (op.is_acknowledged) set_error(chunk, op, status.error());
  }
}

void run_chunk(Chunk& chunk) {
  StoreState& state = chunk.ops.front().source->state();
  const Use use(state);
  if (use) {
    run_ops(chunk, state.store());
    commit(chunk, state.store());
    return;
  }
  for (Op& op : chunk.ops) set_error(chunk, op, state.closed_error().value());
}

}  // namespace

// The calls that one hop carries.
struct Lane::Run {
  std::shared_ptr<Lane> lane;
  napi_async_work work = nullptr;
  std::vector<std::unique_ptr<Chunk>> done;
};

void Lane::execute(napi_env, void* data) {
  // More calls than this would delay the answers to the first ones.
  constexpr std::size_t kMostOps = Instance::kAnswers;
  auto& run = *static_cast<Run*>(data);
  std::size_t ops = 0;
  while (ops < kMostOps) {
    const MutexLock lock(run.lane->order_);
    std::unique_ptr<Chunk> chunk = run.lane->take();
    if (!chunk) return;
    ops += chunk->ops.size();
    run_chunk(*chunk);
    run.done.push_back(std::move(chunk));
  }
}

void Lane::drain() {
  const MutexLock lock(order_);
  while (std::unique_ptr<Chunk> chunk = take()) {
    run_chunk(*chunk);
    drained_.push_back(std::move(chunk));
  }
}

std::unique_ptr<Chunk> Lane::take() {
  const MutexLock lock(mutex_);
  return std::move(queued_);
}

// --- on the environment's thread

void Lane::push(std::shared_ptr<Source> source, std::unique_ptr<Job> job) {
  Op op;
  op.kind = Op::Kind::kJob;
  op.source = std::move(source);
  op.job = std::move(job);
  begin_op();
  push(std::move(op));
}

void Lane::push(Op op) {
  {
    const MutexLock lock(mutex_);
    if (!queued_) queued_ = std::make_unique<Chunk>();
    op.begin = queued_->bytes.size();
    queued_->bytes.append(next_.view());
    queued_->ops.push_back(std::move(op));
  }
  next_.clear();
  if (!is_running_) start();
}

void Lane::start() {
  auto run = std::make_unique<Run>();
  run->lane = shared_from_this();
  napi_env env = instance_.env;
  napi_value name = text(env, "kvstore");
  check(env, napi_create_async_work(env, nullptr, name, execute, complete, run.get(), &run->work));
  check(env, napi_queue_async_work(env, run->work));
  [[maybe_unused]] const auto* const freed_when_complete = run.release();
  is_running_ = true;
}

void Lane::complete(napi_env env, napi_status, void* data) {
  const std::unique_ptr<Run> run(static_cast<Run*>(data));
  Lane& lane = *run->lane;
  lane.is_running_ = false;
  lane.at_once_.events_had_their_turn();
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  try {
    // The next hop starts while these answers are delivered.
    bool is_more = false;
    {
      const MutexLock lock(lane.mutex_);
      is_more = lane.queued_ != nullptr;
    }
    if (is_more) lane.start();
    for (const std::unique_ptr<Chunk>& chunk : run->done) lane.deliver(*chunk);
    for (const auto& chunk : std::exchange(lane.drained_, {})) lane.deliver(*chunk);
  } catch (const Pending&) {
    // The environment ends, and no one waits for answers any more.
  }
  napi_delete_async_work(env, run->work);
  napi_close_handle_scope(env, scope);
}

namespace {

// The answers in the form that JavaScript reads: numbers in the shared array, and everything else
// in a
// list.
class Answers {
 public:
  Answers(Instance& instance, std::uint64_t lane) : instance_(instance), lane_(lane) { open(); }
  ~Answers() { napi_close_handle_scope(instance_.env, scope_); }
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;

  void add(Chunk& chunk, Op& op) {
    if (count_ == Instance::kAnswers) flush();
    if (op.answer == Op::Answer::kSlab && !instance_.slab_has_space(op.answer_size)) {
      // JavaScript must have read the parts of the old slab before it learns of the new one.
      flush();
      instance_.new_slab();
    }
    double* const fields = instance_.answers + count_ * Instance::kFields;
    ++count_;
    write(chunk, op, fields);
  }

  void flush() {
    if (count_ == 0) return;
    napi_env env = instance_.env;
    napi_value function = nullptr, ignored = nullptr;
    check(env, napi_get_reference_value(env, instance_.on_delivery, &function));
    napi_value arguments[] = {number(env, static_cast<double>(lane_)),
                              number(env, static_cast<double>(count_)),
                              items_ ? items_ : undefined(env)};
    const napi_status status =
        napi_call_function(env, undefined(env), function, 3, arguments, &ignored);
    napi_close_handle_scope(env, scope_);
    open();
    count_ = item_count_ = 0;
    items_ = nullptr;
    check(env, status);
  }

 private:
  void open() {
    napi_open_handle_scope(instance_.env, &scope_);
    instance_.forget_lost_slab();
  }

  void write(Chunk& chunk, Op& op, double* fields) {
    fields[0] = static_cast<double>(op.answer);
    if (op.answer == Op::Answer::kSlab) {
      fields[1] = static_cast<double>(
          instance_.add_to_slab(chunk.answers.view(op.answer_begin, op.answer_size)));
      fields[2] = static_cast<double>(op.answer_size);
    } else if (op.answer == Op::Answer::kError) {
      add_error(chunk, op);
    } else if (op.answer == Op::Answer::kItem) {
      add_value(chunk, op, fields);
    } else {
      fields[1] = op.number;
    }
  }

  void add_error(const Chunk& chunk, const Op& op) {
    add_item(instance_.error(op.index != 0 ? chunk.errors[op.index - 1]
                                           : Error{Code::kMemory, "out of memory", {}}));
  }

  // If a value cannot be made, that is an error of this call only.
  void add_value(Chunk& chunk, Op& op, double* fields) {
    napi_env env = instance_.env;
    try {
      if (op.job) return add_item(op.job->answer(env));
      if (op.index != 0)
        return add_item(bytes_as(env, std::move(chunk.large[op.index - 1]), op.as));
      add_item(text(env, chunk.answers.view(op.answer_begin, op.answer_size)));
    } catch (const Pending&) {
      napi_value exception = nullptr;
      if (napi_get_and_clear_last_exception(env, &exception) != napi_ok) throw;
      fields[0] = static_cast<double>(Op::Answer::kError);
      add_item(exception);
    }
  }

  void add_item(napi_value value) {
    if (!items_) items_ = array(instance_.env, 0);
    set_item(instance_.env, items_, item_count_++, value);
  }

  Instance& instance_;
  const std::uint64_t lane_;
  napi_handle_scope scope_ = nullptr;
  std::size_t count_ = 0, item_count_ = 0;
  napi_value items_ = nullptr;
};

}  // namespace

void Lane::deliver(Chunk& chunk) {
  Answers answers(instance_, id_);
  for (Op& op : chunk.ops) answers.add(chunk, op);
  answers.flush();
}

}  // namespace kvstore::node
