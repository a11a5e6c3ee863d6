// The store's figures: one thread unsynced, sixteen threads synced, reopening,
// and memory. `make bench-store` runs it; bench/RESULTS.md holds what it said.
//
// Files live in $KVSTORE_BENCH_DIR (default: the working directory), because
// what is measured includes the file system.

#include <benchmark/benchmark.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "bench/warm_memory.h"
#include "src/file/file_system.h"
#include "src/store/store.h"

namespace {

using kvstore::Options;
using kvstore::Store;
using kvstore::SyncPolicy;

std::string bench_path() {
  const char* directory = std::getenv("KVSTORE_BENCH_DIR");
  return fmt::format("{}/kvstore-bench-{}.bin", directory ? directory : ".", ::getpid());
}

// A store on a file of its own, removed at the end.
class Scratch {
 public:
  explicit Scratch(SyncPolicy sync) : path_(bench_path()) {
    ::unlink(path_.c_str());
    if (!std::getenv("KVSTORE_BENCH_NO_WARMUP")) bench::warm_memory(std::size_t{1536} << 20);
    options_.sync = sync;
    reopen();
  }
  ~Scratch() {
    store_.reset();
    ::unlink(path_.c_str());
  }
  void close() { store_.reset(); }
  void reopen() {
    auto opened = Store::open(path_, options_);
    if (!opened) {
      std::fprintf(stderr, "bench: %s\n", opened.error().message.c_str());
      std::exit(1);
    }
    store_ = std::move(*opened);
  }
  Store& store() { return *store_; }

 private:
  std::string path_;
  Options options_;
  std::unique_ptr<Store> store_;
};

// Keys of 16 bytes without formatting them in the loop.
class Key {
 public:
  std::string_view operator()(std::uint64_t number) {
    for (int i = 15; i >= 4; --i, number /= 10) text_[i] = static_cast<char>('0' + number % 10);
    return {text_, sizeof text_};
  }

