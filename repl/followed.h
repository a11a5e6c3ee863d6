// Shows the messages of FOLLOW as they arrive: bytes of a value unchanged, as tail -f does, or a
// change a line. Also messages of channels, after SUBSCRIBE, and lines of MONITOR.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "repl/output.h"
#include "repl/render.h"
#include "src/command/table.h"

namespace kvstore::repl {

// The columns of a change.
inline constexpr std::array<std::string_view, 5> kFollowedColumns{"seq", "change", "key", "expires",
                                                                  "value"};

bool is_follow(command::Args argv);

class Followed {
 public:
  // Both must outlive this. Paging is off during its lifetime.
  Followed(const Look& look, Output& output);
  ~Followed();
  Followed(const Followed&) = delete;
  Followed& operator=(const Followed&) = delete;

  // Shows a reply that is not an error. The first one tells where the feed begins, which is shown
  // to interactive users. False: the output has no reader any more, or status() is an error.
  bool show(command::Reply&& reply);
  // Ends the present line on a terminal, so that other output begins a new one.
  void end_line();
  // Not ok: a long value broke off, and only its begin was written.
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
  bool is_within_line_ = false;  // the value's last byte was not a line end
  Status status_;
};

}  // namespace kvstore::repl
