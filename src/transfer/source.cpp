#include "src/transfer/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/transfer/format.h"
#include "src/transfer/manifest.h"

namespace kvstore::transfer {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunk = std::size_t{256} << 10;

bool is_same_file(int descriptor, const std::string& path) {
  struct stat a {};
  struct stat b {};
  return ::fstat(descriptor, &a) == 0 && ::stat(path.c_str(), &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

}  // namespace

Source::Source(file::Descriptor owned, int descriptor, std::string name)
    : owned_(std::move(owned)), descriptor_(descriptor), name_(std::move(name)) {
  struct stat info {};
  if (::fstat(descriptor_, &info) == 0 && S_ISREG(info.st_mode)) {
    size_ = static_cast<std::uint64_t>(info.st_size);
  }
}

Result<Source> Source::open_file(const std::string& path) {
  file::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail_errno(errno, "open", path);
  struct stat info {};
  if (::fstat(file.get(), &info) == 0 && S_ISDIR(info.st_mode)) {
    return fail(Code::kFormat, path + " is a directory");
  }
  const int descriptor = file.get();
  return Source(std::move(file), descriptor, path);
}

Result<std::vector<Source>> Source::open(const std::string& path, const std::string& database) {
  std::vector<Source> sources;
  if (path == "-") {
    sources.push_back(Source({}, STDIN_FILENO, "stdin"));
  } else {
    KV_ASSIGN(const auto files, files_of(path));
    for (const std::string& file : files) {
      KV_ASSIGN(Source source, open_file(file));
      sources.push_back(std::move(source));
    }
  }
  for (const Source& source : sources) {
    if (!database.empty() && is_same_file(source.descriptor_, database)) {
      return fail(Code::kUsage, fmt::format("{} is the database itself", source.name()),
                  "another file to import");
    }
  }
  return sources;
}

Result<std::string_view> Source::peek() {
  if (!is_peeked_) KV_TRY(fill());
  is_peeked_ = true;
  return std::string_view(chunk_.get(), filled_);
}

Result<std::string_view> Source::read() {
  if (!std::exchange(is_peeked_, false)) KV_TRY(fill());
  return std::string_view(chunk_.get(), filled_);
}

Status Source::fill() {
  if (!chunk_) chunk_ = std::make_unique_for_overwrite<char[]>(kChunk);
  for (;;) {
    if (is_cancelled()) return cancelled();
    const ssize_t got = ::read(descriptor_, chunk_.get(), kChunk);
    if (got >= 0) {
      filled_ = static_cast<std::size_t>(got);
      return {};
    }
    if (errno != EINTR) return fail_errno(errno, "read", name_);
  }
}

}  // namespace kvstore::transfer
