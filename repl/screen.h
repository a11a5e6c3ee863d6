// A terminal as the output: a reply longer than the screen is shown by a pager ($KVSTORE_PAGER,
// $PAGER, or `less -FRXK` if it exists).
#pragma once

#include <sys/types.h>

#include "repl/output.h"

namespace kvstore::repl {

class Screen final : public Output {
 public:
  // Without `paging` everything is written directly to the descriptor.
  Screen(int descriptor, bool paging) : Output(descriptor), paging_(paging) {}
  ~Screen() override { finish(); }

  void set_paging(bool paging) override { paging_ = paging; }
  bool paging() const override { return paging_; }

 private:
  void put(std::string_view bytes) override;
  void end() override;
  bool open_pager();
  bool is_long(std::string_view bytes) const;

  bool paging_;
  bool decided_ = false;  // within one reply
  pid_t pager_ = -1;
  int pipe_ = -1;
};

}  // namespace kvstore::repl
