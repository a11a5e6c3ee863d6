// An Edit that reports its events. It determines only those events that follow from the kind of
// change; the command passes the others.
#pragma once

#include "src/command/data.h"

namespace kvstore::command {

class NotingEdit final : public Edit {
 public:
  // Both must outlive this.
  NotingEdit(Edit& edit, WriteNotice& notice) : edit_(edit), notice_(notice) {}

  Result<bool> get(std::string_view key, std::string* value) override {
    return edit_.get(key, value);
  }
  Result<std::optional<KeyInfo>> stat(std::string_view key) override { return edit_.stat(key); }
  Result<std::optional<SortedSet>> sorted_set(std::string_view key) override {
    return edit_.sorted_set(key);
  }
  bool has_set_to_read(std::string_view key) override { return edit_.has_set_to_read(key); }
  Status set(std::string_view key, std::string_view value, std::uint64_t expires_at_ms) override;
  Status change(std::string_view key, std::string_view value, std::uint64_t expires_at_ms,
                KeyEvent event) override;
  Status change_held(std::string_view key, std::string_view value, std::uint64_t expires_at_ms,
                     KeyEvent event) override;
  Status remove(std::string_view key) override;
  Status expire(std::string_view key, std::uint64_t expires_at_ms) override;
  Result<bool> copy(std::string_view from, std::string_view to,
                    const TakeMemory& take_memory) override;
  Result<bool> rename(std::string_view from, std::string_view to,
                      const TakeMemory& take_memory) override;
  Status change_sorted_set(std::string_view key, std::span<const MemberChange> changes,
                           KeyEvent event) override;
  Status set_sorted_set(std::string_view key, const SortedSet& set, KeyEvent event) override;

 private:
  bool is_there(std::string_view key);
  void note_if_new(std::string_view key);

  Edit& edit_;
  WriteNotice& notice_;
};

}  // namespace kvstore::command
