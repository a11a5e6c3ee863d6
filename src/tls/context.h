// The shared configuration of one side's TLS connections: certificates, keys, trusted CAs,
// versions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "src/base/status.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace kvstore::tls {

enum class ClientCertificates : std::uint8_t { kNone, kOptional, kRequired };

// Names of PEM files; empty: none.
struct ServerFiles {
  std::string certificate;  // with the intermediate certificates
  std::string key;
  std::string ca;  // CAs of clients' certificates
  ClientCertificates clients = ClientCertificates::kNone;
};

struct ClientFiles {
  std::string ca;  // empty: those trusted by the system
  std::string certificate;
  std::string key;
  bool checks_server = true;  // verifies its certificate and its name
};

// A handle: copies are the same context. Immutable; any thread.
class Context {
 public:
  // TLS 1.2 or newer. kNotFound, kPermission, kIo: a file cannot be read. kUsage: a file cannot be
  // used, with the reason: it is not PEM, the key does not match, or client certificates are
  // required but there is no CA.
  static Result<Context> of_server(const ServerFiles& files);
  static Result<Context> of_client(const ClientFiles& files);

  ssl_ctx_st* get() const { return context_.get(); }
  bool checks_server() const { return checks_server_; }

 private:
  explicit Context(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}
  std::shared_ptr<ssl_ctx_st> context_;
  bool checks_server_ = true;
};

// OpenSSL's description of this thread's last failure; empty: none. Clears it.
std::string take_problem();

}  // namespace kvstore::tls
