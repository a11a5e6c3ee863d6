#include "tests/support/anomalies.h"

#include <doctest/doctest.h>

namespace kvstore::testing {
namespace {

// Two transactions write x and y in opposite order; what stays is of one of them.
void check_dirty_write(const MakeClient& make) {
  const auto a = make(), b = make();
  a->begin();
  b->begin();
  CHECK(a->set("dw:x", "a") == "ok");
  CHECK(b->set("dw:x", "b") == "ok");
  CHECK(b->set("dw:y", "b") == "ok");
  CHECK(a->set("dw:y", "a") == "ok");
  CHECK(b->commit() == "ok");
  CHECK(a->commit() == "ok");  // both wrote blindly: the later one counts, in both keys
  CHECK(make()->get("dw:x") == "=a");
  CHECK(make()->get("dw:y") == "=a");
}

// What is not committed, or was changed again within its transaction, nobody sees.
void check_dirty_read(const MakeClient& make) {
  const auto a = make(), b = make();
  CHECK(a->set("dr:x", "old") == "ok");
  a->begin();
  CHECK(a->set("dr:x", "first") == "ok");
  b->begin();
  CHECK(b->get("dr:x") == "=old");
  CHECK(make()->get("dr:x") == "=old");
  CHECK(a->set("dr:x", "second") == "ok");
  CHECK(a->commit() == "ok");
  CHECK(b->get("dr:x") == "=old");
  CHECK(b->commit() == "ok");
  CHECK(make()->get("dr:x") == "=second");
}

// What was rolled back nobody has seen, or ever sees.
void check_aborted_read(const MakeClient& make) {
  const auto a = make(), b = make();
  a->begin();
  CHECK(a->set("ar:x", "never") == "ok");
  CHECK(a->append("ar:y", "never") == "ok");
  b->begin();
  CHECK(b->get("ar:x") == "nil");
  CHECK(a->rollback() == "ok");
  CHECK(b->keys("ar:") == "");
  CHECK(b->commit() == "ok");
  CHECK(make()->get("ar:x") == "nil");
  CHECK(make()->get("ar:y") == "nil");
}

// Both add to what they have read; one of them has to begin again.
void check_lost_update(const MakeClient& make) {
  const auto a = make(), b = make();
  CHECK(a->set("lu:x", "10") == "ok");
  a->begin();
  b->begin();
  CHECK(a->get("lu:x") == "=10");
  CHECK(b->get("lu:x") == "=10");
  CHECK(a->set("lu:x", "11") == "ok");
  CHECK(b->set("lu:x", "12") == "ok");
  CHECK(a->commit() == "ok");
  CHECK(b->commit() == "CONFLICT");
  CHECK(make()->get("lu:x") == "=11");
  // A single write in between is an update like any other.
  a->begin();
  CHECK(a->append("lu:x", "+") == "ok");
  CHECK(b->set("lu:x", "20") == "ok");
  CHECK(a->commit() == "CONFLICT");
  CHECK(make()->get("lu:x") == "=20");
}

// x and y change together; who reads one before and the other after sees neither torn.
void check_read_skew(const MakeClient& make) {
  const auto a = make(), b = make(), c = make();
  CHECK(a->set("rs:x", "1") == "ok");
  CHECK(a->set("rs:y", "1") == "ok");
  a->begin(true);
  b->begin();
  CHECK(a->get("rs:x") == "=1");
  CHECK(b->get("rs:x") == "=1");
  c->begin();
  CHECK(c->set("rs:x", "2") == "ok");
  CHECK(c->set("rs:y", "2") == "ok");
  CHECK(c->commit() == "ok");
  CHECK(a->get("rs:y") == "=1");
  CHECK(a->commit() == "ok");
  CHECK(b->get("rs:y") == "=1");
  CHECK(b->set("rs:sum", "2") == "ok");
  CHECK(b->commit() == "CONFLICT");
  CHECK(make()->get("rs:sum") == "nil");
}

// Each sees that the other is on call, and leaves.
void check_write_skew(const MakeClient& make) {
  const auto a = make(), b = make();
  CHECK(a->set("ws:alice", "on") == "ok");
  CHECK(a->set("ws:bob", "on") == "ok");
  a->begin();
  b->begin();
  CHECK(a->get("ws:bob") == "=on");
  CHECK(b->get("ws:alice") == "=on");
  CHECK(a->set("ws:alice", "off") == "ok");
  CHECK(b->set("ws:bob", "off") == "ok");
  CHECK(a->commit() == "ok");
  CHECK(b->commit() == "CONFLICT");
  CHECK(make()->get("ws:bob") == "=on");
}

// A key comes into, or leaves, a range that was read: an empty one, too.
void check_phantom(const MakeClient& make) {
  const auto a = make(), b = make();
  a->begin();
  b->begin();
  CHECK(a->keys("ph:") == "");
  CHECK(b->keys("ph:") == "");
  CHECK(a->set("ph:1", "only one") == "ok");
  CHECK(b->set("ph:2", "only one") == "ok");
  CHECK(a->commit() == "ok");
  CHECK(b->commit() == "CONFLICT");
  CHECK(make()->keys("ph:") == "ph:1 ");
  a->begin();
  CHECK(a->keys("ph:") == "ph:1 ");
  CHECK(b->remove("ph:1") == "ok");
  CHECK(a->keys("ph:") == "ph:1 ");  // its moment
  CHECK(a->set("other", "x") == "ok");
  CHECK(a->commit() == "CONFLICT");
}

// Two writers of different keys, and two readers: both see them in the same order.
void check_long_fork(const MakeClient& make) {
  const auto a = make(), b = make(), first = make(), second = make();
  first->begin();
  CHECK(first->get("lf:x") == "nil");
  CHECK(a->set("lf:x", "1") == "ok");
  second->begin();
  CHECK(second->get("lf:x") == "=1");
  CHECK(b->set("lf:y", "1") == "ok");
  // y without x, beside x without y, would be two histories.
  CHECK(first->get("lf:y") == "nil");
  CHECK(second->get("lf:y") == "nil");
  CHECK(first->commit() == "ok");
  CHECK(second->commit() == "ok");
  CHECK(make()->get("lf:y") == "=1");
}

}  // namespace

const std::vector<Anomaly>& anomalies() {
  static const std::vector<Anomaly> all{
      {"dirty write", &check_dirty_write},   {"dirty read", &check_dirty_read},
      {"aborted read", &check_aborted_read}, {"lost update", &check_lost_update},
      {"read skew", &check_read_skew},       {"write skew", &check_write_skew},
      {"phantom", &check_phantom},           {"long fork", &check_long_fork}};
  return all;
}

}  // namespace kvstore::testing
