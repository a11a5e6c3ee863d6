// kvstore's library.
#include "bench/peers/data.h"
#include "bench/peers/peer.h"
#include "src/store/iterator.h"
#include "src/store/store.h"

namespace peers {
namespace {

using kvstore::Store;

template <class T>
void must_hold(const T& result) {
  if (!result) fail("kvstore: " + result.error().message);
}

class KvstoreReader final : public Reader {
 public:
  explicit KvstoreReader(Store& store) : store_(store) {}

  bool get(std::string_view key, std::string* value) override {
    const auto found = store_.get(key, value);
    must_hold(found);
    return *found;
  }

  void read(std::string_view key, std::uint64_t offset, std::uint64_t length,
            std::string* part) override {
    must_hold(store_.read(key, static_cast<std::int64_t>(offset), length, part));
  }

  void whole(std::string_view key, std::string* value) override { get(key, value); }

  std::uint64_t range(std::string_view after, std::uint64_t limit, const Visit& visit) override {
    const auto walk = store_.iterator({});
    must_hold(walk);
    kvstore::Iterator& at = **walk;
    std::uint64_t count = 0;
    at.seek(after);
    if (at.valid() && at.key() == after) at.next();
    for (; count < limit && at.valid(); at.next(), ++count) {
      const auto value = at.value();
      must_hold(value);
      visit(at.key(), *value);
    }
    must_hold(at.status());
    return count;
  }

  std::uint64_t keys(const std::function<void(std::string_view key)>& visit) override {
    const auto walk = store_.iterator({.keys_only = true});
    must_hold(walk);
    std::uint64_t count = 0;
    for ((*walk)->first(); (*walk)->valid(); (*walk)->next(), ++count) visit((*walk)->key());
    must_hold((*walk)->status());
    return count;
  }

 private:
  Store& store_;
};

class KvstorePeer final : public Peer {
 public:
  std::string name() const override { return "kvstore"; }
  std::string configuration() const override {
    return "Checks a CRC of every byte that a read returns. Unsynced: `--sync none`, which still "
           "syncs in the background every second or 64 MiB, and loses nothing when the process is "
           "killed. Closing syncs, and seals the index.";
  }

  void open(const Setup& setup) override {
    kvstore::Options options;
    if (!setup.synced) options.sync = kvstore::SyncPolicy::none();
    if (setup.cache != 0) options.memory = std::max(setup.cache, kvstore::kLeastMemory);
    auto opened = Store::open(setup.directory + "/data.bin", options);
    must_hold(opened);
    store_ = std::move(*opened);
  }
  void close() override {
    must_hold(store_->close());
    store_.reset();
  }
  void set(std::string_view key, std::string_view value) override {
    must_hold(store_->set(key, value));
  }
  void append(std::string_view key, const Piece& piece) override {
    must_hold(store_->append(key, piece.bytes));
  }
  double writes_per_sync() override {
    const kvstore::Stats stats = store_->stats();
    return stats.syncs == 0 ? 0
                            : static_cast<double>(stats.writes) / static_cast<double>(stats.syncs);
  }
  std::unique_ptr<Reader> reader() override { return std::make_unique<KvstoreReader>(*store_); }

 private:
  std::unique_ptr<Store> store_;
};

}  // namespace

std::unique_ptr<Peer> kvstore_peer() { return std::make_unique<KvstorePeer>(); }

}  // namespace peers
