#include "src/log/output_check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>

#include <fmt/core.h>

#include "src/base/quote.h"
#include "src/file/descriptor.h"
#include "src/log/header_page.h"

namespace kvstore::log {
namespace {

constexpr const char* kHint = "another file for the output";

Error is_database(const std::string& name) {
  return {Code::kUsage, fmt::format("{} is the database itself, and output would damage it", name),
          kHint};
}

// Opens the file once more, because the descriptor may be open for writing only.
bool is_kvstore_file(int output) {
  const file::Descriptor readable(
      ::open(fmt::format("/proc/self/fd/{}", output).c_str(), O_RDONLY | O_CLOEXEC));
  std::array<std::uint8_t, 4096> page;
  const ssize_t got = readable ? ::pread(readable.get(), page.data(), page.size(), 0) : 0;
  return got > 0 && has_magic(page.data(), static_cast<std::uint64_t>(got));
}

bool is_same_name(const std::string& a, const std::string& b) {
  std::error_code error;
  const auto left = std::filesystem::weakly_canonical(a, error);
  return !error && left == std::filesystem::weakly_canonical(b, error) && !error &&
         (std::filesystem::is_regular_file(left, error) || !std::filesystem::exists(left, error));
}

}  // namespace

Status check_output(int output, const std::string& name, const std::string& database) {
  struct stat written {};
  struct stat stored {};
  if (::fstat(output, &written) != 0 || !S_ISREG(written.st_mode)) return {};
  if (!database.empty() && ::stat(database.c_str(), &stored) == 0 &&
      written.st_dev == stored.st_dev && written.st_ino == stored.st_ino) {
    return fail(is_database(name));
  }
  if (!is_kvstore_file(output)) return {};
  return fail(Code::kUsage, fmt::format("{} is a kvstore file, and output would damage it", name),
              kHint);
}

Status check_output_path(const std::string& path, const std::string& database) {
  std::string shown;
  append_quoted(path, &shown);
  if (!database.empty() && is_same_name(path, database)) return fail(is_database(shown));
  // O_PATH does not wait for the other end of a pipe.
  const file::Descriptor existing(::open(path.c_str(), O_PATH | O_CLOEXEC));
  return existing ? check_output(existing.get(), shown, database) : Status();
}

}  // namespace kvstore::log
