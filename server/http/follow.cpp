// ?follow: changes as they are written, as server-sent events.
//
// The id of an event contains everything needed to continue after it. For a value: the version of
// the key, and the offset up to which bytes were sent; the key's records tell whether the value was
// replaced since. For changes: their seq, and how many changes of that seq were sent.
#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "server/http/conditional.h"
#include "server/http/handlers.h"
#include "server/http/sinks.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/store/value_feed.h"
#include "src/wire/json_writer.h"

namespace kvstore::server::http {
namespace {

using kvstore::wire::append_json;
using kvstore::wire::json_size;

void append_event(std::string_view name, std::string_view id, std::string_view data,
                  std::string* out) {
  fmt::format_to(std::back_inserter(*out), "event: {}\n", name);
  if (!id.empty()) fmt::format_to(std::back_inserter(*out), "id: {}\n", id);
  fmt::format_to(std::back_inserter(*out), "data: {}\n\n", data);
}

struct Number {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};
// Parses "17-3" or "17:100"; "17" is 17 and `otherwise`.
std::optional<Number> parse_id(std::string_view text, char mark, std::uint64_t otherwise) {
  const std::size_t at = std::min(text.find(mark), text.size());
  const auto first = command::parse_unsigned(text.substr(0, at));
  const auto second =
      at == text.size() ? std::optional(otherwise) : command::parse_unsigned(text.substr(at + 1));
  if (!first || !second) return std::nullopt;
  return Number{*first, *second};
}

wire::Problem bad_event_id() {
  return {400, "NUMBER", "Last-Event-ID is none of this stream's", "leave it out, to start over"};
}

wire::Problem bad_after(std::string_view after) {
  return {400, "NUMBER",
          fmt::format("after is {}, not a version", command::quote(after.substr(0, 64))),
          "after=17: what comes after that version; or leave it out, for what comes next"};
}

wire::Problem not_yet_written(std::uint64_t version) {
  return {400, "NUMBER", fmt::format("version {} is yet to come", version - 1),
          "after=17: a version that there is; or leave it out, for what comes next"};
}

// --- Values

class ValueEvents final : public EventWriter, private QuietSink {
 public:
  ValueEvents(Exchange& exchange, std::uint64_t offset) : exchange_(exchange), offset_(offset) {}

  // The version is read before the bytes: a replacement after that is found when this id comes
  // back.
  void begin_event() override {
    event_.clear();
    const auto info = exchange_.session.store().stat(exchange_.target.key);
    version_ = info && *info ? (*info)->seq : 0;
  }
  command::ReplySink& sink() override { return *this; }
  void write(std::string* out) override { *out += event_; }

  // One event has both the id and the fact that the value is new: a client that is cut off before
  // it gets that again.
  std::string first(bool is_anew) {
    begin_event();
    if (!is_anew) return "retry: 1000\nid: " + id() + "\n\n";
    append_event("anew", id(), "{}", &event_);
    return "retry: 1000\n" + event_;
  }

 private:
  std::string id() const { return fmt::format("{}:{}", version_, offset_); }

  void status(std::string_view word) override {
    offset_ = 0;
    append_event(word == "ANEW" ? "anew" : "removed", id(), "{}", &event_);
  }
  void value(std::string_view bytes) override {
    std::string data = fmt::format(R"({{"offset":{},"value":)", offset_);
    append_json(bytes, &data);
    data += '}';
    offset_ += bytes.size();
    append_event("bytes", id(), data, &event_);
  }
  void error(const command::Failure& failure) override {
    append_error_event(failure.error, &event_);
  }
  void discard() override { event_.clear(); }

  Exchange& exchange_;
  std::uint64_t offset_;
  std::uint64_t version_ = 0;
  std::string event_;
};

// Whether the value with this version was replaced or removed since. If that is not known, true:
// then all of it is sent again.
bool was_set_since(Exchange& exchange, std::uint64_t version) {
  constexpr std::uint64_t kMostLookedAt = 100'000;
  return !ValueFeed::has_only_grown(exchange.session.store(), std::string(exchange.target.key),
                                    version, kMostLookedAt);
}

// For HEAD: beginning to follow has shown that it is possible.
void answer_head(Exchange& exchange) {
  exchange.session.end_following();
  wire::ResponseHead head{.content_type = wire::kEvents, .content_length = std::nullopt};
  head.add("Cache-Control", "no-store");
  exchange.answer(std::move(head), {});
}

void begin_to_follow(Exchange& exchange, std::string_view place, bool is_anew) {
  OutcomeSink began;
  std::vector<std::string_view> words = {"FOLLOW", exchange.target.key};
  if (!place.empty()) words.insert(words.end(), {"FROM", place});
  const auto done = exchange.run(words, began);
  if (done.failure) return exchange.fail(done.failure->error);
  if (exchange.is_head()) return answer_head(exchange);
  auto events = std::make_unique<ValueEvents>(exchange, static_cast<std::uint64_t>(began.number));
  const std::string first = events->first(is_anew);
  exchange.follow(std::move(events), first);
}

// --- Changes

class ChangeEvents final : public EventWriter, private QuietSink {
 public:
  // The first `second` changes of version `first` are known to the client. A value whose text
  // exceeds `most` is left out of its event and must be requested: so unread events do not take
  // memory that others need.
  ChangeEvents(Number known, std::size_t most) : known_(known), most_(most) {}

