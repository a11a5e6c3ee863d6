#include "bench/peers/flipped_peer.h"

#include <utility>

namespace peers {
namespace {

class FlippedReader final : public Reader {
 public:
  FlippedReader(std::unique_ptr<Reader> inner, const std::string& kind)
      : inner_(std::move(inner)), kind_(kind) {}

  bool get(std::string_view key, std::string* value) override {
    const bool found = inner_->get(key, value);
    if (found) flip("get", value);
    return found || kind_ == "absent";
  }
  void read(std::string_view key, std::uint64_t offset, std::uint64_t length,
            std::string* part) override {
    inner_->read(key, offset, length, part);
    flip("read", part);
  }
  void whole(std::string_view key, std::string* value) override {
    inner_->whole(key, value);
    flip("whole", value);
  }
  std::uint64_t range(std::string_view after, std::uint64_t limit, const Visit& visit) override {
    return inner_->range(after, limit, [&](std::string_view key, std::string_view value) {
      std::string copy(value);
      flip("range", &copy);
      visit(key, copy);
    });
  }

 private:
  void flip(const char* kind, std::string* bytes) {
    if (kind_ == kind && !bytes->empty()) bytes->back() ^= 1;
  }

  std::unique_ptr<Reader> inner_;
  std::string kind_;
};

class FlippedPeer final : public Peer {
 public:
  FlippedPeer(std::unique_ptr<Peer> inner, std::string kind)
      : inner_(std::move(inner)), kind_(std::move(kind)) {}

  std::string name() const override { return inner_->name(); }
  std::string configuration() const override { return inner_->configuration(); }
  void open(const Setup& setup) override { inner_->open(setup); }
  void close() override { inner_->close(); }
  void set(std::string_view key, std::string_view value) override { inner_->set(key, value); }
  void append(std::string_view key, const Piece& piece) override { inner_->append(key, piece); }
  std::unique_ptr<Reader> reader() override {
    return std::make_unique<FlippedReader>(inner_->reader(), kind_);
  }

 private:
  std::unique_ptr<Peer> inner_;
  std::string kind_;
};

}  // namespace

std::unique_ptr<Peer> flipped_peer(std::unique_ptr<Peer> inner, const std::string& kind) {
  return std::make_unique<FlippedPeer>(std::move(inner), kind);
}

}  // namespace peers
