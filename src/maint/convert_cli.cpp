// kvstore convert [OPTIONS] OLD NEW
#include <filesystem>

#include <fmt/core.h>

#include "src/maint/cli.h"
#include "src/maint/cli_parse.h"
#include "src/maint/convert.h"
#include "src/maint/progress.h"
#include "src/maint/text.h"
#include "src/options/option_checks.h"

namespace kvstore::maint {
namespace {

constexpr const char* kConvertFooter = R"(
OLD is a file of one of two older formats, records without a header:
  plain32   u32le key length, key, u32le value length, value
  plain64   u64be key length, u64be value length, key, value; the value 0x00 deletes
Its keys and values in NEW are what the old program would read; earlier values
are NEW's history. OLD is not changed.

Examples:
  kvstore convert old.bin data.bin
  kvstore convert --format plain64 old.bin data.bin

Exit codes: 0 done; 5 and 6 done, but OLD was torn or damaged, and what stands
before that place is in NEW; 4 cannot read OLD or NEW exists; 2 wrong usage;
7 disk full or I/O error)";

}  // namespace

ExitCode run_convert(const std::vector<std::string>& words) {
  std::string old_path, new_path, format;
  CLI::App app("Bring a file of an older format over.", "kvstore convert");
  app.footer(kConvertFooter);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.add_option("OLD", old_path, "The old file")->required()->type_name("");
  app.add_option("NEW", new_path, "The database to be made; must not exist")
      ->required()
      ->type_name("");
  app.add_option("--format", format, "Of OLD, where its records do not tell: plain32, plain64")
      ->type_name("FORMAT")
      ->check(option_checks::one_of({"plain32", "plain64"}));
  if (const auto code = parse(app, words)) return *code;
  if (const auto code = refuse_dash(new_path)) return *code;
  ConvertOptions options;
  options.format = plain_format_of(format);
  std::error_code unknown_size;
  const auto size = std::filesystem::file_size(old_path, unknown_size);
  ProgressBar bar("converting", unknown_size ? 0 : size);
  const auto report = convert(file::system_files(), old_path, new_path, options,
                              [&bar](std::uint64_t at) { bar.update(at); });
  if (!report) return say_error(report.error());
  print(fmt::format("{}\nwrote {}\n", report->to_string(old_path), quoted_word(new_path)));
  return report->exit_code();
}

}  // namespace kvstore::maint
