// One HTTP request: the interface of its handler.
//
// A handler runs commands of the table as the client's user, and answers once. Writes are committed
// before any response is sent, once for all requests that arrived together. If the commit fails,
// its error replaces every response that acknowledges a write.
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

// For a command that waits: receives its reply, and turns it into a response.
class LaterAnswer {
 public:
  virtual ~LaterAnswer() = default;
  virtual command::ReplySink& sink() = 0;
  virtual void answer(Exchange& exchange, const command::Session::Executed& done) = 0;
};

// Writes messages of FOLLOW as server-sent events.
class EventWriter {
 public:
  virtual ~EventWriter() = default;
  // Called before each message.
  virtual void begin_event() {}
  virtual command::ReplySink& sink() = 0;
  // Appends the event for the message; nothing if it is omitted.
  virtual void write(std::string* out) = 0;
};

// The connection's part of answering. Used by its thread only.
class Answerer {
 public:
  virtual ~Answerer() = default;
  virtual command::Session::Executed run(command::Args argv, command::ReplySink& sink) = 0;
  virtual void note_write() = 0;
  virtual void send(wire::ResponseHead head, std::string_view body) = 0;
  virtual void send(wire::ResponseHead head, std::unique_ptr<command::ReplyStream> body) = 0;
  virtual void wait(std::unique_ptr<LaterAnswer> later, std::string_view word) = 0;
  // `first` are events to send at once.
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

  // Runs a command of the table. It may only wait if the handler then calls wait().
  command::Session::Executed run(command::Args argv, command::ReplySink& sink) {
    return answerer_.run(argv, sink);
  }
  // Announces a write of this request that is made without run().
  void note_write() { answerer_.note_write(); }
  // kLimit: not enough memory.
  Status take_memory(std::size_t bytes);
  // The size of a piece of a long response, for which memory is not accounted.
  std::size_t piece() const { return answerer_.piece(); }
  // The same for parsing a JSON body.
  Status take_memory_to_parse();
  // The problem if a word exceeds the limit for values, which a body may exceed slightly.
  std::optional<wire::Problem> find_too_long(command::Args words) const;

  // --- Call one of these, once.
  void answer(wire::ResponseHead response, std::string_view content);
  void answer_json(unsigned status, std::string_view json);
  // The length is what is left of the stream.
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
