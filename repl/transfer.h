// .dump and .import: the shell's way to export and import.
#pragma once

#include <string>
#include <string_view>

#include "repl/output.h"
#include "src/base/status.h"
#include "src/store/store.h"
#include "src/transfer/export.h"

namespace kvstore::repl {

// What goes to a terminal: its control characters are escaped.
class TerminalSink final : public transfer::Sink {
 public:
  // Which must outlive it.
  explicit TerminalSink(transfer::Sink& sink) : sink_(sink) {}
  Status write(std::string_view bytes) override;

 private:
  transfer::Sink& sink_;
};

// All of a store, now, as lines of the text language among the answers. kSkipped: Ctrl-C.
Status dump_to(Output& output, bool terminal, Store& store);
// As a new file, of the format by which its name ends. kExists.
Result<transfer::ExportReport> dump_to_file(const std::string& path, Store& store);

// What was imported, in words. An error names the line, and says what was imported before it.
Result<std::string> import_file(const std::string& path, Store& store);

}  // namespace kvstore::repl
