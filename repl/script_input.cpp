#include "repl/script_input.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include <fmt/core.h>

#include "repl/signals.h"
#include "src/command/quote.h"

namespace kvstore::repl {
namespace {

constexpr std::size_t kChunk = std::size_t{256} << 10;
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::size_t kLongestMark = 4;

bool is_readable_now(int descriptor) {
  pollfd poll_for{descriptor, POLLIN, 0};
  return ::poll(&poll_for, 1, 0) == 1 && (poll_for.revents & POLLIN) != 0;
}

// Whether more bytes are needed to recognise a mark or a wide encoding.
bool may_begin_mark(std::string_view bytes) {
  if (bytes.empty() || bytes.size() >= kLongestMark) return false;
  const auto begins = [&](std::string_view mark) { return mark.starts_with(bytes); };
  return (begins(kUtf8Mark) && bytes != kUtf8Mark) || bytes[0] == '\xFF' || bytes[0] == '\xFE' ||
         bytes[0] == '\0' || (bytes.size() > 1 && bytes[1] == '\0');
}

// Recognised by its mark, or by the zeros in ASCII text.
std::optional<std::string_view> wide_encoding(std::string_view bytes) {
  using namespace std::string_view_literals;
  const auto begins = [&](std::string_view mark) { return bytes.starts_with(mark); };
  if (begins("\xFF\xFE\0\0"sv) || begins("\0\0\xFE\xFF"sv)) return "UTF-32";
  if (begins("\xFF\xFE"sv) || begins("\xFE\xFF"sv)) return "UTF-16";
  if (bytes.size() < kLongestMark) return std::nullopt;
  const auto zero = [&](std::size_t i) { return bytes[i] == '\0'; };
  if (!zero(0) && zero(1) && zero(2) && zero(3)) return "UTF-32LE";
  if (zero(0) && zero(1) && zero(2) && !zero(3)) return "UTF-32BE";
  if (!zero(0) && zero(1) && !zero(2) && zero(3)) return "UTF-16LE";
  if (zero(0) && !zero(1) && zero(2) && !zero(3)) return "UTF-16BE";
  return std::nullopt;
}

Error wrong_encoding(std::string_view encoding, const std::string& name) {
  const std::string source = name == "stdin" ? "FILE" : command::quote(name);
  return {Code::kSyntax,
          fmt::format("the script is {}, and must be UTF-8 or plain bytes", encoding),
          fmt::format("iconv -f {} -t UTF-8 {} | kvstore ...", encoding, source)};
}

}  // namespace

ScriptInput::ScriptInput(file::Descriptor owned, int descriptor, std::string name)
    : owned_(std::move(owned)),
      descriptor_(descriptor),
      name_(std::move(name)),
      chunk_(std::make_unique_for_overwrite<char[]>(kChunk)) {
  // A larger pipe needs fewer reads; not every descriptor supports this.
  (void)::fcntl(descriptor_, F_SETPIPE_SZ, 4 * kChunk);
}

ScriptInput ScriptInput::standard_input() { return {file::Descriptor(), STDIN_FILENO, "stdin"}; }

std::optional<ScriptInput::Identity> ScriptInput::identity() const {
  struct stat info {};
  if (::fstat(descriptor_, &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return Identity(info.st_dev, info.st_ino);
}

Result<ScriptInput> ScriptInput::open(const std::string& path) {
  file::Descriptor owned(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!owned) return fail_errno(errno, "open script", path);
  struct stat info {};
  if (::fstat(owned.get(), &info) == 0 && S_ISDIR(info.st_mode)) {
    return fail(Code::kSyntax, fmt::format("cannot open script {}: it is a directory", path));
  }
  const int descriptor = owned.get();
  return ScriptInput(std::move(owned), descriptor, path);
}

// Blocks for the first bytes, then reads what else is available: a pipe returns little at a time,
// and with a fuller buffer more commands share a sync.
Status ScriptInput::fill() {
  do {
    const ssize_t got = ::read(descriptor_, chunk_.get() + size_, kChunk - size_);
    if (got < 0 && errno == EINTR && size_ == 0) {
      // Ctrl-C in the shell ends a script that waits for input.
      at_end_ = signals::interrupted();
      if (at_end_) break;
      continue;
    }
    if (got < 0 && size_ == 0) return fail_errno(errno, "read", name_);
    if (got == 0) at_end_ = true;
    if (got <= 0) break;
    size_ += static_cast<std::size_t>(got);
  } while (size_ == 0 || (!has_begun_ && may_begin_mark({chunk_.get(), size_})) ||
           (size_ < kChunk && is_readable_now(descriptor_)));
  return {};
}

Result<std::string_view> ScriptInput::peek() {
  if (!is_peeked_) {
    is_peeked_ = true;
    size_ = begin_ = 0;
    if (!at_end_) status_ = fill();
    if (!has_begun_) pass_mark();
  }
  if (!status_) return fail(status_.error());
  return std::string_view(chunk_.get() + begin_, size_ - begin_);
}

void ScriptInput::pass_mark() {
  has_begun_ = true;
  const std::string_view bytes(chunk_.get(), size_);
  if (bytes.starts_with(kUtf8Mark)) begin_ = kUtf8Mark.size();
  if (const auto wide = wide_encoding(bytes)) status_ = fail(wrong_encoding(*wide, name_));
}

Result<std::string_view> ScriptInput::read() {
  // A byte order mark alone is not the end.
  do {
    KV_ASSIGN(const std::string_view bytes, peek());
    is_peeked_ = false;
    if (!bytes.empty()) return bytes;
  } while (!at_end_);
  return std::string_view();
}

}  // namespace kvstore::repl
