#include "src/transfer/reader.h"

#include <fmt/format.h>

#include "src/transfer/readers.h"

namespace kvstore::transfer {

std::unique_ptr<Reader> make_reader(Format format, const ReaderOptions& options) {
  switch (format) {
    case Format::kJsonl:
      return std::make_unique<JsonlReader>(options);
    case Format::kCsv:
      return std::make_unique<CsvReader>(options);
    case Format::kKv:
    case Format::kResp:
      return std::make_unique<CommandReader>(format, options);
  }
  return nullptr;
}

std::string LineReader::place(std::string_view name) const {
  return fmt::format("{}:{}", name, line_);
}

Reader::Event LineReader::fail_with(Error error) {
  failed_ = true;
  error_ = std::move(error);
  return Event::kError;
}

Reader::Event LineReader::too_long() {
  return fail_with({Code::kTooBig,
                    fmt::format("the line has more than {} bytes", lines_.max_line()),
                    "is it what --format says?"});
}

}  // namespace kvstore::transfer
