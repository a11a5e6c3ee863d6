#include "repl/transfer.h"

#include <unistd.h>

#include <utility>

#include <fmt/core.h>

#include "repl/progress.h"
#include "repl/quote.h"
#include "repl/signals.h"
#include "src/base/cancel.h"
#include "src/transfer/import.h"

namespace kvstore::repl {
namespace {

// Writes to the output for replies, so that `.output FILE` and the pager apply.
class AnswerSink final : public transfer::Sink {
 public:
  explicit AnswerSink(Output& output) : output_(output) {}
  Status write(std::string_view bytes) override {
    output_.buffer() += bytes;
    output_.write_if_full();
    return output_.broken() ? cancelled() : Status();
  }

 private:
  Output& output_;
};

}  // namespace

Status TerminalSink::write(std::string_view bytes) { return sink_.write(harmless(bytes)); }

Status dump_to(Output& output, bool terminal, Store& store) {
  const CancelScope ctrl_c(&signals::interrupted);
  store.refresh();
  KV_ASSIGN(const Snapshot snapshot, store.snapshot());
  AnswerSink answers(output);
  TerminalSink screen(answers);
  transfer::Sink& sink = terminal ? static_cast<transfer::Sink&>(screen) : answers;
  const auto written = transfer::export_to(snapshot, {}, sink);
  output.finish();
  if (written || output.broken()) return {};
  return fail(written.error());
}

Result<transfer::ExportReport> dump_to_file(const std::string& path, Store& store) {
  const CancelScope ctrl_c(&signals::interrupted);
  store.refresh();
  KV_ASSIGN(const Snapshot snapshot, store.snapshot());
  transfer::ExportOptions options;
  options.format = transfer::format_of_path(path).value_or(transfer::Format::kKv);
  Progress progress(::isatty(STDERR_FILENO) == 1, "keys");
  std::uint64_t before = 0;
  options.on_progress = [&](std::uint64_t keys, std::uint64_t bytes) {
    progress.update(keys, bytes - std::exchange(before, bytes));
  };
  KV_ASSIGN(transfer::NewFile file, transfer::NewFile::make(path));
  KV_ASSIGN(const auto report, transfer::export_to(snapshot, options, file));
  KV_TRY(file.finish());
  return report;
}

Result<std::string> import_file(const std::string& path, Store& store) {
  const CancelScope ctrl_c(&signals::interrupted);
  store.refresh();
  KV_ASSIGN(auto sources, transfer::Source::open(path, store.path()));
  transfer::ImportOptions options;
  Progress progress(::isatty(STDERR_FILENO) == 1, "changes");
  std::uint64_t before = 0;
  options.on_progress = [&](std::uint64_t changes, std::uint64_t bytes) {
    progress.update(changes, bytes - std::exchange(before, bytes));
  };
  const auto report = transfer::import_from(sources, &store, options);
  const std::string said = transfer::to_string(report, false);
  if (!report.error) return said;
  Error error = *report.error;
  error.message = fmt::format("{}: {} ({})", report.place, error.message, said);
  if (error.code == Code::kExists) {
    error.hint = "leave the shell, then: kvstore import --on-conflict skip ";
    append_word(store.path(), &error.hint);
    append_word(path, &(error.hint += ' '));
  }
  return fail(std::move(error));
}

}  // namespace kvstore::repl
