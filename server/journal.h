// Reports one client's commands to the log and the statistics: failures, slow commands, and why a
// client was dropped.
//
// Reads the clock once for each command: the end of one is the begin of the next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "server/shared.h"
#include "src/command/failure.h"
#include "src/command/table.h"

namespace kvstore::server {

// Used by one thread. `name` is the client's name in the log. It and `shared` must outlive the
// journal.
class Journal {
 public:
  // `card` is of the client's session, `address` the client's address.
  Journal(Shared& shared, const std::string& name, const std::string& address,
          const command::ClientCard& card)
      : shared_(shared), name_(name), address_(address), card_(card) {}
  ~Journal() { flush_counts(); }
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Call these before and after the execution of the commands that have arrived together.
  void begin_turn();
  void end_turn() { flush_counts(); }
  // The end of the last command, by now_us().
  std::uint64_t clock_us() const { return clock_us_; }
  // From the begin of the turn to that time.
  std::uint64_t turn_us() const { return clock_us_ - turn_began_us_; }

  // Before a command is executed.
  void arrived(command::Args argv);
  // The command was not refused: it is executed, queued, or waits. For MONITOR.
  void accepted(command::Args argv);
  // After a command; `failure` is its error reply, or null.
  void executed(command::Args argv, const command::Failure* failure);
  // After the commit of `replies` replies.
  void committed(const Status& status, std::uint64_t took_us, std::size_t replies);
  // Whether such a commit is worth a line of log. Any thread.
  bool is_of_note(const Status& status, std::uint64_t took_us) const;
  static std::uint64_t now_us();

  // Reasons for closing the client's connection.
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
  static bool exists(command::Args argv);
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
  // A run of the same command whose counts are not published yet.
  const command::Command* counted_ = nullptr;
  command::CommandCounts::Counts counts_;
  std::size_t bucket_ = 0;  // latency bucket of the last of them; the number before it in that
                            // bucket follows
  std::uint64_t in_bucket_ = 0;
  std::uint64_t turn_began_us_ = 0;
  std::uint64_t clock_us_ = 0;  // begin of the present command
};

}  // namespace kvstore::server
