/* Transactions: what they see, when they conflict, and how they end. */
#include "check.h"

static kvs_txn* begin(kvs_store* store) {
  kvs_txn* txn = NULL;
  OK(kvs_txn_begin(store, NULL, &txn));
  return txn;
}

static void check_in(kvs_txn* txn, const char* key, const char* expected) {
  void* value = NULL;
  size_t size = 0;
  OK(kvs_txn_get(txn, key, strlen(key), &value, &size));
  CHECK(size == strlen(expected) && memcmp(value, expected, size) == 0);
  kvs_free(value);
}

static void commits(kvs_store* store) {
  put(store, "a", "1");
  kvs_txn* txn = begin(store);
  OK(kvs_txn_put(txn, S("b"), S("2"), NULL));
  uint64_t total = 0;
  OK(kvs_txn_append(txn, S("b"), S("3"), &total));
  CHECK(total == 2);
  check_in(txn, "b", "23");
  void* value = NULL;
  size_t size = 0;
  OK(kvs_txn_read(txn, S("b"), 1, 9, &value, &size));
  CHECK(size == 1 && memcmp(value, "3", 1) == 0);
  kvs_free(value);
  kvs_key_info info;
  OK(kvs_txn_stat(txn, S("b"), &info));
  CHECK(info.seq == 0 && info.size == 2);
  OK(kvs_txn_delete(txn, S("a")));
  CODE(KVS_MISSING, kvs_txn_delete(txn, S("none")));
  OK(kvs_txn_expire(txn, S("b"), 4000000000000));
  CODE(KVS_MISSING, kvs_txn_expire(txn, S("none"), 4000000000000));
  CODE(KVS_NUMBER, kvs_txn_expire(txn, S("b"), 60000));
  check_value(store, "a", "1");
  CODE(KVS_MISSING, kvs_stat(store, S("b"), NULL, NULL));
  /* Its iterator sees what it wrote. */
  kvs_iterator* iterator = NULL;
  OK(kvs_txn_iterator(txn, NULL, &iterator));
  const kvs_entry* entries = NULL;
  size_t count = 0;
  OK(kvs_iterator_next_many(iterator, false, 10, 1000, &entries, &count));
  CHECK(count == 1 && memcmp(entries[0].key, "b", 1) == 0 && entries[0].value_size == 2);
  uint64_t seq = 0;
  OK(kvs_txn_commit(txn, false, &seq));
  CODE(KVS_USAGE, kvs_txn_commit(txn, false, NULL));
  CODE(KVS_USAGE, kvs_txn_put(txn, S("b"), S("2"), NULL));
  CODE(KVS_USAGE, kvs_iterator_first(iterator));
  OK(kvs_txn_close(txn));
  CODE(KVS_USAGE, kvs_iterator_first(iterator));
  CHECK(strstr(kvs_last_message(), "over") != NULL);
  OK(kvs_iterator_close(iterator));
  check_value(store, "b", "23");
  OK(kvs_stat(store, S("b"), NULL, &info));
  CHECK(info.seq == seq && info.expires_at_ms == 4000000000000);
  CODE(KVS_MISSING, kvs_stat(store, S("a"), NULL, NULL));
}

