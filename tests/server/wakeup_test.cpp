#include "server/wakeup.h"

#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include <doctest/doctest.h>

using namespace kvstore;
using namespace kvstore::server;

namespace {

struct SocketPair {
  SocketPair() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    ours = file::Descriptor(ends[0]);
    theirs = file::Descriptor(ends[1]);
  }
  file::Descriptor ours, theirs;
};

// Each wake-up is answered before the next one is sent: one that is lost would be
// waited for in vain.
void wake_again_and_again(const std::function<void(Wakeup&, int)>& wait) {
  install_wakeup_signal();
  constexpr int kTimes = 20'000;
  SocketPair pair;
  Wakeup wakeup;
  std::atomic<int> sent{0}, seen{0};
  std::thread waiter([&] {
    wakeup.attach(pair.ours.get());
    while (seen.load() < kTimes) {
      wait(wakeup, pair.ours.get());
      seen.store(sent.load());
    }
    wakeup.detach();
  });
  const auto limit = Clock::now() + std::chrono::seconds(60);
  for (int i = 1; i <= kTimes; ++i) {
    sent.store(i);
    wakeup.wake();
    while (seen.load() < i && Clock::now() < limit) std::this_thread::yield();
    if (seen.load() < i) break;
  }
  CHECK(seen.load() == kTimes);
  ::shutdown(pair.theirs.get(), SHUT_RDWR);
  sent.store(kTimes);
  waiter.join();
}

}  // namespace

TEST_CASE("no wake-up is lost by a thread that is about to wait") {
  wake_again_and_again([](Wakeup& wakeup, int) { (void)wakeup.wait(POLLIN, std::nullopt); });
}

// ThreadSanitizer keeps a signal until the thread's next system call, which is that read.
#ifndef __SANITIZE_THREAD__
TEST_CASE("no wake-up is lost by a thread that is about to block in a read") {
  wake_again_and_again([](Wakeup& wakeup, int descriptor) {
    char byte;
    const auto transport = plain_transport(file::Descriptor(::dup(descriptor)));
    (void)wakeup.read(*transport, &byte, 1);
  });
}
#endif

TEST_CASE("a wake-up that comes first ends the next wait, once") {
  install_wakeup_signal();
  SocketPair pair;
  Wakeup wakeup;
  wakeup.wake();
  wakeup.attach(pair.ours.get());
  const auto soon = [] { return Clock::now() + std::chrono::milliseconds(1); };
  CHECK(wakeup.wait(POLLIN, std::nullopt) == Wakeup::Event::kWoken);
  CHECK(wakeup.wait(POLLIN, soon()) == Wakeup::Event::kTimeout);
  CHECK(wakeup.wait(POLLOUT, std::nullopt) == Wakeup::Event::kReady);
  REQUIRE(::send(pair.theirs.get(), "x", 1, 0) == 1);
  CHECK(wakeup.wait(POLLIN, std::nullopt) == Wakeup::Event::kReady);
  wakeup.wake();
  const auto transport = plain_transport(std::move(pair.ours));
  char byte = 0;
  CHECK(wakeup.read(*transport, &byte, 1).is_blocked());
  CHECK(wakeup.read(*transport, &byte, 1).is_done());
  CHECK(byte == 'x');
  wakeup.detach();
  wakeup.wake();  // nobody waits any more: nothing
}
