// What the shell, scripts and one-shots talk to: a store in this process or a
// server over the wire. Both run the same commands.
//
// submit() any number of requests, then finish_pending(): replies come out in order, and
// only once what they acknowledge is as durable as the sync policy promises.
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

  // Takes one request; the words are copied if they are needed later. False if
  // it is already known to have failed, or to end the session, so that nothing
  // behind it should be submitted. Its reply comes with finish_pending() all the same.
  virtual bool submit(command::Args argv) = 0;

  // Bytes held for replies not yet given out: reason to settle before more.
  virtual std::size_t held_bytes() const = 0;

  // Gives every reply to `take`, in order. An error: the connection broke, and
  // how many of the replies came is how often `take` was called.
  using Take = std::function<void(command::Reply&&)>;
  virtual Status finish_pending(const Take& take) = 0;

  // FOLLOW: gives its first reply, and then what is followed, to `take` until that answers false,
  // it ends with an error, or Ctrl-C. Everything submitted must have been settled. An error: the
  // connection broke.
  using TakeMore = std::function<bool(command::Reply&&)>;
  virtual Status follow(command::Args argv, const TakeMore& take) = 0;

  // Whether nothing after an error may run, as in scripts that stop at their
  // first one. Where submit() cannot know of an error in time (the wire), this
  // makes the other side skip what follows, until it is called again. Everything
  // submitted must have been settled.
  virtual Status stop_at_error(bool stop) = 0;

  // A transaction is open: BEGIN was answered, and its end not yet.
  virtual bool in_transaction() const = 0;

  // EXIT or QUIT was executed.
  virtual bool exiting() const = 0;

  // Keys that begin with `prefix`, sorted, at most `limit`, for completion:
  // gives up after a fraction of a second with what it has.
  virtual std::vector<std::string> complete_keys(std::string_view prefix, std::size_t limit) = 0;

  // The database's file, empty if it is on another machine.
  virtual std::string path() const { return {}; }
  // Goes on with another file (`.open`). An error leaves everything as it was.
  // Everything submitted must have been settled.
  virtual Status open_file(const std::string& path);

  // The database itself, for what goes through all of it; null if it is on another machine.
  virtual Store* local_store() { return nullptr; }

  // What a person is told first: what this is, how big, how it was found.
  virtual std::string banner() = 0;
  // For the prompt: the file's name, or host:port.
  virtual std::string name() const = 0;
};

inline Status Backend::open_file(const std::string&) {
  return fail(Code::kUsage, ".open is for files, and this shell is connected to a server",
              "kvstore data.bin, in another terminal");
}

}  // namespace kvstore::repl
