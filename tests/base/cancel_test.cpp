#include "src/base/cancel.h"

#include <thread>

#include <doctest/doctest.h>

using namespace kvstore;

TEST_CASE("only the thread that has said whom to ask is cancelled, while the scope lives") {
  CHECK_FALSE(is_cancelled());
  {
    const CancelScope outer([] { return true; });
    CHECK(is_cancelled());
    {
      const CancelScope inner([] { return false; });
      CHECK_FALSE(is_cancelled());
    }
    {
      const CancelScope to_its_end(nullptr);
      CHECK_FALSE(is_cancelled());
    }
    CHECK(is_cancelled());
    CHECK_THROWS_AS(leave_if_cancelled(), Cancelled);
    bool other = true;
    std::thread([&] { other = is_cancelled(); }).join();
    CHECK_FALSE(other);
  }
  CHECK_FALSE(is_cancelled());
  CHECK(cancelled().value().code == Code::kSkipped);
}
