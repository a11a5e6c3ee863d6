// The terminal as an output: an answer longer than the screen goes through a
// pager ($KVSTORE_PAGER, $PAGER, else `less -FRXK` if there is one).
#pragma once

#include <sys/types.h>

#include "repl/output.h"

namespace kvstore::repl {

class Screen final : public Output {
 public:
  // Without `paging` everything is written straight to the descriptor.
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
  bool decided_ = false;  // within one answer
  pid_t pager_ = -1;
  int pipe_ = -1;
};

}  // namespace kvstore::repl
