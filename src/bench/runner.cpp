#include "src/bench/runner.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <thread>
#include <vector>

#include "src/bench/client.h"

namespace kvstore::bench {
namespace {

// The load phase sends this much before it waits for an answer, so that a server syncs once for it.
constexpr std::uint64_t kLoadDepth = 4096, kLoadBytes = std::uint64_t{1} << 20;
constexpr auto kLook = std::chrono::milliseconds(50);
// How long clients may still wait for answers when the measurement ends.
constexpr auto kPatience = std::chrono::seconds(2);

double since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

class Run {
 public:
  Run(Target& target, const Plan& plan, const Watch& watch)
      : target_(target),
        plan_(plan),
        watch_(watch),
        there_(plan.workload->starts_empty ? 0 : plan.keys),
        together_(plan, there_) {}

  Result<Measured> run();

 private:
  Status load();
  bool was_refused(const Measured& measured) const;
  Status clean(const Measured& measured);
  Status load_piece(Session& session, Action action);
  Status answer_all(Session& session, std::uint64_t* waiting);
  Status make_clients();
  void run_clients();
  void watch_clients();
  bool all_have_ended() const { return ended_ == clients_.size(); }
  Measured result() const;

  Target& target_;
  const Plan& plan_;
  const Watch& watch_;
  const std::uint64_t there_;
  Together together_;
  std::deque<Client> clients_;
  std::atomic<std::size_t> ended_{0};
  std::uint64_t loaded_ = 0;
  bool interrupted_ = false;
  double seconds_ = 0;
};

Result<Measured> Run::run() {
  KV_TRY(target_.prepare(plan_.size));
  Status done = load();
  if (done) done = make_clients();
  if (done) run_clients();
  Measured measured = result();
  if (done && was_refused(measured)) return fail(*measured.first_error);
  clients_.clear();  // before the objects that their sessions use
  const Status cleaned = clean(measured);
  if (!cleaned) measured.left_behind = target_.payload().prefix();
  if (!done) return fail(done.error());
  if (!cleaned && !measured.first_error) {
    measured.first_error = cleaned.error();
    ++measured.errors;
  }
  return measured;
}

// Whether the server refused every operation: then there is no result, and nothing to clean up.
bool Run::was_refused(const Measured& measured) const {
  if (measured.operations > 0 || loaded_ > 0 || !measured.first_error) return false;
  const Code code = measured.first_error->code;
  return code != Code::kTimeout && code != Code::kNetwork;
}

// Removes the keys, unless the server no longer answers.
Status Run::clean(const Measured& measured) {
  const auto& error = measured.first_error;
  if (error && error->code == Code::kTimeout) return fail(*error);
  return target_.clean(together_.keys.taken());
}

Status Run::load() {
  if (there_ == 0) return {};
  KV_ASSIGN(const auto session, target_.session(false));
  for (std::uint64_t piece = 0; piece < plan_.workload->pieces; ++piece) {
    KV_TRY(load_piece(*session, piece == 0 ? Action::kInsert : Action::kAppend));
  }
  return target_.settle();
}

Status Run::load_piece(Session& session, Action action) {
  const auto began = Clock::now();
  const std::uint64_t depth = std::clamp<std::uint64_t>(kLoadBytes / plan_.size, 1, kLoadDepth);
  std::uint64_t waiting = 0;
  for (std::uint64_t key = 0; key < there_; ++key) {
    session.send({.action = action, .key = key});
    if (++waiting < depth) continue;
    KV_TRY(answer_all(session, &waiting));
    if (watch_.wants_end()) return fail(Code::kSkipped, "ended while the keys were loaded");
    watch_.on_progress(plan_, "loading", loaded_, since(began));
  }
  return answer_all(session, &waiting);
}

Status Run::answer_all(Session& session, std::uint64_t* waiting) {
  for (; *waiting > 0; --*waiting) {
    KV_ASSIGN(const Answer answer, session.receive());
    if (answer.failure) return fail(*answer.failure);
    ++loaded_;
  }
  return {};
}

Status Run::make_clients() {
  for (unsigned i = 0; i < plan_.clients; ++i) {
    KV_ASSIGN(auto session, target_.session(true));
    clients_.emplace_back(together_, i, std::move(session));
  }
  return {};
}

void Run::run_clients() {
  together_.began = Clock::now();
  std::vector<std::thread> threads;
  threads.reserve(clients_.size());
  for (Client& client : clients_) {
    threads.emplace_back([this, &client] {
      client.run();
      ++ended_;
    });
  }
  watch_clients();
  seconds_ = since(together_.began);  // answers that arrive after the deadline count, too
  for (std::thread& thread : threads) thread.join();
}

// Waits until all clients have ended; stops them when the time is over.
void Run::watch_clients() {
  std::optional<Clock::time_point> stopped;
  while (!all_have_ended()) {
    const double seconds = since(together_.began);
    const double left = plan_.seconds > 0 ? plan_.seconds - seconds : 1;
    std::this_thread::sleep_for(std::clamp<Clock::duration>(
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(left)),
        std::chrono::milliseconds(1), kLook));
    std::uint64_t operations = 0;
    for (const Client& client : clients_) operations += client.operations();
    watch_.on_progress(plan_, plan_.workload->name, operations, seconds);
    const bool wants_end = !interrupted_ && watch_.wants_end();
    interrupted_ |= wants_end;
    if (wants_end || left <= 0) together_.stop = true;
    if (!together_.stop) continue;
    if (!stopped) stopped = Clock::now();
    if (interrupted_ && Clock::now() - *stopped > kPatience) {
      for (Client& client : clients_) client.interrupt();
    }
  }
}

Measured Run::result() const {
  Measured measured;
  measured.plan = plan_;
  measured.seconds = seconds_;
  measured.errors = together_.errors;
  measured.interrupted = interrupted_;
  measured.filled = together_.filled;
  measured.gave_up = together_.gave_up;
  for (const Client& client : clients_) {
    measured.operations += client.operations();
    measured.bytes += client.bytes();
    measured.latencies->merge(client.latencies());
    if (!measured.first_error) measured.first_error = client.first_error();
  }
  return measured;
}

}  // namespace

Result<Measured> measure(Target& target, const Plan& plan, const Watch& watch) {
  return Run(target, plan, watch).run();
}

}  // namespace kvstore::bench
