// A store in this process. It must outlive the backend.
#pragma once

#include <vector>

#include "repl/backend.h"
#include "src/command/session.h"

namespace kvstore::repl {

class LocalBackend final : public Backend {
 public:
  explicit LocalBackend(Store& store) : session_(store) {}

  bool submit(command::Args argv) override;
  std::size_t held_bytes() const override { return held_bytes_; }
  Status settle(const Take& take) override;
  Status stop_at_error(bool) override { return {}; }  // submit() tells in time
  bool exiting() const override { return session_.exiting(); }
  std::vector<std::string> complete_keys(std::string_view prefix, std::size_t limit) override;
  std::string banner() override;
  std::string name() const override;

 private:
  command::Session session_;
  std::vector<command::Reply> replies_;
  std::size_t held_bytes_ = 0;
};

}  // namespace kvstore::repl
