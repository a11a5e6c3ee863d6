// A session: one client's view of a store, whoever the client is (shell,
// script, connection). Not thread-safe; one thread uses it at a time. The store
// must outlive it.
//
// Writes executed here are not waited for one by one: execute as many requests
// as have arrived, then commit() once, then send the replies. That is how a
// pipeline shares one sync.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "src/base/status.h"
#include "src/command/reply.h"
#include "src/command/table.h"

namespace kvstore {
class Store;
}

namespace kvstore::command {

class Session {
 public:
  struct Info {
    // Extra "name: value" lines the front end adds to STATS/INFO, e.g. its
    // connections; called when they are asked for. May be empty.
    std::vector<std::pair<std::string, std::string>> (*extra)(void* context) = nullptr;
    void* context = nullptr;
  };

  // Two, as a default argument `Info{}` needs the class to be complete.
  explicit Session(Store& store) : Session(store, Info{}) {}
  Session(Store& store, Info info);

  // Runs one command. argv[0] is the command word. Never throws, never blocks
  // for durability. Replies of writes have acknowledges_write set.
  Reply execute(Args argv);

  // Makes what this session wrote since the last commit as durable as the
  // policy promises; a no-op if it wrote nothing.
  Status commit();
  bool has_uncommitted() const { return uncommitted_; }

  // Like an error that execute() answered, for one that never got there: the
  // parser's. Every front end that goes on behind such an error says so here.
  void note_error() { failed_ = true; }
  // ONERROR STOP: behind an error, nothing but ONERROR is executed. Forgets the
  // errors before.
  void stop_at_error(bool stop) {
    stop_at_error_ = stop;
    failed_ = false;
  }

  // EXIT or QUIT was executed: answer, then close.
  bool exiting() const { return exiting_; }

  // --- for the handlers
  Store& store() { return store_; }
  void exit() { exiting_ = true; }
  std::vector<std::pair<std::string, std::string>> extra_info() const;
  // Unique within the process, counting from 1.
  std::uint64_t id() const { return id_; }
  // As CLIENT SETNAME gave it; empty at first.
  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }

 private:
  Reply run_guarded(Args argv);
  Reply run(Args argv);

  Store& store_;
  const Info info_;
  const std::uint64_t id_;
  std::string name_;
  bool uncommitted_ = false;
  bool exiting_ = false;
  bool stop_at_error_ = false;
  bool failed_ = false;  // since stop_at_error()
};

// commit()s and, if that fails, turns every reply that acknowledges a write
// into the failure. What every front end does before it sends `replies`.
Status commit_replies(Session& session, std::vector<Reply>& replies);

}  // namespace kvstore::command
