// The store in this process, or the server, on which the shell, scripts and one-shots run commands.
// Both run the same commands.
//
// submit() any number of requests, then call finish_pending(): replies come in order, and only when
// what they acknowledge is as durable as the sync policy requires.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/command/reply.h"
#include "src/command/table.h"
#include "src/store/store.h"

namespace kvstore::repl {

class Backend {
 public:
  virtual ~Backend() = default;

  // Takes one request; the words are copied if they are needed later. False if it is already known
  // to have failed, or to end the session, so that nothing more should be submitted. Its reply
  // still comes with finish_pending().
  virtual bool submit(command::Args argv) = 0;

  // Bytes held for replies that were not delivered yet: call finish_pending() before they grow
  // large.
  virtual std::size_t held_bytes() const = 0;

  // Passes every reply to `take`, in order. An error: the connection broke; the replies passed so
  // far are those that arrived.
  using Take = std::function<void(command::Reply&&)>;
  virtual Status finish_pending(const Take& take) = 0;

  // FOLLOW: passes its first reply, and then the messages, to `take`, until that returns false, an
  // error ends it, or Ctrl-C. finish_pending() must have been called after the last submit(). An
  // error: the connection broke.
  using TakeMore = std::function<bool(command::Reply&&)>;
  virtual Status follow(command::Args argv, const TakeMore& take) = 0;

  // Whether commands after an error are skipped, as in scripts that stop at the first one. If
  // submit() cannot know of an error in time (over the wire), the server is told to skip them,
  // until this is called again. finish_pending() must have been called after the last submit().
  virtual Status stop_at_error(bool stop) = 0;

  // True while a transaction is open, by the replies so far.
  virtual bool in_transaction() const = 0;

  // True once EXIT or QUIT was executed.
  virtual bool exiting() const = 0;

  // Keys that begin with `prefix`, sorted, at most `limit`, for completion: stops after a fraction
  // of a second with what it has.
  virtual std::vector<std::string> complete_keys(std::string_view prefix, std::size_t limit) = 0;

  // The database's file, empty if it is on another machine.
  virtual std::string path() const { return {}; }
  // Switches to another file (`.open`). After an error nothing has changed. finish_pending() must
  // have been called after the last submit().
  virtual Status open_file(const std::string& path);

  // The store itself, for operations on all of it; null if it is on another machine.
  virtual Store* local_store() { return nullptr; }

  // The greeting of the interactive shell: what this is, its size, how it was opened.
  virtual std::string banner() = 0;
  // The name in the prompt: the file's name, or host:port.
  virtual std::string name() const = 0;
};

inline Status Backend::open_file(const std::string&) {
  return fail(Code::kUsage, ".open is for files, and this shell is connected to a server",
              "kvstore data.bin, in another terminal");
}

}  // namespace kvstore::repl