  void begin_event() override {
    event_.clear();
    items_ = 0;
    more_.clear();
    key_ = value_ = expires_ = "null";
    is_error_ = false;
  }
  command::ReplySink& sink() override { return *this; }

  void write(std::string* out) override {
    if (is_error_) {
      *out += event_;
      return;
    }
    count_ = seq_ == counted_seq_ ? count_ + 1 : 1;
    counted_seq_ = seq_;
    if (seq_ == known_.first && count_ <= known_.second) return;
    append_event(name_, fmt::format("{}-{}", seq_, count_),
                 fmt::format(R"({{"version":{},"key":{},"expires":{},"value":{}{}}})", seq_, key_,
                             expires_, value_, more_),
                 out);
  }

 private:
  void take_text(std::size_t item, std::string_view bytes) {
    if (item == 1) {
      name_ = bytes;
      return;
    }
    std::string& to = item == 2 ? key_ : value_;
    if (item > 2 && json_size(bytes) > most_) return omit(bytes.size());
    to.clear();
    append_json(bytes, &to);
  }
  void omit(std::uint64_t size) { more_ = fmt::format(R"(,"omitted":{})", size); }
  void status(std::string_view word) override { take_text(items_++, word); }
  void value(std::string_view bytes) override { take_text(items_++, bytes); }
  void integer(std::int64_t number) override {
    if (items_++ == 0)
      seq_ = static_cast<std::uint64_t>(number);
    else
      expires_ = fmt::to_string(number);
  }
  void missing() override { ++items_; }
  void stream(std::unique_ptr<command::ReplyStream> stream) override {
    omit(stream->left());
    ++items_;
  }
  void error(const command::Failure& failure) override {
    is_error_ = true;
    append_error_event(failure.error, &event_);
  }
  void discard() override { event_.clear(); }

  const Number known_;
  const std::size_t most_;
  std::size_t items_ = 0;
  std::uint64_t seq_ = 0;
  std::uint64_t counted_seq_ = 0;
  std::uint64_t count_ = 0;
  std::string name_, key_, value_, expires_, more_, event_;
  bool is_error_ = false;
};

// Where to continue, and what the client knows of that version. nullopt: an invalid id.
struct Beginning {
  std::optional<std::uint64_t> from;
  Number known;
};
std::optional<Beginning> beginning_of(const Exchange& exchange) {
  Beginning beginning;
  const auto last = exchange.head.field("Last-Event-ID");
  const auto after = exchange.parameter("after");
  if (!last && !after) return beginning;
  const auto id = parse_id(last ? *last : *after, '-', UINT64_MAX);
  if (!id || id->first == UINT64_MAX) return std::nullopt;
  const bool is_whole = id->second == UINT64_MAX;
  beginning.from = is_whole ? id->first + 1 : id->first;
  if (!is_whole) beginning.known = *id;
  return beginning;
}

}  // namespace

void append_error_event(const Error& error, std::string* out) {
  std::string problem = wire::problem_json(wire::problem_in_http(error));
  while (problem.ends_with('\n')) problem.pop_back();
  append_event("error", {}, problem, out);
}

void follow_key(Exchange& exchange) {
  const auto last = exchange.head.field("Last-Event-ID");
  if (!last) return begin_to_follow(exchange, *exchange.parameter("follow"), false);
  const auto id = parse_id(*last, ':', 0);
  if (!id) return exchange.fail(bad_event_id());
  const bool is_anew = was_set_since(exchange, id->first);
  // A key that did not exist then, and had no bytes, may have begun since, but was not replaced.
  const bool was_nothing = id->first == 0 && id->second == 0;
  begin_to_follow(exchange, is_anew ? "0" : fmt::to_string(id->second), is_anew && !was_nothing);
}

void follow_prefix(Exchange& exchange) {
  const std::string_view prefix = exchange.parameter("prefix").value_or("");
  const auto beginning = beginning_of(exchange);
  if (!beginning) {
    const auto after = exchange.parameter("after");
    const bool is_field = exchange.head.field("Last-Event-ID") || !after;
    return exchange.fail(is_field ? bad_event_id() : bad_after(*after));
  }
  const std::string from = beginning->from ? fmt::to_string(*beginning->from) : std::string();
  std::vector<std::string_view> words = {"FOLLOW", "PREFIX", prefix};
  if (!from.empty()) words.insert(words.end(), {"FROM", from});
  OutcomeSink began;
  const auto done = exchange.run(words, began);
  if (done.failure && done.failure->error.code == Code::kNumber) {
    return exchange.fail(not_yet_written(*beginning->from));
  }
  if (done.failure) return exchange.fail(done.failure->error);
  if (exchange.is_head()) return answer_head(exchange);
  // A client that is cut off before the first event can continue here, too.
  std::string first = "retry: 1000\n";
  if (beginning->known.first == 0) first += fmt::format("id: {}\n", began.number - 1);
  exchange.follow(std::make_unique<ChangeEvents>(beginning->known, exchange.piece()), first + "\n");
}

}  // namespace kvstore::server::http
