#include "repl/followed.h"

#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "repl/long_reply.h"
#include "repl/quote.h"
#include "repl/report.h"
#include "src/base/civil_time.h"

namespace kvstore::repl {

using command::Reply;

namespace {

// Converts milliseconds since 1970 for people.
void show_expiry(Reply* change) {
  constexpr std::size_t kExpires = 3;
  static_assert(kFollowedColumns[kExpires] == "expires");
  if (change->items.size() != kFollowedColumns.size()) return;
  Reply& item = change->items[kExpires];
  if (item.kind != Reply::Kind::kInteger || item.integer <= 0) return;
  item = Reply::value(iso_seconds(static_cast<std::uint64_t>(item.integer) * 1000));
}

}  // namespace

bool is_follow(command::Args argv) {
  const command::Command* const known = command::find_command(argv[0]);
  const bool listens = known != nullptr && known->group == "pubsub" &&
                       known->name.ends_with("SUBSCRIBE") && !known->name.ends_with("UNSUBSCRIBE");
  return listens || (known != nullptr && (known->name == "FOLLOW" || known->name == "MONITOR"));
}

Followed::Followed(const Look& look, Output& output)
    : look_(look), output_(output), was_paging_(output.paging()) {
  output_.set_paging(false);
}

Followed::~Followed() { output_.set_paging(was_paging_); }

bool Followed::show(Reply&& reply) {
  if (!std::exchange(has_begun_, true)) {
    show_begin(std::move(reply));
  } else if (reply.kind == Reply::Kind::kValue) {
    show_bytes(reply.text);
  } else if (reply.kind == Reply::Kind::kStatus) {
    show_event(reply.text);
  } else {
    show_change(std::move(reply));
  }
  output_.finish();
  return status_ && !output_.broken();
}

void Followed::show_begin(Reply&& reply) {
  // One of several replies to SUBSCRIBE.
  if (reply.kind == Reply::Kind::kArray) {
    if (look_.prompt) say("what is published from now on; Ctrl-C ends it");
    return show_change(std::move(reply));
  }
  if (look_.prompt && reply.kind == Reply::Kind::kInteger) {
    say(fmt::format("following from {} on; Ctrl-C ends it", reply.integer));
  } else if (look_.prompt && reply.kind == Reply::Kind::kOk) {
    say("each command that clients send from now on; Ctrl-C ends it");
  }
}

void Followed::show_bytes(const std::string& bytes) {
  std::string& out = output_.buffer();
  if (look_.mode == Mode::kPlain && !look_.ack) {
    out += look_.terminal ? harmless(bytes) : bytes;
    is_within_line_ = !bytes.empty() && bytes.back() != '\n';
    return;
  }
  Look row = look_;
  row.prompt = false;
  render(Reply::value(bytes), row, &out);
}

void Followed::end_line() {
  if (!std::exchange(is_within_line_, false) || !look_.terminal) return;
  output_.buffer() += '\n';
  output_.finish();
}

// Among the bytes of a value the word would look like a part of it. Any other word is a line of
// MONITOR.
void Followed::show_event(const std::string& word) {
  const bool is_event = word == "ANEW" || word == "REMOVED";
  if (is_event && look_.mode == Mode::kPlain && !look_.ack) {
    end_line();
    say(word == "ANEW" ? "kvstore: the value was set again" : "kvstore: the key was removed");
    return;
  }
  Look row = look_;
  row.prompt = false;
  render(Reply::status(word), row, &output_.buffer());
}

// Rows for programs, whose last field is the bytes unchanged.
bool Followed::shows_in_pieces() const {
  return look_.mode == Mode::kPlain && !look_.ack && !look_.prompt && !look_.terminal;
}

void Followed::show_change(Reply&& change) {
  const bool is_long = !change.items.empty() && change.items.back().stream;
  if (is_long && shows_in_pieces()) return show_long_change(std::move(change));
  if (is_long) hold_stream(&change.items.back());
  std::string& out = output_.buffer();
  if (look_.mode == Mode::kJson && change.items.size() == kFollowedColumns.size()) {
    for (std::size_t i = 0; i < kFollowedColumns.size(); ++i) {
      fmt::format_to(std::back_inserter(out), "{}\"{}\":", i == 0 ? '{' : ',', kFollowedColumns[i]);
      render_json(change.items[i], &out);
    }
    out += "}\n";
    return;
  }
  if (look_.prompt) show_expiry(&change);
  Look row = look_;
  row.prompt = false;
  std::vector<Reply> rows;
  rows.push_back(std::move(change));
  render(Reply::array(std::move(rows)), row, &out);
}

void Followed::show_long_change(Reply&& change) {
  const Reply value = std::exchange(change.items.back(), Reply::value(""));
  std::vector<Reply> rows;
  rows.push_back(std::move(change));
  std::string& out = output_.buffer();
  render(Reply::array(std::move(rows)), look_, &out);
  out.pop_back();  // the line continues
  Look line = look_;
  line.newline = true;
  status_ = show_in_pieces(value, line, Shape::kData, output_);
}

}  // namespace kvstore::repl
