/* Writes that depend on what is there. */
#include "check.h"

void test_conditions(void) {
  kvs_store* store = open_new("conditions");
  const kvs_write_options absent = {.size = sizeof absent, .condition = KVS_IF_ABSENT};
  const kvs_write_options present = {.size = sizeof present, .condition = KVS_IF_PRESENT};
  kvs_written written;
  CODE(KVS_MISSING, kvs_put(store, S("k"), S("v"), &present, &written));
  CODE(KVS_MISSING, kvs_append(store, S("k"), S("v"), &present, NULL));
  CODE(KVS_MISSING, kvs_stat(store, S("k"), NULL, NULL));
  OK(kvs_put(store, S("k"), S("1"), &absent, &written));
  CODE(KVS_EXISTS, kvs_put(store, S("k"), S("2"), &absent, NULL));
  CODE(KVS_EXISTS, kvs_append(store, S("k"), S("2"), &absent, NULL));
  CHECK(strstr(kvs_last_message(), "\"k\"") != NULL);
  check_value(store, "k", "1");
  OK(kvs_put(store, S("k"), S("2"), &present, NULL));

  /* Compare and set by version. */
  kvs_write_options same = {.size = sizeof same, .condition = KVS_IF_SEQ, .if_seq = written.seq};
  CODE(KVS_CONFLICT, kvs_put(store, S("k"), S("3"), &same, NULL));
  CODE(KVS_CONFLICT, kvs_append(store, S("k"), S("3"), &same, NULL));
  CODE(KVS_CONFLICT, kvs_delete(store, S("k"), &same, NULL));
  CODE(KVS_CONFLICT, kvs_expire(store, S("k"), 0, &same, NULL));
  check_value(store, "k", "2");
  kvs_key_info info;
  OK(kvs_stat(store, S("k"), NULL, &info));
  same.if_seq = info.seq;
  OK(kvs_put(store, S("k"), S("3"), &same, &written));
  same.if_seq = written.seq;
  OK(kvs_append(store, S("k"), S("4"), &same, &written));
  CHECK(written.total == 2);
  same.if_seq = written.seq;
  OK(kvs_delete(store, S("k"), &same, &written));
  same.if_seq = 0; /* it is absent */
  OK(kvs_put(store, S("k"), S("5"), &same, NULL));
  CODE(KVS_CONFLICT, kvs_put(store, S("k"), S("6"), &same, NULL));
  check_value(store, "k", "5");

  /* A time to live together with a condition. */
  const kvs_write_options both = {
      .size = sizeof both, .condition = KVS_IF_PRESENT, .ttl_ms = 100000};
  OK(kvs_put(store, S("k"), S("7"), &both, NULL));
  int64_t ms = 0;
  OK(kvs_ttl(store, S("k"), &ms));
  CHECK(ms > 0 && ms <= 100000);

  /* A time to live where a time is asked for. */
  const kvs_write_options soon = {.size = sizeof soon, .expires_at_ms = 3600};
  CODE(KVS_NUMBER, kvs_put(store, S("k"), S("8"), &soon, NULL));
  check_value(store, "k", "7");

  /* What a transaction has written is there for it, and of no version that can be named. */
  kvs_txn* txn = NULL;
  OK(kvs_txn_begin(store, NULL, &txn));
  CODE(KVS_NUMBER, kvs_txn_put(txn, S("k"), S("8"), &soon));
  same.if_seq = 0;
  OK(kvs_txn_put(txn, S("own"), S("1"), &same));
  CODE(KVS_CONFLICT, kvs_txn_put(txn, S("own"), S("2"), &same));
  OK(kvs_txn_commit(txn, true, NULL));
  OK(kvs_txn_close(txn));
  check_value(store, "own", "1");

  CODE(KVS_USAGE, kvs_delete(store, S("k"), &absent, NULL));
  kvs_write_options wrong = {.size = sizeof wrong, .if_seq = 3};
  CODE(KVS_USAGE, kvs_put(store, S("k"), S("v"), &wrong, NULL));
  wrong = (kvs_write_options){.size = sizeof wrong, .condition = (kvs_condition)9};
  CODE(KVS_USAGE, kvs_put(store, S("k"), S("v"), &wrong, NULL));
  OK(kvs_close(store));
}
