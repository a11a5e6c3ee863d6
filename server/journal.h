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
  Journal(Shared& shared, const std::string& name) : shared_(shared), name_(name) {}

  // Commands that have arrived together are about to be executed.
  void begin_turn();
  // From there to the end of the newest command.
  std::uint64_t turn_us() const { return clock_us_ - turn_began_us_; }

  // Before a command is executed.
  void arrived(command::Args argv);
  // After it; `failure` is what it answered, if that is an error.
  void executed(command::Args argv, const command::Failure* failure);
  // The commit of so many replies, which began at now_us().
  void committed(const Status& status, std::uint64_t began_us, std::size_t replies);
  static std::uint64_t now_us();

  // Why the client's connection will be closed.
  void bad_protocol(const Error& error);
  void web_request();
  void tls_request();
  void broken_reply(const Error& error);

 private:
  bool is_slow(std::uint64_t took_us) const;
  void note_failure(command::Args argv, const Error& error);
  void note_slow(std::uint64_t took_us, const std::string& what);

  Shared& shared_;
  const std::string& name_;
  std::uint64_t turn_began_us_ = 0;
  std::uint64_t clock_us_ = 0;  // when the command now running began
};

}  // namespace kvstore::server
