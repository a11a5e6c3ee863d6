// RFC 4180: fields between commas, in double quotes where they hold a comma, a quote (twice) or
// a line end. Rows end in LF or CR LF. The header row says which column is which.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "src/base/base64.h"
#include "src/command/quote.h"
#include "src/transfer/readers.h"
#include "src/transfer/times.h"

namespace kvstore::transfer {
namespace {

constexpr std::string_view kHeaderHint = "a header row: key,value or key,value,expires,base64";

constexpr std::size_t kMaxColumns = 64;

Error wrong_row(std::string message) {
  return {Code::kSyntax, std::move(message),
          R"(fields with a comma, a quote or a line end as "...", with "" for each quote)"};
}

// Takes the quoted field that begins at row[at], and moves `at` to the byte after it.
Status take_quoted(std::string_view row, std::size_t* at, std::string* field) {
  for (std::size_t begin = *at + 1;;) {
    const std::size_t quote = row.find('"', begin);
    if (quote == row.npos) return fail(wrong_row("a quote is never closed"));
    field->append(row.substr(begin, quote - begin));
    *at = quote + 1;
    if (*at == row.size() || row[*at] == ',') return {};
    if (row[*at] != '"') return fail(wrong_row("bytes follow a closing quote"));
    *field += '"';
    begin = *at + 1;
  }
}

Status take_bare(std::string_view row, std::size_t* at, std::string* field) {
  const std::size_t end = std::min(row.find(',', *at), row.size());
  const std::string_view bytes = row.substr(*at, end - *at);
  if (bytes.find('"') != bytes.npos) return fail(wrong_row("a quote within a field"));
  field->assign(bytes);
  *at = end;
  return {};
}

bool is_blank_row(std::string_view row) { return row.empty() || row == "\n" || row == "\r\n"; }

}  // namespace

// Whether a whole row is buffered. Each byte is examined once.
bool CsvReader::find_row(Row* row) {
  const std::string_view rest = lines_.rest();
  for (std::size_t at = lines_.scanned;; ++at) {
    while (at < rest.size() && rest[at] != '"' && rest[at] != '\n') ++at;
    if (at == rest.size()) break;
    if (rest[at] == '"') {
      in_quotes_ = !in_quotes_;
      continue;
    }
    ++newlines_;
    if (in_quotes_) continue;
    *row = {at + 1, std::exchange(newlines_, 0), false};
    return true;
  }
  lines_.scanned = rest.size();
  if (!lines_.finished()) return false;
  *row = {rest.size(), std::exchange(newlines_, 0) + 1, std::exchange(in_quotes_, false)};
  return !rest.empty();
}

Status CsvReader::split(std::string_view row) {
  if (row.ends_with('\n')) row.remove_suffix(1);
  if (row.ends_with('\r')) row.remove_suffix(1);
  count_ = 0;
  for (std::size_t at = 0;; ++at) {
    if (count_ == kMaxColumns) return fail(wrong_row("the row has too many fields"));
    if (count_ == fields_.size()) fields_.emplace_back();
    std::string& field = fields_[count_++];
    field.clear();
    const bool quoted = at < row.size() && row[at] == '"';
    KV_TRY(quoted ? take_quoted(row, &at, &field) : take_bare(row, &at, &field));
    if (at == row.size()) return {};
  }
}

Status CsvReader::take_header() {
  constexpr std::string_view kNames[] = {"key",  "value", "expires", "base64",
                                         "kind", "seq",   "time",    "type"};
  for (std::size_t i = 0; i < count_; ++i) {
    const auto found = std::find(std::begin(kNames), std::end(kNames), fields_[i]);
    if (found == std::end(kNames)) {
      return fail(Code::kSyntax,
                  fmt::format("the column {} is not one that an import knows",
                              command::quote(fields_[i])),
                  "a header row: key,value; kvstore import --help, for tables with other columns");
    }
    const auto column = static_cast<Column>(found - std::begin(kNames));
    if (std::find(columns_.begin(), columns_.end(), column) != columns_.end()) {
      return fail(Code::kSyntax, fmt::format("the column {} is there twice", *found),
                  std::string(kHeaderHint));
    }
    columns_.push_back(column);
  }
  for (const Column needed : {Column::kKey, Column::kValue}) {
    if (std::find(columns_.begin(), columns_.end(), needed) != columns_.end()) continue;
    return fail(Code::kSyntax,
                fmt::format("the first row names no column {}", kNames[static_cast<int>(needed)]),
                std::string(kHeaderHint));
  }
  return {};
}

Status CsvReader::take_row() {
  if (count_ != columns_.size()) {
    return fail(
        wrong_row(fmt::format("the row has {} fields, the header {}", count_, columns_.size())));
  }
  change_ = {};
  in_base64_ = {};
  for (std::size_t i = 0; i < count_; ++i) KV_TRY(take_field(columns_[i], fields_[i]));
  return take_bytes();
}

Status CsvReader::take_field(Column column, const std::string& field) {
  switch (column) {
    case Column::kKind:
      return take_kind(field);
    case Column::kExpires:
      return field.empty() ? Status() : take_expiry(field);
    case Column::kBase64:
      return take_base64(field);
    case Column::kType:
      return take_type(field);
    default:
      return {};
  }
}

Status CsvReader::take_kind(const std::string& field) {
  const auto kind = kind_of_name(field);
  if (!kind) return fail(wrong_row(fmt::format("there is no kind {}", command::quote(field))));
  change_.kind = *kind;
  return {};
}

Status CsvReader::take_type(const std::string& field) {
  const auto type = type_of_name(field);
  if (!type) return fail(wrong_row(fmt::format("there is no type {}", command::quote(field))));
  change_.type = *type;
  return {};
}

Status CsvReader::take_expiry(const std::string& field) {
  const auto at_ms = parse_expiry(field);
  if (!at_ms) {
    return fail(Code::kNumber, fmt::format("{} is not a time to expire at", command::quote(field)),
                "2026-12-31T23:59:59Z, or milliseconds since 1970");
  }
  change_.expires_at_ms = *at_ms;
  return {};
}

Status CsvReader::take_base64(const std::string& field) {
  in_base64_ = {field == "key" || field == "both", field == "value" || field == "both"};
  if (field.empty() || in_base64_.key || in_base64_.value) return {};
  return fail(wrong_row(
      fmt::format("base64 is key, value, both or nothing, not {}", command::quote(field))));
}

// Decodes keys and values, once it is known which of them are base64.
Status CsvReader::take_bytes() {
  for (std::size_t i = 0; i < count_; ++i) {
    const bool is_key = columns_[i] == Column::kKey;
    if (!is_key && columns_[i] != Column::kValue) continue;
    if (is_key ? in_base64_.key : in_base64_.value) {
      auto bytes = parse_base64(fields_[i]);
      if (!bytes) {
        return fail(wrong_row(
            fmt::format("the {} is not base64 as RFC 4648 has it", is_key ? "key" : "value")));
      }
      fields_[i] = std::move(*bytes);
    }
    (is_key ? change_.key : change_.value) = fields_[i];
  }
  return {};
}

Reader::Event CsvReader::next() {
  if (failed_) return Event::kError;
  for (;;) {
    if (line_ == 0 && lines_.rest().starts_with(kByteOrderMark)) {
      lines_.take(kByteOrderMark.size());
      in_quotes_ = false;
      newlines_ = 0;
    }
    Row row;
    if (!find_row(&row)) {
      if (lines_.finished()) return Event::kEnd;
      if (!lines_.is_too_long()) return Event::kNeedInput;
      row.is_open = in_quotes_;
    }
    line_ = next_line_;
    if (row.is_open) return fail_with(wrong_row("a quote is never closed"));
    if (row.size > lines_.max_line() || row.size == 0) return too_long();
    const std::string_view bytes = lines_.rest().substr(0, row.size);
    lines_.take(row.size);
    next_line_ += row.newlines;
    if (is_blank_row(bytes)) continue;
    Status taken = split(bytes);
    const bool is_header = columns_.empty();
    if (taken) taken = is_header ? take_header() : take_row();
    if (!taken) return fail_with(taken.error());
    if (!is_header) return Event::kChange;
  }
}

}  // namespace kvstore::transfer
