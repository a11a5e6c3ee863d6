// kvstore's library. It has no range with values yet: a scan's keys are read one by one.
#include "bench/peers/data.h"
#include "bench/peers/peer.h"
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
    std::uint64_t count = 0;
    std::string value;
    must_hold(store_.scan("", after, limit, [&](std::string_view key) {
      must(get(key, &value), "kvstore: a scanned key has no value");
      visit(key, value);
      return ++count < limit;
    }));
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
           "killed. Closing syncs. Ranges are a scan of keys and a GET each.";
  }

  void open(const Setup& setup) override {
    kvstore::Options options;
    if (!setup.synced) options.sync = kvstore::SyncPolicy::none();
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
