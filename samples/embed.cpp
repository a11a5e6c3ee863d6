// kvstore as a library: no shell, no server, one file.
//
//   c++ -std=c++20 embed.cpp $(pkg-config --cflags --libs kvstore-cpp) -o embed
//   ./embed example.bin
//
// or with CMake: see CMakeLists.txt beside this file.
#include <kvstore/kvstore.hpp>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace {

// Every call returns what it did or an Error; nothing throws.
kvstore::Status record_prices(kvstore::Store& store) {
  KV_TRY(store.set("note", "prices in dollars"));
  // An append costs the same however long the value has grown.
  KV_TRY(store.append("AAPL", "2010-01-01,192.06\n"));
  KV_TRY(store.append("AAPL", "2010-02-01,204.62\n"));
  // A write has returned once it is on the disk. To let many share one sync,
  // do not wait for each, and commit once at the end.
  kvstore::WriteOptions later;
  later.wait = false;
  KV_TRY(store.append("IBM", "2010-01-01,121.85\n", later));
  KV_TRY(store.append("IBM", "2010-02-01,127.16\n", later));
  return store.commit();
}

kvstore::Status print_prices(kvstore::Store& store) {
  std::string last;
  KV_TRY(store.read("AAPL", -18, 17, &last));  // the last line, without its newline
  std::printf("AAPL: %s\n", last.c_str());

  return store.scan("", std::nullopt, 100, [&store](std::string_view key) {
    if (const auto info = store.stat(key); info && *info) {
      std::printf("%.*s holds %llu bytes\n", static_cast<int>(key.size()), key.data(),
                  static_cast<unsigned long long>((*info)->size));
    }
    return true;  // go on
  });
}

kvstore::Status run(const std::string& path) {
  KV_ASSIGN(const std::unique_ptr<kvstore::Store> store, kvstore::Store::open(path));
  KV_TRY(record_prices(*store));
  KV_TRY(print_prices(*store));
  KV_ASSIGN(const kvstore::Written removed, store->remove("note"));
  std::printf("the note was %s\n", removed.existed ? "there" : "missing");
  KV_TRY(store->sync());  // on the disk now, whatever the sync policy
  return store->close();
}

}  // namespace

int main(int argc, char** argv) {
  const auto done = run(argc > 1 ? argv[1] : "example.bin");
  if (done) return 0;
  const kvstore::Error& error = done.error();
  std::fprintf(stderr, "%s: %s\n", std::string(kvstore::code_name(error.code)).c_str(),
               error.message.c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "  %s\n", error.hint.c_str());
  return 1;
}