 private:
  char text_[16] = {'k', 'e', 'y', ':'};
};

std::string random_bytes(std::size_t size) {
  std::mt19937_64 random(size);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

template <class T>
void must(const T& result) {
  if (result) return;
  std::fprintf(stderr, "bench: %s\n", result.error().message.c_str());
  std::exit(1);
}

std::uint64_t anonymous_kib() {
  std::FILE* status = std::fopen("/proc/self/status", "r");
  char line[256];
  unsigned long kib = 0;
  while (status && std::fgets(line, sizeof line, status)) {
    if (std::sscanf(line, "RssAnon: %lu", &kib) == 1) break;
  }
  if (status) std::fclose(status);
  return kib;
}

constexpr std::uint64_t kKeys = 1'000'000;

void set_100(benchmark::State& state) {
  Scratch scratch(SyncPolicy::none());
  Key key;
  const std::string value = random_bytes(100);
  std::uint64_t i = 0;
  for (auto _ : state) must(scratch.store().set(key(i++ % kKeys), value));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(set_100)->Iterations(2'000'000)->Name("SET/100B");

void get_100(benchmark::State& state) {
  Scratch scratch(SyncPolicy::none());
  Key key;
  const std::string value = random_bytes(100);
  const auto keys = static_cast<std::uint64_t>(state.range(0));
  for (std::uint64_t i = 0; i < keys; ++i) must(scratch.store().set(key(i), value));
  std::string out;
  std::minstd_rand random(1);
  for (auto _ : state) must(scratch.store().get(key(random() % keys), &out));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(get_100)->Arg(kKeys)->Iterations(3'000'000)->Name("GET/100B/random_of");
BENCHMARK(get_100)->Arg(50'000)->Iterations(3'000'000)->Name("GET/100B/random_of");

void append(benchmark::State& state) {
  Scratch scratch(SyncPolicy::none());
  Key key;
  const std::string value = random_bytes(static_cast<std::size_t>(state.range(0)));
  std::uint64_t i = 0;
  for (auto _ : state) must(scratch.store().append(key(i++ % 1000), value));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}
BENCHMARK(append)->Arg(100)->Iterations(3'000'000)->Name("APPEND/1000_keys");
BENCHMARK(append)->Arg(4096)->Iterations(200'000)->Name("APPEND/1000_keys");

// Values of 100 KB built from 100-byte appends, 1000 of them, interleaved.
void read_256_of_appends(benchmark::State& state) {
  Scratch scratch(SyncPolicy::none());
  Key key;
  const std::string piece = random_bytes(100);
  for (int round = 0; round < 1000; ++round) {
    for (std::uint64_t i = 0; i < 1000; ++i) must(scratch.store().append(key(i), piece));
  }
  std::string out;
  std::minstd_rand random(1);
  for (auto _ : state) {
    const auto offset = static_cast<std::int64_t>(random() % (100'000 - 256));
    must(scratch.store().read(key(random() % 1000), offset, 256, &out));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(read_256_of_appends)->Iterations(2'000'000)->Name("READ/256B_of_100KB_appends");

void read_256_of_large(benchmark::State& state) {
  Scratch scratch(SyncPolicy::none());
  const std::string value = random_bytes(std::size_t{256} << 20);
  must(scratch.store().set("large", value));
  std::string out;
  std::minstd_rand random(1);
  for (auto _ : state) {
    const auto offset = static_cast<std::int64_t>(random() % (value.size() - 256));
    must(scratch.store().read("large", offset, 256, &out));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(read_256_of_large)->Iterations(2'000'000)->Name("READ/256B_of_256MiB");

void reopen_1m(benchmark::State& state) {
  Scratch scratch(SyncPolicy::none());
  Key key;
  const std::string value = random_bytes(100);
  for (std::uint64_t i = 0; i < kKeys; ++i) must(scratch.store().set(key(i), value));
  for (auto _ : state) {
    state.PauseTiming();
    scratch.close();
    state.ResumeTiming();
    scratch.reopen();
  }
}
BENCHMARK(reopen_1m)->Iterations(5)->Unit(benchmark::kMillisecond)->Name("REOPEN/1M_records");

std::unique_ptr<Scratch> shared_scratch;

void set_synced(benchmark::State& state) {
  if (state.thread_index() == 0) shared_scratch = std::make_unique<Scratch>(SyncPolicy::always());
  Key key;
  const std::string value = random_bytes(100);
  std::uint64_t i = static_cast<std::uint64_t>(state.thread_index()) * 1'000'000;
  for (auto _ : state) must(shared_scratch->store().set(key(i++), value));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
  if (state.thread_index() == 0) {
    const kvstore::Stats stats = shared_scratch->store().stats();
    state.counters["sets_per_sync"] =
        static_cast<double>(stats.writes) / static_cast<double>(stats.syncs);
    shared_scratch.reset();
  }
}
BENCHMARK(set_synced)->Threads(1)->Iterations(5'000)->UseRealTime()->Name("SET_SYNCED/100B");
BENCHMARK(set_synced)->Threads(16)->Iterations(10'000)->UseRealTime()->Name("SET_SYNCED/100B");

// The operating system's files, but for a sync that takes a second.
class SlowSyncFile final : public kvstore::file::LogFile {
 public:
  explicit SlowSyncFile(std::unique_ptr<kvstore::file::LogFile> inner) : inner_(std::move(inner)) {
    data_ = inner_->data();
    capacity_ = inner_->capacity();
  }
  std::uint64_t size() const override { return inner_->size(); }
  kvstore::Status extend(std::uint64_t size) override { return inner_->extend(size); }
  kvstore::Status truncate(std::uint64_t size) override { return inner_->truncate(size); }
  kvstore::Status sync() override {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    return inner_->sync();
  }
  void make_dirty(std::uint64_t begin, std::uint64_t end) override { inner_->make_dirty(begin, end); }
  kvstore::Status refresh() override { return inner_->refresh(); }
  bool still_at(const std::string& path) const override { return inner_->still_at(path); }

 private:
  std::unique_ptr<kvstore::file::LogFile> inner_;
};

class SlowSyncFiles final : public kvstore::file::FileSystem {
 public:
  using File = kvstore::Result<std::unique_ptr<kvstore::file::LogFile>>;
  File open(const std::string& path, kvstore::file::Mode mode) override {
    return slow(kvstore::file::system_files().open(path, mode));
  }
  File create(const std::string& path, std::string_view content) override {
    return slow(kvstore::file::system_files().create(path, content));
  }
  kvstore::Status save(const std::string& path, std::string_view content,
              const std::string& like) override {
    return kvstore::file::system_files().save(path, content, like);
  }
  std::string boot_id() override { return kvstore::file::system_files().boot_id(); }

 private:
  static File slow(File file) {
    if (file) return std::make_unique<SlowSyncFile>(std::move(*file));
    return file;
  }
};

// GETs while another thread's SET waits for a sync that takes a second.
void get_beside_slow_sync(benchmark::State& state) {
  const std::string path = bench_path();
  SlowSyncFiles files;
  Options options;
  options.file_system = &files;
  auto opened = Store::open(path, options);
  must(opened);
  Store& store = **opened;
  Key key;
  const std::string value = random_bytes(100);
  kvstore::WriteOptions lazy;
  lazy.wait = false;
  for (std::uint64_t i = 0; i < 100'000; ++i) must(store.set(key(i), value, lazy));
  std::atomic<bool> done{false};
  std::thread writer([&] {
    Key own;
    while (!done) must(store.set(own(1), value));
  });
  std::vector<double> times;
  std::string out;
  std::minstd_rand random(1);
  for (auto _ : state) {
    const auto began = std::chrono::steady_clock::now();
    must(store.get(key(random() % 100'000), &out));
    times.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count());
  }
  done = true;
  writer.join();
  std::sort(times.begin(), times.end());
  state.counters["p50_us"] = times[times.size() / 2];
  state.counters["p99_us"] = times[times.size() * 99 / 100];
  state.counters["max_us"] = times.back();
  opened->reset();
  ::unlink(path.c_str());
}
BENCHMARK(get_beside_slow_sync)->Iterations(5'000'000)->Name("GET/beside_a_1s_sync");

void append_memory(benchmark::State& state) {
  Scratch scratch(SyncPolicy::none());
  Key key;
  const std::string value = random_bytes(100);
  for (std::uint64_t i = 0; i < 1000; ++i) must(scratch.store().append(key(i), value));
  const std::uint64_t before = anonymous_kib();
  std::uint64_t i = 0;
  for (auto _ : state) must(scratch.store().append(key(i++ % 1000), value));
  state.counters["RssAnon_growth_KiB"] =
      static_cast<double>(anonymous_kib()) - static_cast<double>(before);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(append_memory)->Iterations(10'000'000)->Name("MEMORY/10M_appends_to_1000_keys");

void index_memory(benchmark::State& state) {
  Scratch scratch(SyncPolicy::none());
  Key key;
  const std::uint64_t before = anonymous_kib();
  std::uint64_t i = 0;
  for (auto _ : state) must(scratch.store().set(key(i++), "v"));
  state.counters["RssAnon_bytes_per_key"] =
      (static_cast<double>(anonymous_kib()) - static_cast<double>(before)) * 1024 /
      static_cast<double>(i);
}
BENCHMARK(index_memory)->Iterations(1'000'000)->Name("MEMORY/bytes_a_key");
BENCHMARK(index_memory)->Iterations(5'000'000)->Name("MEMORY/bytes_a_key");

// What this machine charges for one access that depends on the one before, in a
// mapped file as large as the one GET and READ are measured on: their bound.
void dependent_access(benchmark::State& state) {
  constexpr std::size_t kSize = std::size_t{170} << 20, kStride = 192;
  const std::string path = bench_path();
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (fd < 0 || ::ftruncate(fd, kSize) != 0) std::exit(1);
  void* mapped = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  auto* base = static_cast<char*>(mapped);
  std::vector<std::uint32_t> order(kSize / kStride);
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), std::minstd_rand(1));
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::memcpy(base + order[i] * kStride, &order[(i + 1) % order.size()], sizeof order[0]);
  }
  std::uint32_t at = 0;
  for (auto _ : state) std::memcpy(&at, base + at * kStride, sizeof at);
  benchmark::DoNotOptimize(at);
  munmap(mapped, kSize);
  ::close(fd);
  ::unlink(path.c_str());
}
BENCHMARK(dependent_access)->Iterations(3'000'000)->Name("MACHINE/one_dependent_access_in_170MB");

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
