// A reader for each format: see reader.h.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "src/transfer/line_buffer.h"
#include "src/transfer/reader.h"
#include "src/transfer/redis_commands.h"
#include "src/wire/resp_parser.h"
#include "src/wire/text_parser.h"

namespace kvstore::transfer {

// The parts that JSON lines and CSV share: the line of the last event, and the error that ends it.
class LineReader : public Reader {
 public:
  explicit LineReader(const ReaderOptions& options) : lines_(options.max_line) {}
  void feed(std::string_view bytes) override { lines_.feed(bytes); }
  void finish() override { lines_.finish(); }
  const Change& change() const override { return change_; }
  const Error& error() const override { return error_; }
  std::string place(std::string_view name) const override;

 protected:
  Event fail_with(Error error);
  Event too_long();

  LineBuffer lines_;
  std::uint64_t line_ = 0;  // the line of the last event
  Change change_;
  Error error_;
  bool failed_ = false;
};

class JsonlReader final : public LineReader {
 public:
  using LineReader::LineReader;
  Event next() override;

 private:
  std::string key_, value_, members_;
};

class CsvReader final : public LineReader {
 public:
  using LineReader::LineReader;
  Event next() override;

 private:
  enum class Column : std::uint8_t { kKey, kValue, kExpires, kBase64, kKind, kSeq, kTime, kType };
  struct Row {
    std::size_t size = 0;  // including its line end
    std::uint64_t newlines = 0;
    bool is_open = false;  // the input ended within quotes
  };
  bool find_row(Row* row);
  Status split(std::string_view row);
  Status take_header();
  Status take_row();
  Status take_field(Column column, const std::string& field);
  Status take_kind(const std::string& field);
  Status take_type(const std::string& field);
  Status take_expiry(const std::string& field);
  Status take_base64(const std::string& field);
  Status take_bytes();

  std::vector<Column> columns_;      // empty until the header was read
  std::vector<std::string> fields_;  // of the row; the memory is reused from row to row
  std::size_t count_ = 0;            // the number of fields
  std::uint64_t next_line_ = 1;
  std::uint64_t newlines_ = 0;  // in the bytes that were scanned
  bool in_quotes_ = false;      // the state after the scanned bytes
  struct {
    bool key = false, value = false;
  } in_base64_;  // for the row
};

// Commands: lines of the text language, or of Redis' protocol.
class CommandReader final : public Reader {
 public:
  CommandReader(Format format, const ReaderOptions& options);

  void feed(std::string_view bytes) override;
  void finish() override { parser_->finish(); }
  Event next() override;
  const Change& change() const override { return change_; }
  const Error& error() const override { return error_; }
  std::string place(std::string_view name) const override;
  const Skipped& skipped() const override { return skipped_; }

 private:
  Event next_request();
  Status take(command::Args argv);
  Status take_redis(command::Args argv);
  Status take_here(command::Args argv);
  Status take_elsewhere(command::Args argv);
  CommandContext context() const { return {options_.now_ms, options_.database}; }
  Status begin_transaction();
  Status keep_for_exec();
  void note_skipped(std::string_view name);
  Event fail_with(Error error);
  Event end();

  const bool resp_;
  const ReaderOptions options_;
  std::unique_ptr<wire::RequestParser> parser_;
  std::uint64_t command_ = 0;   // the number of the last command
  std::uint64_t line_ = 0;      // the line, for kv
  std::uint64_t database_ = 0;  // the database that was SELECTed
  bool has_begun_ = false;

  std::vector<Change> changes_;  // the last command's changes, and how many of them were returned
  std::string made_;             // bytes of a change that are not in the command itself
  std::size_t given_ = 0;
  bool in_multi_ = false;
  std::deque<OwnedChange> kept_;  // changes since MULTI
  std::size_t kept_bytes_ = 0;
  std::deque<OwnedChange> executed_;  // changes of the last EXEC that are still to be returned
  bool gave_executed_ = false;        // the first of them was returned
  Skipped skipped_;
  Change change_;
  Error error_;
  bool failed_ = false;
};

}  // namespace kvstore::transfer
