#include "src/base/reclamation.h"

#include <atomic>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using kvstore::ReclamationEpochs;

TEST_CASE("what is retired is freed at once if nobody reads") {
  ReclamationEpochs epochs;
  int freed = 0;
  for (int i = 1; i <= 5; ++i) {
    epochs.retire({[&freed] { ++freed; }});
    CHECK(freed == i);
  }
}

TEST_CASE("what a reader may still see is freed only when it has left") {
  ReclamationEpochs epochs;
  int freed = 0;
  {
    ReclamationEpochs::Guard outer(epochs);
    {
      ReclamationEpochs::Guard nested(epochs);
      epochs.retire({[&freed] { ++freed; }});
    }
    epochs.collect();
    // A reader that came later does not keep it, and the first one does.
    ReclamationEpochs::Guard later(epochs);
    epochs.retire({[&freed] { freed += 10; }});
    epochs.collect();
    CHECK(freed == 0);
  }
  epochs.collect();
  epochs.collect();
  CHECK(freed == 11);
}

TEST_CASE("nothing is left behind when the epochs end") {
  int freed = 0;
  {
    ReclamationEpochs epochs;
    ReclamationEpochs::Guard guard(epochs);
    epochs.retire({[&freed] { ++freed; }});
    epochs.retire({[&freed] { ++freed; }});
    CHECK(freed == 0);
  }
  CHECK(freed == 2);
}

TEST_CASE("readers beside a writer never see what was freed") {
  ReclamationEpochs epochs;
  std::atomic<std::uint64_t*> shared{new std::uint64_t(1)};
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      while (!stop) {
        ReclamationEpochs::Guard guard(epochs);
        const std::uint64_t* value = shared.load(std::memory_order_acquire);
        wrong += *value == 0;
      }
    });
  }
  for (std::uint64_t i = 2; i < 50'000; ++i) {
    std::uint64_t* old = shared.exchange(new std::uint64_t(i), std::memory_order_acq_rel);
    epochs.retire({[old] {
      *old = 0;
      delete old;
    }});
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  delete shared.load();
  CHECK(wrong == 0);
}
