#include "src/command/numbers.h"

#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>

namespace kvstore::command {
namespace {

template <class T>
std::optional<T> parse_whole(std::string_view text) {
  T number{};
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stopped != end) return {};
  return number;
}

constexpr std::size_t kLongestReal = 5120;  // more digits than any number has

bool is_no_real(std::string_view text) {
  return text.empty() || text.size() >= kLongestReal ||
         std::isspace(static_cast<unsigned char>(text.front())) != 0 ||
         text.find('\0') != text.npos;
}

bool is_beyond_type(long double number) {
  return errno == ERANGE && (std::isinf(number) || number == 0);
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  return parse_whole<std::int64_t>(text);
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text) {
  return parse_whole<std::uint64_t>(text);
}

std::optional<std::int64_t> parse_protocol_count(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.starts_with('0') && text != "0") return {};
  return parse_integer(text);
}

std::optional<double> parse_real(std::string_view text) {
  double number = 0;
  const char* const last = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), last, number);
  if (error == std::errc{} && stopped == last && std::isfinite(number)) [[likely]]
    return number;
  // Other notations: "+1", "0x10", "infinity".
  if (is_no_real(text)) return {};
  const std::string word(text);
  char* end = nullptr;
  errno = 0;
  number = std::strtod(word.c_str(), &end);
  const bool is_whole = end == word.c_str() + word.size();
  if (!is_whole || is_beyond_type(number) || std::isnan(number)) return {};
  return number;
}

std::optional<long double> parse_long_real(std::string_view text) {
  if (is_no_real(text)) return {};
  const std::string word(text);
  char* end = nullptr;
  errno = 0;
  const long double number = std::strtold(word.c_str(), &end);
  const bool is_whole = end == word.c_str() + word.size();
  if (!is_whole || is_beyond_type(number) || std::isnan(number)) return {};
  return number;
}

std::string real_text(double number) { return fmt::format("{}", number); }

std::string redis_real_text(double number) { return fmt::format("{:.17g}", number); }

}  // namespace kvstore::command
