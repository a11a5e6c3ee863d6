// A server as the target: each client has a connection. The keys have a unique prefix, and are
// removed
// at the end.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "src/bench/session.h"
#include "src/client/address.h"
#include "src/wire/reply_parser.h"

namespace kvstore::bench {

class ServerTarget final : public Target {
 public:
  ServerTarget(client::Address address, client::Credentials credentials, wire::Protocol protocol);

  // Whether the server accepts these credentials and this protocol. kNetwork, kNoAuth, kWrongPass,
  // with
  // messages for a command line.
  Status check() const;
  Status prepare(std::size_t size) override;
  const Payload& payload() const override { return *payload_; }
  Result<std::unique_ptr<Session>> session(bool durable) override;
  Status settle() override { return {}; }
  Status clean(std::uint64_t keys) override;
  std::string description() const override;

 private:
  const client::Address address_;
  const client::Credentials credentials_;
  const wire::Protocol protocol_;
  const std::string run_;
  std::uint64_t places_ = 0;
  std::unique_ptr<Payload> payload_;
};

}  // namespace kvstore::bench
