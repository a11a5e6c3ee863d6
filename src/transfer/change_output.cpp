#include "src/transfer/change_output.h"

#include <fmt/core.h>

#include "src/base/quote.h"

namespace kvstore::transfer {
namespace {

constexpr std::size_t kEnough = std::size_t{256} << 10;  // buffered before they are written
constexpr std::size_t kMostKept = std::size_t{4} << 20;  // memory that is kept after a large value

}  // namespace

ChangeOutput::ChangeOutput(const ExportOptions& options, Sink& sink)
    : options_(options), sink_(sink), writer_(make_writer(options.format, options.history)) {
  writer_->begin(&out_);
}

Status ChangeOutput::put(const Change& change) {
  writer_->write(change, &out_);
  return out_.size() >= kEnough ? flush() : Status();
}

Result<ExportReport> ChangeOutput::finish() {
  KV_TRY(flush());
  return report_;
}

Status ChangeOutput::flush() {
  KV_TRY(sink_.write(out_));
  report_.bytes += out_.size();
  out_.clear();
  if (out_.capacity() > kMostKept) out_.shrink_to_fit();
  if (options_.on_progress) options_.on_progress(report_.changes, report_.bytes);
  return {};
}

Status check_fits(Format format, std::string_view key, std::uint64_t size) {
  if (format != Format::kCsv) return {};
  std::string shown;
  append_quoted(key, &shown, 64);
  return fail(Code::kTooBig,
              fmt::format("key {}: a row of csv cannot hold a value of {} bytes", shown, size),
              "--format jsonl");
}

}  // namespace kvstore::transfer
