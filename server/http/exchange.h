// One HTTP request being answered: what a handler sees of the world, and what it answers with.
//
// A handler runs commands, those of the table, as the client's user, and answers once. What was
// written is committed before any answer is sent, once for all requests that have arrived together:
// an answer that acknowledges a write which could not be made durable is the commit's error
// instead.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/shared.h"
#include "src/command/reply_sink.h"
#include "src/command/session.h"
#include "src/wire/http/request.h"
#include "src/wire/http/response.h"
#include "src/wire/http/target.h"

namespace kvstore::server::http {

namespace wire = kvstore::wire::http;

class Exchange;

// Of a command that waits: what it writes to, and what becomes of that.
class LaterAnswer {
 public:
  virtual ~LaterAnswer() = default;
  virtual command::ReplySink& sink() = 0;
  virtual void answer(Exchange& exchange, const command::Session::Executed& done) = 0;
};

// Messages of what is followed, as server-sent events.
class EventWriter {
 public:
  virtual ~EventWriter() = default;
  // Before each message is made.
  virtual void begin_event() {}
  virtual command::ReplySink& sink() = 0;
  // The event that the message is, appended; nothing, if it is to be left out.
  virtual void write(std::string* out) = 0;
};

// What of an answer is the connection's business. Belongs to its thread.
class Answerer {
 public:
  virtual ~Answerer() = default;
  virtual command::Session::Executed run(command::Args argv, command::ReplySink& sink) = 0;
  virtual void note_write() = 0;
  virtual void send(wire::ResponseHead head, std::string_view body) = 0;
  virtual void send(wire::ResponseHead head, std::unique_ptr<command::ReplyStream> body) = 0;
  virtual void wait(std::unique_ptr<LaterAnswer> later, std::string_view word) = 0;
  // `first` are events that are there already.
  virtual void follow(std::unique_ptr<EventWriter> writer, std::string_view first) = 0;
  virtual bool take_memory(std::size_t bytes) = 0;
  virtual std::size_t piece() const = 0;
};

inline constexpr std::string_view kInPieces =
    "append it in pieces: POST /key?append; the server's --max-request allows more";

class Exchange {
 public:
  Exchange(Answerer& answerer, Shared& the_shared, command::Session& the_session,
           const wire::Head& the_head, const wire::Target& the_target)
      : shared(the_shared),
        session(the_session),
        head(the_head),
        target(the_target),
        answerer_(answerer) {}

  Shared& shared;
  command::Session& session;
  const wire::Head& head;
  const wire::Target& target;
  std::string_view body;

  bool is_head() const { return head.method == "HEAD"; }
  std::optional<std::string_view> parameter(std::string_view name) const {
    return target.parameter(name);
  }

  // Runs a command of the table. It may wait only where the handler goes on to wait().
  command::Session::Executed run(command::Args argv, command::ReplySink& sink) {
    return answerer_.run(argv, sink);
  }
  // What this request does next, other than by run(), writes.
  void note_write() { answerer_.note_write(); }
  // kLimit: there is none.
  Status take_memory(std::size_t bytes);
  // What is held of a long answer at a time: as much as needs not be asked for.
  std::size_t piece() const { return answerer_.piece(); }
  // The same, for all that a body in JSON is taken apart into.
  Status take_memory_to_parse();
  // Whether one is longer than a value may be, of which a body is somewhat more.
  std::optional<wire::Problem> find_too_long(command::Args words) const;

  // --- One of these, once.
  void answer(wire::ResponseHead response, std::string_view content);
  void answer_json(unsigned status, std::string_view json);
  // Its length is what is left of the stream.
  void stream(wire::ResponseHead response, std::unique_ptr<command::ReplyStream> content);
  void fail(const wire::Problem& problem);
  void fail(const Error& error) { fail(wire::problem_in_http(error)); }
  void wait(std::unique_ptr<LaterAnswer> later, std::string_view word) {
    answerer_.wait(std::move(later), word);
  }
  void follow(std::unique_ptr<EventWriter> writer, std::string_view first) {
    answerer_.follow(std::move(writer), first);
  }

 private:
  Answerer& answerer_;
};

}  // namespace kvstore::server::http
