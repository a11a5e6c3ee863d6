#include <charconv>

#include <fmt/core.h>

#include "src/store/store.h"

namespace kvstore {

Result<SyncPolicy> SyncPolicy::parse(std::string_view text) {
  if (text == "always") return always();
  if (text == "none") return none();
  std::uint32_t ms = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error != std::errc() || ms == 0 || unit != "ms") {
    return fail(Code::kUsage, fmt::format("unknown sync policy '{}'", text),
                "--sync always, --sync none, or an interval such as --sync 100ms");
  }
  return every_ms(ms);
}

std::string SyncPolicy::to_string() const {
  switch (mode) {
    case Mode::kAlways:
      return "always";
    case Mode::kNone:
      return "none";
    case Mode::kInterval:
      return fmt::format("{}ms", interval_ms);
  }
  return {};
}

std::string OpenReport::to_string() const {
  switch (how) {
    case How::kAbsent:
      return "no file yet: the first write creates it";
    case How::kCreated:
      return "created";
    case How::kClean:
      return "closed cleanly the last time";
    case How::kReadOnly:
      return "opened for reading only";
    case How::kRecovered:
      break;
    case How::kDamaged: {
      std::string text = "DAMAGED, writes are refused:";
      for (std::size_t i = 0; i < damage.size() && i < 3; ++i) {
        text += fmt::format("{} bytes {} to {}: {}", i ? ";" : "", damage[i].begin, damage[i].end,
                            damage[i].reason);
      }
      if (damage.size() > 3) text += fmt::format("; and {} more ranges", damage.size() - 3);
      return text;
    }
  }
  if (was_closed && cut_size == 0) return "recovered: zeros after its end were cut";
  if (was_closed) {
    return fmt::format(
        "recovered: it ended in bytes that are not a record: {} bytes at offset {} were "
        "cut and kept in {}",
        cut_size, cut_offset, cut_saved_as);
  }
  if (cut_size == 0) return "recovered: it was not closed cleanly, and nothing was lost";
  return fmt::format(
      "recovered: it was not closed cleanly; {} unfinished bytes at offset {}, never "
      "acknowledged, were cut and kept in {}",
      cut_size, cut_offset, cut_saved_as);
}

}  // namespace kvstore
