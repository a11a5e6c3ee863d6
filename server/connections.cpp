#include "server/connections.h"

#include <malloc.h>

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "server/deadline.h"

namespace kvstore::server {
namespace {

// Connections keep large data on the heap. This leaves space for the store's own calls, and costs
// only the pages that are touched.
constexpr std::size_t kStackSize = std::size_t{256} << 10;
constexpr std::size_t kBurst = 256;  // connections

int start_thread(void* (*function)(void*), void* argument) {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, kStackSize);
  pthread_t thread;
  const int error = ::pthread_create(&thread, &attributes, function, argument);
  ::pthread_attr_destroy(&attributes);
  return error;
}

}  // namespace

struct Connections::Task {
  Connections* owner;
  std::unique_ptr<Connection> connection;
};

Connections::~Connections() {
  if (last_ended_) ::pthread_join(*last_ended_, nullptr);
}

Status Connections::serve(std::unique_ptr<Connection>& connection) {
  Connection* const key = connection.get();
  auto task = std::make_unique<Task>(Task{this, nullptr});
  {
    MutexLock lock(mutex_);
    open_.insert(key);
    burst_ = std::max(burst_, open_.size());
  }
  shared_.connections.fetch_add(1, std::memory_order_relaxed);
  task->connection = std::move(connection);
  const int error = start_thread(&thread_main, task.get());
  if (error == 0) {
    (void)task.release();  // the thread owns it now
    return {};
  }
  connection = std::move(task->connection);
  shared_.connections.fetch_sub(1, std::memory_order_relaxed);
  {
    MutexLock lock(mutex_);
    open_.erase(key);
  }
  return fail(
      Code::kLimit,
      fmt::format("no thread for another connection: {}", std::generic_category().message(error)),
      "try again later");
}

void* Connections::thread_main(void* argument) {
  std::unique_ptr<Task> task(static_cast<Task*>(argument));
  Connection& connection = *task->connection;
  try {
    connection.run();
  } catch (const std::exception& problem) {  // out of memory: ends this client only
    connection.give_up();
    log_if_possible(task->owner->shared_.log, Level::kError, "{} dropped: {}", connection.name(),
                    problem.what());
  }
  task->owner->ended(std::move(task->connection));
  return nullptr;
}

// Each thread that ends joins the one that ended before, so that at most one finished thread is not
// joined, and no other thread has to do it.
void Connections::ended(std::unique_ptr<Connection> connection) {
  shared_.connections.fetch_sub(1, std::memory_order_relaxed);
  std::optional<pthread_t> previous;
  bool burst_is_over = false;
  {
    MutexLock lock(mutex_);
    open_.erase(connection.get());
    ended_.received += connection->transport().received();
    ended_.sent += connection->transport().sent();
    previous = std::exchange(last_ended_, ::pthread_self());
    burst_is_over = burst_ >= kBurst && open_.size() <= burst_ / 8;
    if (burst_is_over) burst_ = open_.size();
  }
  shared_.monitors.remove(*connection);
  // Only now, when stop_all() cannot find it any more.
  connection.reset();
  if (previous) ::pthread_join(*previous, nullptr);
  // Otherwise the allocator would keep the memory for another burst of connections.
  if (burst_is_over) ::malloc_trim(0);
  MutexLock lock(mutex_);
  if (open_.empty()) none_.notify_all();
}

std::size_t Connections::count() const {
  MutexLock lock(mutex_);
  return open_.size();
}

Connections::Traffic Connections::traffic() const {
  const MutexLock lock(mutex_);
  Traffic total = ended_;
  for (const Connection* const connection : open_) {
    total.received += connection->transport().received();
    total.sent += connection->transport().sent();
  }
  return total;
}

void Connections::visit(const std::function<void(Connection&)>& visit) {
  const MutexLock lock(mutex_);
  std::vector<Connection*> all(open_.begin(), open_.end());
  std::sort(all.begin(), all.end(), [](const Connection* a, const Connection* b) {
    return a->session_id() < b->session_id();
  });
  for (Connection* const connection : all) visit(*connection);
}

void Connections::stop_all() {
  MutexLock lock(mutex_);
  for (Connection* connection : open_) connection->stop();
}

void Connections::wake_all() {
  MutexLock lock(mutex_);
  for (Connection* connection : open_) connection->wake();
}

void Connections::abort_all() {
  MutexLock lock(mutex_);
  for (Connection* connection : open_) connection->abort();
}

bool Connections::wait_until_none(std::optional<std::chrono::milliseconds> limit) {
  const auto deadline = limit ? std::optional(Clock::now() + *limit) : std::nullopt;
  MutexLock lock(mutex_);
  while (!open_.empty()) {
    if (!deadline) {
      none_.wait(mutex_);
    } else if (!none_.wait_until(mutex_, *deadline)) {
      break;
    }
  }
  return open_.empty();
}

}  // namespace kvstore::server
