#include "src/wire/http/parser.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/parser.hpp>

#include "src/base/check.h"
#include "src/wire/http/framing.h"

namespace kvstore::wire::http {
namespace {

namespace beast = boost::beast;

constexpr std::size_t kLeastMoved = std::size_t{16} << 10;
constexpr std::size_t kMaxChunkLine = std::size_t{8} << 10;  // limit for it, and for all trailers
constexpr std::string_view kEndOfHead = "\r\n\r\n";
// A chunked body always has at least this much left. Beast fails an assertion if it gets less of
// the trailers.
constexpr std::string_view kLastChunk = "0\r\n\r\n";

// Makes Beast append a body's bytes to a string.
struct AppendBody {
  using value_type = std::string*;

  class reader {
   public:
    template <bool is_request, class Fields>
    reader(beast::http::header<is_request, Fields>&, value_type& to) : to_(to) {}
    void init(const boost::optional<std::uint64_t>&, beast::error_code& error) { error = {}; }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, beast::error_code& error) {
      error = {};
      std::size_t size = 0;
      for (const auto one : beast::buffers_range_ref(buffers)) {
        to_->append(static_cast<const char*>(one.data()), one.size());
        size += one.size();
      }
      return size;
    }
    void finish(beast::error_code& error) { error = {}; }

