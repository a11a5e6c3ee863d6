// The backend for a store in this process, which must outlive it.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "repl/backend.h"
#include "src/command/session.h"

namespace kvstore::repl {

class LocalBackend final : public Backend {
 public:
  // Opens another store and closes the former one. The result must be valid until the next call, or
  // outlive the backend. After an error the former one is still open.
  using Open = std::function<Result<Store*>(const std::string& path)>;
  // waits_for_scrub: see command::Session::Info.
  explicit LocalBackend(Store& store, Open open = {}, bool waits_for_scrub = false)
      : session_(std::in_place, store, session_info(waits_for_scrub)),
        open_(std::move(open)),
        waits_for_scrub_(waits_for_scrub) {}

  bool submit(command::Args argv) override;
  std::size_t held_bytes() const override { return held_bytes_; }
  Status finish_pending(const Take& take) override;
  Status follow(command::Args argv, const TakeMore& take) override;
  Status stop_at_error(bool) override { return {}; }  // submit() itself tells in time
  bool in_transaction() const override { return session_->in_transaction(); }
  bool exiting() const override { return session_->exiting(); }
  std::vector<std::string> complete_keys(std::string_view prefix, std::size_t limit) override;
  std::string path() const override;
  Status open_file(const std::string& path) override;
  Store* local_store() override { return &store(); }
  std::string banner() override;
  std::string name() const override;

 private:
  static command::Session::Info session_info(bool waits_for_scrub);
  Store& store() const;

  mutable std::optional<command::Session> session_;  // always has a value
  Open open_;
  const bool waits_for_scrub_;
  std::vector<command::Reply> replies_;
  std::size_t held_bytes_ = 0;
};

}  // namespace kvstore::repl
