// .dump and .import: export and import in the shell.
#pragma once

#include <string>
#include <string_view>

#include "repl/output.h"
#include "src/base/status.h"
#include "src/store/store.h"
#include "src/transfer/export.h"

namespace kvstore::repl {

// Writes to a terminal, with control characters escaped.
class TerminalSink final : public transfer::Sink {
 public:
  // `sink` must outlive this.
  explicit TerminalSink(transfer::Sink& sink) : sink_(sink) {}
  Status write(std::string_view bytes) override;

 private:
  transfer::Sink& sink_;
};

// Writes the whole store as lines of the text language to the output. kSkipped: Ctrl-C.
Status dump_to(Output& output, bool terminal, Store& store);
// Writes the store to a new file, in the format of its suffix. kExists.
Result<transfer::ExportReport> dump_to_file(const std::string& path, Store& store);

// Returns a description of what was imported. An error names the line, and tells what was imported
// before it.
Result<std::string> import_file(const std::string& path, Store& store);

}  // namespace kvstore::repl
