#include "src/tls/context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <unistd.h>

#include <utility>

#include <fmt/core.h>

namespace kvstore::tls {
namespace {

using Handle = std::shared_ptr<ssl_ctx_st>;

tl::unexpected<Error> cannot_use(const std::string& what, const std::string& file,
                                 const std::string& hint) {
  // "system lib" with its errno: the file cannot be read.
  if (const unsigned long first = ERR_peek_error(); ERR_SYSTEM_ERROR(first)) {
    ERR_clear_error();
    auto error = fail_errno(ERR_GET_REASON(first), "use", fmt::format("{} as the {}", file, what));
    error.value().hint = hint;
    return error;
  }
  const std::string problem = take_problem();
  return fail(
      Code::kUsage,
      fmt::format("cannot use {} as the {}{}{}", file, what, problem.empty() ? "" : ": ", problem),
      hint);
}

Result<Handle> make(const SSL_METHOD* method) {
  ERR_clear_error();
  Handle context(SSL_CTX_new(method), SSL_CTX_free);
  if (context == nullptr) return fail(Code::kMemory, "there is not enough memory for TLS");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // A renegotiation in TLS 1.2 costs a server much more than its client.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Writes are repeated with bytes that may have moved; idle connections hold no buffers.
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  return context;
}

// An encrypted key must not prompt on a terminal, which a server lacks.
int no_passphrase(char*, int, int, void*) { return 0; }

Status load_identity(SSL_CTX* context, const std::string& certificate, const std::string& key) {
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return cannot_use("TLS certificate", certificate, "a file of PEM: -----BEGIN CERTIFICATE-----");
  }
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return cannot_use("TLS key", key, "the certificate's key in PEM, without a passphrase");
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    return cannot_use("TLS key", key, fmt::format("the key of {}", certificate));
  }
  return {};
}

Status load_ca(SSL_CTX* context, const std::string& ca) {
  if (SSL_CTX_load_verify_locations(context, ca.c_str(), nullptr) == 1) return {};
  return cannot_use("TLS CA", ca, "a PEM file of the certificates to trust");
}

}  // namespace

std::string take_problem() {
  std::string problem;
  while (const unsigned long number = ERR_get_error()) {
    const char* const reason = ERR_reason_error_string(number);
    const std::string text = reason != nullptr ? reason : fmt::format("error {:x}", number);
    // "PEM lib" only says which part of OpenSSL another error has come to.
    if (problem.empty() || !text.ends_with(" lib")) problem = text;
  }
  return problem;
}

Result<Context> Context::of_server(const ServerFiles& files) {
  KV_ASSIGN(Handle context, make(TLS_server_method()));
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  KV_TRY(load_identity(context.get(), files.certificate, files.key));
  if (!files.ca.empty()) {
    KV_TRY(load_ca(context.get(), files.ca));
    SSL_CTX_set_client_CA_list(context.get(), SSL_load_client_CA_file(files.ca.c_str()));
  }
  if (files.clients != ClientCertificates::kNone) {
    if (files.ca.empty()) {
      return fail(Code::kUsage, "--tls-clients wants certificates, and there is no CA that signs them",
                  "--tls-ca FILE");
    }
    const bool required = files.clients == ClientCertificates::kRequired;
    // A session that is resumed names what it was made for, where that has seen a certificate:
    // OpenSSL ends the connection of one that names nothing.
    static constexpr unsigned char kMadeFor[] = {'k', 'v', 's', 't', 'o', 'r', 'e'};
    SSL_CTX_set_session_id_context(context.get(), kMadeFor, sizeof kMadeFor);
    SSL_CTX_set_verify(context.get(),
                       SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  }
  return Context(std::move(context));
}

Result<Context> Context::of_client(const ClientFiles& files) {
  KV_ASSIGN(Handle context, make(TLS_client_method()));
  if (!files.certificate.empty() || !files.key.empty()) {
    const std::string& key = files.key.empty() ? files.certificate : files.key;
    KV_TRY(load_identity(context.get(), files.certificate, key));
  }
  if (files.checks_server) {
    if (files.ca.empty())
      SSL_CTX_set_default_verify_paths(context.get());
    else
      KV_TRY(load_ca(context.get(), files.ca));
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  }
  Context made(std::move(context));
  made.checks_server_ = files.checks_server;
  return made;
}

}  // namespace kvstore::tls
