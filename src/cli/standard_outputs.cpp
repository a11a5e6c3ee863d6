#include "src/cli/standard_outputs.h"

#include <fcntl.h>
#include <unistd.h>

#include "src/file/descriptor.h"
#include "src/log/output_check.h"

namespace kvstore::cli {
namespace {

void replace_stderr(bool by_stdout) {
  const file::Descriptor null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  (void)::dup2(by_stdout ? STDOUT_FILENO : null.get(), STDERR_FILENO);
}

}  // namespace

Status check_standard_outputs(const std::string& database) {
  const Status out = log::check_output(STDOUT_FILENO, "standard output", database);
  const Status error = log::check_output(STDERR_FILENO, "standard error", database);
  if (!error) replace_stderr(out.has_value());
  return out ? error : out;
}

}  // namespace kvstore::cli
