// The least a server with a blocking thread for each connection can do: it answers every RESP
// request with +OK, and looks at nothing but the asterisks that begin them. What it serves is the
// most that threads give on this machine; bench/redis.py measures it beside kvstore and Redis.
//
//   echo_server PORT        on 127.0.0.1, until it is killed
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

namespace {

void serve(int client) {
  std::array<char, 65536> requests;
  std::string replies;
  ssize_t size;
  while ((size = recv(client, requests.data(), requests.size(), 0)) > 0) {
    replies.clear();
    for (const char byte : std::string_view(requests.data(), static_cast<std::size_t>(size))) {
      if (byte == '*') replies += "+OK\r\n";
    }
    if (send(client, replies.data(), replies.size(), MSG_NOSIGNAL) < 0) break;
  }
  close(client);
}

int listen_on(const char* port) {
  const int server = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::strtoul(port, nullptr, 10)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(server, 1024) != 0) {
    std::perror("echo_server");
    std::exit(1);
  }
  return server;
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::fputs("usage: echo_server PORT\n", stderr);
    return 2;
  }
  const int server = listen_on(words[1]), on = 1;
  for (;;) {
    const int client = accept(server, nullptr, nullptr);
    if (client < 0) return 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::thread(serve, client).detach();
  }
}
