// What one client says and is answered: bytes in, bytes out, no socket.
//
// Everything that has arrived is executed, then committed once, then rendered:
// so pipelined commands share a sync, and no reply can be in output() before it
// is durable. When replies pile up the conversation pauses (has_more()), and
// goes on at resume(), so memory stays bounded however much was pipelined.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/shared.h"
#include "src/command/request.h"
#include "src/command/session.h"

namespace kvstore::server {

class Conversation {
 public:
  // `name` is how log lines call the client. Both must outlive the conversation.
  Conversation(Shared& shared, const std::string& name);

  // Takes what arrived and resume()s.
  void receive(std::string_view bytes);
  // Executes what was taken, until it is used up or kPause bytes of replies wait.
  void resume();
  // The client will send no more: what is incomplete is an error. resume()s.
  void finish();
  // Answers `error` and ends, forgetting a request that is not complete.
  void refuse(const Error& error);

  // Replies, all of them durable. The caller sends and clears them.
  std::string& output() { return output_; }
  // Paused: resume() has work to do.
  bool has_more() const { return paused_ && !ended_; }
  // There is nothing more to say: send output() and close.
  bool ended() const { return ended_; }
  // A request has begun and waits for its other bytes.
  bool inside_request() const;
  // Requests that were answered, with a result or an error.
  std::uint64_t answered() const { return answered_; }

 private:
  static constexpr std::size_t kPause = std::size_t{1} << 20;

  void choose_protocol(char first_byte);
  bool step();
  void execute();
  void answer(command::Reply reply, bool crlf);
  void answer_error(const Error& error);
  void flush();
  void render(const command::Reply& reply, bool crlf);
  bool is_web_request() const;
  void note(const command::Reply& reply);
  bool is_slow(std::uint64_t took_us) const;
  void note_slow(std::uint64_t took_us, const std::string& what);
  void note_commit(const Status& committed, std::uint64_t began_us);

  Shared& shared_;
  const std::string& name_;
  command::Session session_;
  std::unique_ptr<command::RequestParser> parser_;  // null until the first byte
  bool resp_ = false;
  bool crlf_ = false;  // how the client's newest line ended
  bool paused_ = false;
  bool finishing_ = false;
  bool ended_ = false;
  std::uint64_t answered_ = 0;
  std::uint64_t clock_us_ = 0;  // when the command now running began

  // Executed, not yet committed.
  std::vector<command::Reply> replies_;
  std::vector<char> replies_crlf_;
  std::size_t replies_size_ = 0;  // about what they will take as bytes

  std::string output_;
};

}  // namespace kvstore::server