static void conflicts(kvs_store* store) {
  put(store, "n", "1");
  kvs_txn *const first = begin(store), *const second = begin(store);
  check_in(first, "n", "1");
  check_in(second, "n", "1");
  OK(kvs_txn_put(first, S("n"), S("2"), NULL));
  OK(kvs_txn_put(second, S("n"), S("3"), NULL));
  OK(kvs_txn_commit(first, true, NULL));
  CODE(KVS_CONFLICT, kvs_txn_commit(second, true, NULL));
  check_value(store, "n", "2");
  OK(kvs_txn_close(first));
  OK(kvs_txn_close(second));

  kvs_txn* txn = begin(store);
  const kvs_write_options absent = {.size = sizeof absent, .condition = KVS_IF_ABSENT};
  const kvs_write_options present = {.size = sizeof present, .condition = KVS_IF_PRESENT};
  const kvs_write_options version = {.size = sizeof version, .condition = KVS_IF_SEQ, .if_seq = 1};
  CODE(KVS_EXISTS, kvs_txn_put(txn, S("n"), S("4"), &absent));
  CODE(KVS_MISSING, kvs_txn_put(txn, S("none"), S("4"), &present));
  CODE(KVS_CONFLICT, kvs_txn_put(txn, S("n"), S("4"), &version));
  OK(kvs_txn_put(txn, S("n"), S("4"), &present));
  OK(kvs_txn_rollback(txn));
  CODE(KVS_USAGE, kvs_txn_get(txn, S("n"), &(void*){NULL}, &(size_t){0}));
  OK(kvs_txn_close(txn));
  check_value(store, "n", "2");
}

static void limits(kvs_store* store) {
  const kvs_txn_options reading = {.size = sizeof reading, .read_only = true};
  kvs_txn* txn = NULL;
  OK(kvs_txn_begin(store, &reading, &txn));
  CODE(KVS_READONLY, kvs_txn_put(txn, S("n"), S("4"), NULL));
  OK(kvs_txn_close(txn));
  const kvs_txn_options small = {.size = sizeof small, .max_bytes = 1000};
  OK(kvs_txn_begin(store, &small, &txn));
  char* const much = calloc(1, 5000);
  CODE(KVS_ABORTED, kvs_txn_put(txn, S("n"), much, 5000, NULL));
  CODE(KVS_ABORTED, kvs_txn_commit(txn, true, NULL));
  free(much);
  OK(kvs_txn_close(txn));
  txn = begin(store);
  OK(kvs_txn_clear(txn));
  OK(kvs_txn_put(txn, S("left"), S("1"), NULL));
  OK(kvs_txn_commit(txn, true, NULL));
  OK(kvs_txn_close(txn));
  uint64_t keys = 0;
  OK(kvs_count(store, &keys));
  CHECK(keys == 1);
}

/* What the transaction removes, or adds, ahead of an iterator is removed and added for it. */
static void iterates_over_own_changes(kvs_store* store) {
  char key[8];
  kvs_txn* const txn = begin(store);
  OK(kvs_txn_clear(txn));
  for (int i = 100; i < 300; ++i) {
    snprintf(key, sizeof key, "k%d", i);
    OK(kvs_txn_put(txn, key, strlen(key), S("value"), NULL));
  }
  kvs_iterator* iterator = NULL;
  OK(kvs_txn_iterator(txn, NULL, &iterator));
  for (int i = 0; i < 20; ++i) OK(kvs_iterator_next(iterator));
  for (int i = 120; i < 299; ++i) {
    snprintf(key, sizeof key, "k%d", i);
    OK(kvs_txn_delete(txn, key, strlen(key)));
  }
  OK(kvs_txn_put(txn, S("k1195"), S("value"), NULL));
  const char* const left[] = {"k1195", "k299"};
  for (int i = 0; i < 2; ++i) {
    const char* found = NULL;
    size_t size = 0;
    const void* value = NULL;
    OK(kvs_iterator_next(iterator));
    OK(kvs_iterator_key(iterator, (const void**)&found, &size));
    CHECK(size == strlen(left[i]) && memcmp(found, left[i], size) == 0);
    OK(kvs_iterator_value(iterator, &value, &size));
    CHECK(size == 5);
  }
  CODE(KVS_MISSING, kvs_iterator_next(iterator));
  OK(kvs_iterator_close(iterator));
  OK(kvs_txn_close(txn));
}

void test_transactions(void) {
  kvs_store* store = open_new("transactions");
  commits(store);
  conflicts(store);
  limits(store);
  iterates_over_own_changes(store);
  OK(kvs_close(store));
}
