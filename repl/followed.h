// What FOLLOW sends, as it comes: the bytes of a value as they are, as by tail -f, or a change a
// line; and so messages of channels, after SUBSCRIBE, and the lines of MONITOR.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "repl/output.h"
#include "repl/render.h"
#include "src/command/table.h"

namespace kvstore::repl {

// Of a change, in this order.
inline constexpr std::array<std::string_view, 5> kFollowedColumns{"seq", "change", "key", "expires",
                                                                  "value"};

bool is_follow(command::Args argv);

class Followed {
 public:
  // Both must outlive it. Nothing is paged while it lives.
  Followed(const Look& look, Output& output);
  ~Followed();
  Followed(const Followed&) = delete;
  Followed& operator=(const Followed&) = delete;

  // A reply that is no error. The first says where it begins; a person is told. False: there is
  // nobody left to see more, or status() is an error.
  bool show(command::Reply&& reply);
  // On a terminal what is said next begins a line of its own.
  void end_line();
  // Not ok: a long value broke, and what was written of it is only its beginning.
  const Status& status() const { return status_; }

 private:
  void show_begin(command::Reply&& reply);
  void show_bytes(const std::string& bytes);
  void show_event(const std::string& word);
  void show_change(command::Reply&& change);
  bool shows_in_pieces() const;
  void show_long_change(command::Reply&& change);

  const Look& look_;
  Output& output_;
  const bool was_paging_;
  bool has_begun_ = false;
  bool is_within_line_ = false;  // the value's last byte was no line end
  Status status_;
};

}  // namespace kvstore::repl
