// A store in this process: on a file that has no name and is gone with the process, or on one
// that is kept.
#pragma once

#include <memory>
#include <string>

#include "src/bench/session.h"
#include "src/file/unnamed.h"
#include "src/store/store.h"

namespace kvstore::bench {

class StoreTarget final : public Target {
 public:
  // `path`: empty for a file without a name, in the directory for temporary files. Each
  // prepare() makes the file anew; the one that is there in the end stays.
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
