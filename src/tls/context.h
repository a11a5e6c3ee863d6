// What TLS connections of one side share: certificates, keys, whom to trust, which versions.
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
  std::string certificate;  // and those between it and the root
  std::string key;
  std::string ca;  // who may have signed the certificates of clients
  ClientCertificates clients = ClientCertificates::kNone;
};

struct ClientFiles {
  std::string ca;  // empty: whom the system trusts
  std::string certificate;
  std::string key;
  bool checks_server = true;  // its certificate, and its name
};

// A handle: copies are the same. Immutable, so from any thread.
class Context {
 public:
  // TLS 1.2 or newer. kNotFound, kPermission, kIo: a file cannot be read. kUsage: which one cannot
  // be used, and why: it is no PEM, its key is another's, certificates of clients are wanted and
  // nobody's signature is trusted.
  static Result<Context> of_server(const ServerFiles& files);
  static Result<Context> of_client(const ClientFiles& files);

  ssl_ctx_st* get() const { return context_.get(); }
  bool checks_server() const { return checks_server_; }

 private:
  explicit Context(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}
  std::shared_ptr<ssl_ctx_st> context_;
  bool checks_server_ = true;
};

// What OpenSSL has to say of this thread's last failure; empty: nothing. Forgets it.
std::string take_problem();

}  // namespace kvstore::tls
