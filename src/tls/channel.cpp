#include "src/tls/channel.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <system_error>

namespace kvstore::tls {
namespace {

// OpenSSL's own socket BIO would raise SIGPIPE, and block on a blocking socket.
Channel& channel_of(BIO* bio) { return *static_cast<Channel*>(BIO_get_data(bio)); }

int socket_flags(const Channel& channel) {
  return MSG_NOSIGNAL | (channel.may_wait() ? 0 : MSG_DONTWAIT);
}

bool is_blocked(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

int receive(BIO* bio, char* bytes, int size) {
  Channel& channel = channel_of(bio);
  BIO_clear_retry_flags(bio);
  ssize_t got;
  do {
    got = ::recv(channel.socket(), bytes, static_cast<std::size_t>(size), socket_flags(channel));
  } while (got < 0 && errno == EINTR && !channel.may_wait());
  if (got > 0) channel.note_received(bytes, static_cast<std::size_t>(got));
  if (got < 0 && is_blocked(errno)) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

int send(BIO* bio, const char* bytes, int size) {
  const Channel& channel = channel_of(bio);
  BIO_clear_retry_flags(bio);
  ssize_t sent;
  do {
    sent = ::send(channel.socket(), bytes, static_cast<std::size_t>(size), socket_flags(channel));
  } while (sent < 0 && errno == EINTR && !channel.may_wait());
  if (sent < 0 && is_blocked(errno)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

int created(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (made == nullptr) return made;
    BIO_meth_set_read(made, receive);
    BIO_meth_set_write(made, send);
    BIO_meth_set_ctrl(made, control);
    BIO_meth_set_create(made, created);
    return made;
  }();
  return method;
}

bool is_address(const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

// The server's certificate must have this name, which is also sent to it (SNI).
bool expect_host(SSL* ssl, const std::string& host) {
  if (is_address(host))
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

std::string verify_problem(SSL* ssl) {
  const long verified = SSL_get_verify_result(ssl);
  return verified == X509_V_OK ? "" : X509_verify_cert_error_string(verified);
}

}  // namespace

std::unique_ptr<Channel> Channel::make(const Context& context, int socket) {
  std::unique_ptr<Channel> channel(new Channel(socket));
  channel->ssl_ = SSL_new(context.get());
  BIO* const bio = socket_method() != nullptr ? BIO_new(socket_method()) : nullptr;
  if (channel->ssl_ == nullptr || bio == nullptr) {
    BIO_free(bio);
    return nullptr;
  }
  BIO_set_data(bio, channel.get());
  SSL_set_bio(channel->ssl_, bio, bio);
  channel->read_events_ = POLLIN;
  channel->write_events_ = POLLOUT;
  return channel;
}

std::unique_ptr<Channel> Channel::accept(const Context& context, int socket) {
  auto channel = make(context, socket);
  if (channel != nullptr) SSL_set_accept_state(channel->ssl_);
  return channel;
}

std::unique_ptr<Channel> Channel::connect(const Context& context, int socket,
                                          const std::string& host) {
  auto channel = make(context, socket);
  if (channel == nullptr) return nullptr;
  SSL_set_connect_state(channel->ssl_);
  if (context.checks_server() && !expect_host(channel->ssl_, host)) return nullptr;
  return channel;
}

Channel::~Channel() { SSL_free(ssl_); }

// A TLS record begins with its type: the first one is a handshake or an alert.
void Channel::note_received(const char* bytes, std::size_t) {
  constexpr char kHandshake = 0x16, kAlert = 0x15;
  if (has_received_) return;
  has_received_ = true;
  met_plain_text_ = bytes[0] != kHandshake && bytes[0] != kAlert;
}

// The result after an error of `result`; *events is set to what would let the call continue.
Channel::Result Channel::failed(int result, short* events) {
  const int system = errno;
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      *events = POLLIN;
      return Result::kBlocked;
    case SSL_ERROR_WANT_WRITE:
      *events = POLLOUT;
      return Result::kBlocked;
    case SSL_ERROR_ZERO_RETURN:
      return Result::kEnd;
    case SSL_ERROR_SYSCALL:
      is_broken_ = true;
      if (result < 0 && system != 0 && system != ECONNRESET && system != EPIPE) {
        problem_ = std::generic_category().message(system);
      }
      return Result::kBroken;
    default:
      is_broken_ = true;
      problem_ = verify_problem(ssl_);
      if (const std::string reason = take_problem(); problem_.empty()) problem_ = reason;
      return Result::kBroken;
  }
}

Channel::Moved Channel::read(char* bytes, std::size_t size, bool waits) {
  if (is_broken_) return {};
  ERR_clear_error();
  may_wait_ = waits;
  const int got = SSL_read(ssl_, bytes, static_cast<int>(std::min<std::size_t>(size, INT_MAX)));
  may_wait_ = false;
  if (got > 0) {
    read_events_ = POLLIN;
    return {Result::kDone, static_cast<std::size_t>(got)};
  }
  return {failed(got, &read_events_), 0};
}

Channel::Moved Channel::write(std::string_view bytes) {
  if (is_broken_) return {};
  if (bytes.empty()) return {Result::kBlocked, 0};
  ERR_clear_error();
  const int sent =
      SSL_write(ssl_, bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX)));
  if (sent > 0) {
    write_events_ = POLLOUT;
    return {Result::kDone, static_cast<std::size_t>(sent)};
  }
  const Result why = failed(sent, &write_events_);
  return {why == Result::kEnd ? Result::kBroken : why, 0};
}

Channel::Result Channel::shake_hands() {
  if (is_broken_) return Result::kBroken;
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_);
  if (done == 1) {
    read_events_ = POLLIN;
    write_events_ = POLLOUT;
    return Result::kDone;
  }
  const Result why = failed(done, &read_events_);
  return why == Result::kEnd ? Result::kBroken : why;
}

void Channel::finish_writing() {
  if (is_broken_ || !is_established()) return;
  ERR_clear_error();
  (void)SSL_shutdown(ssl_);
}

bool Channel::is_established() const { return SSL_is_init_finished(ssl_) == 1; }
bool Channel::has_buffered() const { return SSL_has_pending(ssl_) == 1 && SSL_pending(ssl_) > 0; }
std::string Channel::version() const { return SSL_get_version(ssl_); }

}  // namespace kvstore::tls
