// What the log and the figures learn of one client's commands: failures, slow ones, and
// why a client was dropped.
//
// Reads the clock once a command: each one's end is the next one's beginning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "server/shared.h"
#include "src/command/failure.h"
#include "src/command/table.h"

namespace kvstore::server {

// Belongs to one thread. `name` is how log lines call the client. It and the shared must
// outlive the journal.
class Journal {
 public:
  // `card` is of the client's session; `address` is the client's.
  Journal(Shared& shared, const std::string& name, const std::string& address,
          const command::ClientCard& card)
      : shared_(shared), name_(name), address_(address), card_(card) {}
  ~Journal() { flush_counts(); }
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Commands that have arrived together are about to be executed; and were.
  void begin_turn();
  void end_turn() { flush_counts(); }
  // When the newest command had ended, by now_us().
  std::uint64_t clock_us() const { return clock_us_; }
  // From there to the end of the newest command.
  std::uint64_t turn_us() const { return clock_us_ - turn_began_us_; }

  // Before a command is executed.
  void arrived(command::Args argv);
  // It was not refused: it is executed, queued, or waits. For MONITOR.
  void accepted(command::Args argv);
  // After it; `failure` is what it answered, if that is an error.
  void executed(command::Args argv, const command::Failure* failure);
  // The commit of so many replies.
  void committed(const Status& status, std::uint64_t took_us, std::size_t replies);
  // There is something to say of such a commit. Any thread.
  bool is_of_note(const Status& status, std::uint64_t took_us) const;
  static std::uint64_t now_us();

  // Why the client's connection will be closed.
  void bad_protocol(const Error& error);
  void web_request();
  void tls_request();
  void broken_reply(const Error& error);

 private:
  bool is_slow(std::uint64_t took_us) const;
  const command::Command* row_of(command::Args argv) const;
  void count(command::Args argv, std::uint64_t took_us, const command::Failure* failure);
  void count_time(std::uint64_t took_us);
  void flush_times();
  void flush_counts();
  std::uint64_t stripe() const { return reinterpret_cast<std::uintptr_t>(this) >> 8; }
  void note_slow_command(command::Args argv, std::uint64_t took_us);
  void note_latency(command::Args argv, std::uint64_t took_us);
  void note_failure(command::Args argv, const Error& error);
  void note_failed_write(const Error& error);
  void note_commit();
  void note_slow(std::uint64_t took_us, const std::string& what);

  Shared& shared_;
  const std::string& name_;
  const std::string& address_;
  const command::ClientCard& card_;
  // Of runs of the same command, not yet told to others.
  const command::Command* counted_ = nullptr;
  command::CommandCounts::Counts counts_;
  std::size_t bucket_ = 0;  // of the newest of them, and how many before it were of the same
  std::uint64_t in_bucket_ = 0;
  std::uint64_t turn_began_us_ = 0;
  std::uint64_t clock_us_ = 0;  // when the command now running began
};

}  // namespace kvstore::server
