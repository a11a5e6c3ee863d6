#include "src/cli/copying.h"

#include "repl/signals.h"
#include "src/cli/old_format.h"
#include "src/maint/cli_parse.h"
#include "src/maint/plain.h"

namespace kvstore::cli {

BackupProgress CopyBar::progress() {
  if (quiet_) return {};
  return [this](std::uint64_t done, std::uint64_t total) {
    if (!bar_) bar_ = std::make_unique<maint::ProgressBar>(what_, total);
    bar_->update(done);
  };
}

bool EndedBySignals::is_wanted() {
  return repl::signals::interrupted() || repl::signals::wants_end();
}

EndedBySignals::EndedBySignals() : scope_(&is_wanted) { repl::signals::install(); }

Error name_old_format(Error error, const std::string& path) {
  if (error.code != Code::kFormat) return error;
  const auto format = maint::detect_plain(file::system_files(), path);
  if (!format) return error;
  return {Code::kFormat, path + " is of an older format, and is to be converted first",
          convert_hint(path)};
}

ExitCode refuse_copying(const Error& error) {
  (void)maint::say_error(error);
  repl::signals::end_if_asked();
  return error.code == Code::kExists ? ExitCode::kCannotOpen : exit_code_of_command(error.code);
}

}  // namespace kvstore::cli