   private:
    value_type& to_;  // set after the reader is made
  };
};

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct Parser::Message {
  beast::http::request_parser<AppendBody> parser;
};

Parser::Parser(const ParserLimits& limits) : limits_(limits) {}
Parser::~Parser() = default;

const Head& Parser::head() const {
  KV_CHECK(state_ == State::kBody || state_ == State::kWhole);
  return head_;
}

const std::string& Parser::body() const {
  KV_CHECK(state_ == State::kWhole);
  return body_;
}

bool Parser::is_inside_request() const {
  return state_ == State::kHead || state_ == State::kBody ||
         (state_ == State::kBetween && has_buffered());
}

void Parser::feed(std::string_view bytes) {
  compact();
  input_.append(bytes);
}

// Moves the rest only if it is the smaller part, to bound the cost.
void Parser::compact() {
  if (at_ == input_.size()) {
    input_.clear();
  } else if (at_ >= kLeastMoved && at_ >= input_.size() / 2) {
    input_.erase(0, at_);
  } else {
    return;
  }
  scanned_ -= std::min(scanned_, at_);
  at_ = 0;
}

void Parser::drop_input() {
  input_.clear();
  at_ = scanned_ = 0;
}

Parser::Event Parser::fail(unsigned status, std::string message) {
  state_ = State::kBroken;
  error_ = {status, std::move(message)};
  return Event::kError;
}

Parser::Event Parser::next() {
  switch (state_) {
    case State::kBroken:
      return Event::kError;
    case State::kWhole:
      forget_request();
      [[fallthrough]];
    case State::kBetween:
      saw_first_line_ = false;
      scanned_ = at_;
      state_ = State::kHead;
      // Old clients sent one empty line after a body.
      if (!skipped_line_ && std::string_view(input_).substr(at_).starts_with("\r\n")) {
        skipped_line_ = true;
        at_ += 2;
      }
      [[fallthrough]];
    case State::kHead:
      return read_head();
    case State::kBody:
      return read_body();
  }
  return Event::kNeedInput;
}

void Parser::forget_request() {
  message_.reset();
  head_ = {};
  body_.clear();
  skipped_line_ = false;
  state_ = State::kBetween;
}

// --- The head

Parser::Event Parser::read_head() {
  if (!has_buffered() || (!skipped_line_ && std::string_view(input_).substr(at_) == "\r")) {
    state_ = State::kBetween;
    return Event::kNeedInput;
  }
  const bool is_whole = find_end_of_head();
  if (state_ == State::kBroken) return Event::kError;
  return is_whole ? take_head() : Event::kNeedInput;
}

// Sets scanned_ to the end of the head. Every byte is examined once: an impossible head is refused
// before its end comes, which may be never.
bool Parser::find_end_of_head() {
  scanned_ = std::max(scanned_, at_);
  while (true) {
    const std::size_t newline = input_.find('\n', scanned_);
    const std::size_t line_end = std::min(newline, input_.size());
    const std::string_view so_far = std::string_view(input_).substr(at_, line_end - at_);
    if (!saw_first_line_ && !check_first_line(so_far)) return false;
    if (!saw_first_line_ && so_far.size() > limits_.max_line) {
      fail(414, fmt::format("the request line is longer than {} bytes", limits_.max_line));
      return false;
    }
    if (saw_first_line_ && so_far.size() > limits_.max_line + limits_.max_fields) {
      fail(431,
           fmt::format("the head is longer than {} bytes", limits_.max_line + limits_.max_fields));
      return false;
    }
    if (newline == std::string::npos) {
      scanned_ = input_.size();
      return false;
    }
    if (!so_far.ends_with('\r')) {
      fail(400, "a line of the head ends in LF alone");
      return false;
    }
    if (!saw_first_line_ && !is_request_line(so_far.substr(0, so_far.size() - 1))) {
      fail(400, "the first line is not a request of HTTP/1.1 or HTTP/1.0");
      return false;
    }
    saw_first_line_ = true;
    scanned_ = newline + 1;
    if (std::string_view(input_).substr(at_, scanned_ - at_).ends_with(kEndOfHead)) return true;
  }
}

// Checks an incomplete line, too: other protocols (such as TLS) may never send a line end.
bool Parser::check_first_line(std::string_view line) {
  constexpr std::size_t kLongestMethod = 32;
  const std::string_view method = line.substr(0, line.find(' '));
  if (!is_token(method) || method.size() > kLongestMethod) {
    fail(400, "this is not HTTP: it does not begin with a method");
    return false;
  }
  return true;
}

// Refuses folded lines, which some readers join and others do not, and too many lines.
bool Parser::check_lines(std::string_view head) {
  const std::size_t first = head.find('\n') + 1;
  const std::string_view fields = head.substr(first);
  if (fields.size() > limits_.max_fields) {
    fail(431, fmt::format("the header fields are longer than {} bytes", limits_.max_fields));
    return false;
  }
  const auto lines = static_cast<std::size_t>(std::count(fields.begin(), fields.end(), '\n'));
  if (lines > limits_.max_field_count + 1) {
    fail(431, fmt::format("there are more than {} header fields", limits_.max_field_count));
    return false;
  }
  for (std::size_t at = 0; at < fields.size(); at = fields.find('\n', at) + 1) {
    if (fields[at] != ' ' && fields[at] != '\t') continue;
    fail(400, "a header field is folded, or there is a blank before the first");
    return false;
  }
  return true;
}

Parser::Event Parser::take_head() {
  const std::string_view text = std::string_view(input_).substr(at_, scanned_ - at_);
  if (!check_lines(text)) return Event::kError;
  message_ = std::make_unique<Message>();
  auto& parser = message_->parser;
  parser.header_limit(static_cast<std::uint32_t>(text.size() + 1));
  parser.body_limit(limits_.max_body);
  parser.get().body() = &body_;
  beast::error_code error;
  const std::size_t used = parser.put(boost::asio::buffer(text.data(), text.size()), error);
  if (error == beast::http::error::body_limit) {
    return fail(413, fmt::format("the body is longer than {} bytes", limits_.max_body));
  }
  if (error) return fail(400, "the head is not well-formed: " + error.message());
  if (!parser.is_header_done() || used != text.size()) {
    return fail(400, "the head does not end where its empty line is");
  }
  at_ = scanned_;
  const auto& message = parser.get();
  head_.method = view(message.method_string());
  head_.target = view(message.target());
  head_.minor_version = message.version() == 10 ? 0 : 1;
  for (const auto& field : message) {
    head_.fields.push_back({view(field.name_string()), view(field.value())});
  }
  head_.keeps_alive = parser.keep_alive();
  if (!check_framing()) return Event::kError;
  state_ = State::kBody;
  return Event::kHead;
}

bool Parser::check_framing() {
  const auto framing = framing_of(head_);
  if (!framing) {
    fail(framing.error().status, framing.error().message);
    return false;
  }
  auto& parser = message_->parser;
  // Both readers of the same fields, Beast and framing_of(), must agree.
  const bool is_same = framing->is_chunked == parser.chunked() &&
                       framing->content_length.value_or(0) ==
                           (parser.content_length() ? std::uint64_t{*parser.content_length()} : 0);
  if (!is_same) {
    fail(400, "how long the body is cannot be told");
    return false;
  }
  head_.content_length = framing->content_length;
  head_.has_body = framing->is_chunked || framing->content_length.value_or(0) > 0;
  head_.expects_continue = framing->expects_continue;
  return true;
}

// --- The body

Parser::Event Parser::read_body() {
  auto& parser = message_->parser;
  beast::error_code error;
  while (!parser.is_done()) {
    const std::string_view rest = std::string_view(input_).substr(at_);
    if (rest.size() < (parser.chunked() ? kLastChunk.size() : 1)) return Event::kNeedInput;
    const std::size_t used = parser.put(boost::asio::buffer(rest.data(), rest.size()), error);
    at_ += used;
    if (error == beast::http::error::need_more) {
      if (rest.size() - used > kMaxChunkLine) {
        return fail(400, "a chunk's line, or the trailers, are too long");
      }
      return Event::kNeedInput;
    }
    if (error == beast::http::error::body_limit || body_.size() > limits_.max_body) {
      return fail(413, fmt::format("the body is longer than {} bytes", limits_.max_body));
    }
    if (error) return fail(400, "the body is not well-formed: " + error.message());
  }
  state_ = State::kWhole;
  scanned_ = at_;
  return Event::kRequest;
}

// --- Memory

std::size_t Parser::memory() const {
  // Beast copies the fields, with some pointers for each.
  const std::size_t of_head = message_ ? 1024 + head_.fields.size() * 160 : 0;
  return input_.capacity() + body_.capacity() + of_head;
}

std::size_t Parser::memory_after(std::size_t bytes) const {
  const auto grown = [bytes](const std::string& text) {
    const std::size_t size = text.size() + bytes;
    return size > text.capacity() ? std::max(size, 2 * text.capacity()) : text.capacity();
  };
  const std::size_t body = state_ == State::kBody ? grown(body_) - body_.capacity() : 0;
  return memory() + grown(input_) - input_.capacity() + body;
}

void Parser::trim() {
  if (is_inside_request()) return;
  if (state_ == State::kWhole) forget_request();
  std::string().swap(body_);
  if (has_buffered()) return;
  std::string().swap(input_);
  at_ = scanned_ = 0;
}

}  // namespace kvstore::wire::http
