#include "src/command/noting_edit.h"

#include <new>

namespace kvstore::command {

// Only what is told depends on it: a key that cannot be read is taken to be there.
bool NotingEdit::is_there(std::string_view key) {
  try {
    const auto info = edit_.stat(key);
    return !info || info->has_value();
  } catch (const std::bad_alloc&) {
    return true;
  }
}

// Call it before the write.
void NotingEdit::note_if_new(std::string_view key) {
  if (notice_.wants_new_keys() && !is_there(key)) notice_.made(key);
}

Status NotingEdit::set(std::string_view key, std::string_view value, std::uint64_t expires_at_ms) {
  note_if_new(key);
  KV_TRY(edit_.set(key, value, expires_at_ms));
  notice_.set(key, expires_at_ms);
  return {};
}

Status NotingEdit::change(std::string_view key, std::string_view value, std::uint64_t expires_at_ms,
                          KeyEvent event) {
  note_if_new(key);
  KV_TRY(edit_.change(key, value, expires_at_ms, event));
  notice_.changed(key, event, expires_at_ms);
  return {};
}

Status NotingEdit::change_held(std::string_view key, std::string_view value,
                               std::uint64_t expires_at_ms, KeyEvent event) {
  note_if_new(key);
  KV_TRY(edit_.change_held(key, value, expires_at_ms, event));
  notice_.changed(key, event, expires_at_ms);
  return {};
}

Status NotingEdit::remove(std::string_view key) {
  const bool was_there = is_there(key);
  KV_TRY(edit_.remove(key));
  if (was_there) notice_.removed(key);
  return {};
}

Status NotingEdit::expire(std::string_view key, std::uint64_t expires_at_ms) {
  KV_TRY(edit_.expire(key, expires_at_ms));
  notice_.changed(key, expires_at_ms == 0 ? key_event::kPersist : key_event::kExpire,
                  expires_at_ms);
  return {};
}

// The former value of the target is replaced without an event, as in Redis, so the target counts as
// new.
Result<bool> NotingEdit::copy(std::string_view from, std::string_view to,
                              const TakeMemory& take_memory) {
  KV_ASSIGN(const auto info, edit_.stat(from));
  KV_ASSIGN(const bool is_done, edit_.copy(from, to, take_memory));
  if (!is_done) return false;
  notice_.made(to);
  notice_.changed(to, key_event::kCopyTo, info ? info->expires_at_ms : 0);
  return true;
}

Result<bool> NotingEdit::rename(std::string_view from, std::string_view to,
                                const TakeMemory& take_memory) {
  KV_ASSIGN(const auto info, edit_.stat(from));
  KV_ASSIGN(const bool is_done, edit_.rename(from, to, take_memory));
  if (!is_done) return false;
  notice_.made(to);
  notice_.changed(from, key_event::kRenameFrom, 0);
  notice_.changed(to, key_event::kRenameTo, info ? info->expires_at_ms : 0);
  return true;
}

Status NotingEdit::change_sorted_set(std::string_view key, std::span<const MemberChange> changes,
                                     KeyEvent event) {
  note_if_new(key);
  KV_TRY(edit_.change_sorted_set(key, changes, event));
  notice_.changed(key, event, std::nullopt);
  if (!is_there(key)) notice_.removed(key);
  return {};
}

Status NotingEdit::set_sorted_set(std::string_view key, const SortedSet& set, KeyEvent event) {
  const bool was_there = is_there(key);
  if (!was_there && set.size() > 0) note_if_new(key);
  KV_TRY(edit_.set_sorted_set(key, set, event));
  if (set.size() > 0)
    notice_.changed(key, event, 0);
  else if (was_there)
    notice_.removed(key);
  return {};
}

}  // namespace kvstore::command
