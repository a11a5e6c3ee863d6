// A store in this process as the target: on an unnamed file that is removed with the process, or on
// a
// file that is kept.
#pragma once

#include <memory>
#include <string>

#include "src/bench/session.h"
#include "src/file/unnamed.h"
#include "src/store/store.h"

namespace kvstore::bench {

class StoreTarget final : public Target {
 public:
  // `path`: empty for an unnamed file in the directory for temporary files. Each prepare() makes
  // the file
  // anew; the last one is kept.
  StoreTarget(std::string path, SyncPolicy sync) : path_(std::move(path)), sync_(sync) {}

  Status prepare(std::size_t size) override;
  const Payload& payload() const override { return *payload_; }
  Result<std::unique_ptr<Session>> session(bool durable) override;
  Status settle() override { return store_->sync(); }
  Status clean(std::uint64_t) override;
  std::string description() const override;

 private:
  const std::string path_;
  const SyncPolicy sync_;
  std::unique_ptr<Payload> payload_;
  std::unique_ptr<file::UnnamedFile> unnamed_;  // outlives the store
  std::unique_ptr<Store> store_;
};

}  // namespace kvstore::bench
