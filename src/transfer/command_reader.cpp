#include <utility>

#include <fmt/format.h>

#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/words.h"
#include "src/transfer/readers.h"

namespace kvstore::transfer {
namespace {

using command::quote;
using command::same_word;

// The limit of one MULTI, whose changes wait for EXEC: a file that ends before EXEC has not
// executed
// it.
constexpr std::size_t kMaxTransaction = std::size_t{512} << 20;
constexpr std::size_t kMaxSkippedNames = 64;

constexpr std::string_view kAnnotation = "#TS:";

std::unique_ptr<wire::RequestParser> make_parser(bool resp) {
  if (resp) return std::make_unique<wire::RespParser>();
  return std::make_unique<wire::TextParser>();
}

}  // namespace

CommandReader::CommandReader(Format format, const ReaderOptions& options)
    : resp_(format == Format::kResp), options_(options), parser_(make_parser(resp_)) {}

void CommandReader::feed(std::string_view bytes) {
  if (!has_begun_ && !bytes.empty()) {
    has_begun_ = true;
    if (!resp_ && bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  }
  parser_->feed(bytes);
}

std::string CommandReader::place(std::string_view name) const {
  return resp_ ? fmt::format("{}: command {}", name, command_) : fmt::format("{}:{}", name, line_);
}

Reader::Event CommandReader::next() {
  if (failed_) return Event::kError;
  if (std::exchange(gave_executed_, false)) executed_.pop_front();
  for (;;) {
    if (!executed_.empty()) {
      change_ = executed_.front().view();
      gave_executed_ = true;
      return Event::kChange;
    }
    if (given_ < changes_.size()) {
      change_ = changes_[given_++];
      return Event::kChange;
    }
    changes_.clear();
    given_ = 0;
    if (const Event event = next_request(); event != Event::kChange) return event;
  }
}

// kChange: a request was read, and its changes are in changes_ or executed_.
Reader::Event CommandReader::next_request() {
  using wire::RequestParser;
  const RequestParser::Event event = parser_->next();
  if (event == RequestParser::Event::kNeedInput) return Event::kNeedInput;
  if (event == RequestParser::Event::kEnd) return end();
  ++command_;
  if (event != RequestParser::Event::kRequest) {
    line_ = parser_->error_line();
    return fail_with(parser_->error());
  }
  line_ = parser_->request().line;
  const Status taken = take(parser_->request().argv);
  return taken ? Event::kChange : fail_with(taken.error());
}

Status CommandReader::take(command::Args argv) {
  if (resp_) return take_redis(argv);
  KV_ASSIGN(const Known known, changes_of(argv, context(), &changes_, &made_));
  const bool is_run = !changes_.empty() && changes_.back().kind == Change::Kind::kCommand;
  if (known != Known::kNo && !is_run) return {};
  return fail(Code::kUnknown, fmt::format("{} is nothing to import", quote(argv[0], 32)),
              "kvstore FILE < INPUT runs any command");
}

Status CommandReader::take_redis(command::Args argv) {
  const auto& parser = static_cast<const wire::RespParser&>(*parser_);
  if (parser.is_inline()) {
    if (argv[0].starts_with(kAnnotation)) return {};
    return fail(Code::kSyntax, "it is not an array of Redis' protocol");
  }
  if (same_word(argv[0], "SELECT") && argv.size() == 2) {
    const auto number = command::parse_unsigned(argv[1]);
    if (!number) return fail(Code::kSyntax, "SELECT needs a number");
    database_ = *number;
    return {};
  }
  if (same_word(argv[0], "MULTI")) return begin_transaction();
  if (same_word(argv[0], "EXEC")) {
    in_multi_ = false;
    executed_.swap(kept_);
    kept_.clear();
    return {};
  }
  KV_TRY(database_ == options_.database ? take_here(argv) : take_elsewhere(argv));
  return in_multi_ ? keep_for_exec() : Status();
}

Status CommandReader::take_here(command::Args argv) {
  KV_ASSIGN(const Known known, changes_of(argv, context(), &changes_, &made_));
  if (known == Known::kNo) note_skipped(command::escape_controls(argv[0].substr(0, 32)));
  return {};
}

Status CommandReader::take_elsewhere(command::Args argv) {
  KV_TRY(changes_from_elsewhere(argv, context(), &changes_));
  const bool is_here = !changes_.empty() && changes_.back().kind == Change::Kind::kClear;
  if (!is_here) note_skipped(kOtherDatabases);
  return {};
}

Status CommandReader::begin_transaction() {
  if (in_multi_) return fail(Code::kSyntax, "MULTI within MULTI");
  in_multi_ = true;
  kept_bytes_ = 0;
  return {};
}

Status CommandReader::keep_for_exec() {
  for (const Change& change : changes_) {
    kept_.emplace_back(change);
    kept_bytes_ += kept_.back().memory();
  }
  changes_.clear();
  if (kept_bytes_ <= kMaxTransaction) return {};
  return fail(Code::kTooBig, fmt::format("a transaction has more than {} bytes", kMaxTransaction));
}

void CommandReader::note_skipped(std::string_view name) {
  std::string upper(name);
  if (const auto known = skipped_.find(upper); known != skipped_.end()) {
    ++known->second;
  } else {
    ++skipped_[skipped_.size() < kMaxSkippedNames ? upper : std::string("others")];
  }
}

Reader::Event CommandReader::end() {
  if (!in_multi_) return Event::kEnd;
  return fail_with({Code::kSyntax, "the input ends within a transaction (MULTI without EXEC)", {}});
}

Reader::Event CommandReader::fail_with(Error error) {
  failed_ = true;
  error_ = std::move(error);
  return Event::kError;
}

}  // namespace kvstore::transfer
