// One client: a thread that performs operations, and its measurements.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "src/bench/chooser.h"
#include "src/bench/histogram.h"
#include "src/bench/plan.h"
#include "src/bench/session.h"

namespace kvstore::bench {

using Clock = std::chrono::steady_clock;

// The state that the clients of a measurement share.
struct Together {
  Together(const Plan& the_plan, std::uint64_t keys);
  const Plan& plan;
  KeySpace keys;
  Clock::time_point began{};  // constant while clients run
  std::atomic<bool> stop{false};
  std::atomic<bool> filled{false};
  std::atomic<bool> gave_up{false};  // a client had too many errors
  std::atomic<std::int64_t> left;    // operations that may still be started
  std::atomic<std::uint64_t> errors{0};
};

class alignas(64) Client {
 public:
  Client(Together& together, unsigned index, std::unique_ptr<Session> session)
      : together_(together),
        index_(index),
        session_(std::move(session)),
        chooser_(together.plan, together.keys, index) {}

  // Runs until it is stopped, all operations are done, or the connection is lost.
  void run();
  void interrupt() { session_->interrupt(); }

  // May be called from any thread while the client runs.
  std::uint64_t operations() const { return operations_.load(std::memory_order_relaxed); }
  // --- Only after run() has returned.
  std::uint64_t bytes() const { return bytes_; }
  const Histogram& latencies() const { return latencies_; }
  const std::optional<Error>& first_error() const { return first_error_; }

 private:
  struct Begun {
    Operation operation;
    Clock::time_point at;
    bool then_update = false;
  };

  std::int64_t claim();
  bool begin();
  bool begin_on_schedule(std::int64_t claimed);
  Clock::time_point due(std::uint64_t number) const;
  void send(Clock::time_point at);
  bool finish();
  bool update_what_was_read();
  void note(const Begun& begun, const Answer& answer);
  void note_error(const Error& error);

  Together& together_;
  const unsigned index_;
  const std::unique_ptr<Session> session_;
  Chooser chooser_;
  std::vector<Begun> begun_, to_update_;
  std::uint64_t sent_ = 0;  // operations sent by the schedule
  std::atomic<std::uint64_t> operations_{0};
  std::uint64_t bytes_ = 0, written_ = 0;
  Histogram latencies_;
  std::optional<Error> first_error_;
};

}  // namespace kvstore::bench
