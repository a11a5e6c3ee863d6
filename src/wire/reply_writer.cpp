#include "src/wire/reply_writer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "src/base/check.h"

namespace kvstore::wire {

using command::Aggregate;
using command::ReplyStream;

std::string describe(const Error& error) {
  if (error.hint.empty()) return error.message;
  return fmt::format("{}{}{}", error.message, kHintMark, error.hint);
}

void ReplyWriter::count_item() {
  KV_CHECK(stream_ == nullptr || is_pumping_);
  if (open_.empty()) return;
  KV_CHECK(!open_.back().is_value);
  ++open_.back().written;
}

void ReplyWriter::line(std::string_view beginning, std::string_view rest) {
  count_item();
  out_.append(beginning).append(rest).append(line_end());
}

void ReplyWriter::integer(std::int64_t number) {
  const fmt::format_int digits(number);
  line(":", {digits.data(), digits.size()});
}

void ReplyWriter::value(std::string_view bytes) {
  count_item();
  if (bytes.size() <= kShortValue) return short_value(bytes);
  append_value_header(bytes.size());
  out_.append(bytes).append(line_end());
}

// In one piece: for so few bytes each append takes longer than the bytes.
void ReplyWriter::short_value(std::string_view bytes) {
  char whole[kLongestHeader + kShortValue + kLongestLineEnd];
  char* end = put_value_header(bytes.size(), whole);
  end = std::copy(bytes.begin(), bytes.end(), end);
  for (const char byte : line_end()) *end++ = byte;
  out_.append(whole, end);
}

void ReplyWriter::append_value_header(std::uint64_t size) {
  char header[kLongestHeader];
  out_.append(header, put_value_header(size, header));
}

void ReplyWriter::begin(Aggregate kind, std::size_t count) {
  count_item();
  open_.push_back({.kind = kind, .announced = count, .offset = out_.size()});
  if (count != kUncounted) append_header(kind, count, &out_);
}

void ReplyWriter::begin_value(std::uint64_t size) {
  count_item();
  open_.push_back({.is_value = true, .announced = size, .offset = out_.size()});
  append_value_header(size);
}

void ReplyWriter::part(std::string_view bytes) {
  KV_CHECK(is_pumping_ || (!open_.empty() && open_.back().is_value));
  out_ += bytes;
  if (!open_.empty()) open_.back().written += bytes.size();
}

void ReplyWriter::end() {
  KV_CHECK(!open_.empty());
  const Open closed = open_.back();
  open_.pop_back();
  if (closed.announced == kUncounted) {
    std::string header;
    append_header(closed.kind, closed.written, &header);
    out_.insert(closed.offset, header);
    return;
  }
  KV_CHECK(closed.written == closed.announced);
  if (closed.is_value) out_ += line_end();
}

void ReplyWriter::stream(std::unique_ptr<ReplyStream> stream) {
  count_item();
  const bool is_value = stream->kind() == ReplyStream::Kind::kValue;
  if (is_value)
    append_value_header(stream->left());
  else
    append_header(Aggregate::kArray, stream->left(), &out_);
  stream_ = std::move(stream);
}

Status ReplyWriter::pump(std::size_t bytes) {
  KV_CHECK(stream_ != nullptr && open_.empty());
  const std::size_t enough = out_.size() + bytes;
  is_pumping_ = true;
  Status status;
  while (status && stream_->left() > 0 && out_.size() < enough) status = stream_->next(*this);
  is_pumping_ = false;
  if (!status || stream_->left() > 0) return status;
  if (stream_->kind() == ReplyStream::Kind::kValue) out_ += line_end();
  stream_.reset();
  return status;
}

void ReplyWriter::start() {
  KV_CHECK(open_.empty() && stream_ == nullptr);
  start_ = out_.size();
}

void ReplyWriter::discard() {
  out_.resize(start_);
  open_.clear();
  stream_.reset();
}

}  // namespace kvstore::wire
