/* Iterators, of a store, a snapshot and a transaction, forwards and backwards. */
#include "check.h"

enum { kKeys = 500 };

static void fill(kvs_store* store) {
  char key[16], value[16];
  for (int i = 0; i < kKeys; ++i) {
    snprintf(key, sizeof key, "k%03d", i);
    snprintf(value, sizeof value, "v%d", i);
    put(store, key, value);
  }
}

static void check_on(kvs_iterator* iterator, int number) {
  char expected[16];
  const void* bytes = NULL;
  size_t size = 0;
  snprintf(expected, sizeof expected, "k%03d", number);
  OK(kvs_iterator_key(iterator, &bytes, &size));
  CHECK(size == strlen(expected) && memcmp(bytes, expected, size) == 0);
  snprintf(expected, sizeof expected, "v%d", number);
  OK(kvs_iterator_value(iterator, &bytes, &size));
  CHECK(size == strlen(expected) && memcmp(bytes, expected, size) == 0);
  kvs_key_info info;
  OK(kvs_iterator_stat(iterator, &info));
  CHECK(info.size == size);
}

/* Keys 100 to 199. */
static void walk(kvs_iterator* iterator) {
  const void* bytes = NULL;
  size_t size = 0;
  CODE(KVS_STATE, kvs_iterator_key(iterator, &bytes, &size));
  int at = 100;
  for (; kvs_iterator_next(iterator) == KVS_OK; ++at) check_on(iterator, at);
  CHECK(at == 200);
  CODE(KVS_MISSING, kvs_iterator_next(iterator));
  CODE(KVS_STATE, kvs_iterator_value(iterator, &bytes, &size));
  CHECK(bytes == NULL && size == 0);
  while (kvs_iterator_prev(iterator) == KVS_OK) check_on(iterator, --at);
  CHECK(at == 100);
  CODE(KVS_MISSING, kvs_iterator_prev(iterator));
  OK(kvs_iterator_next(iterator));
  check_on(iterator, 100);

  OK(kvs_iterator_seek(iterator, S("k150")));
  check_on(iterator, 150);
  OK(kvs_iterator_prev(iterator));
  check_on(iterator, 149);
  OK(kvs_iterator_next(iterator));
  OK(kvs_iterator_next(iterator));
  check_on(iterator, 151);
  OK(kvs_iterator_seek_before(iterator, S("k150")));
  check_on(iterator, 149);
  OK(kvs_iterator_seek(iterator, S("a")));
  check_on(iterator, 100);
  CODE(KVS_MISSING, kvs_iterator_seek(iterator, S("k200")));
  CODE(KVS_MISSING, kvs_iterator_seek_before(iterator, S("k100")));
  OK(kvs_iterator_last(iterator));
  check_on(iterator, 199);
  OK(kvs_iterator_first(iterator));
  check_on(iterator, 100);
}

static void walk_many(kvs_iterator* iterator, bool backwards) {
  int at = backwards ? 199 : 100;
  const kvs_entry* entries = NULL;
  size_t count = 0;
  kvs_code code;
  CODE(KVS_NUMBER, kvs_iterator_next_many(iterator, backwards, 0, 1000, &entries, &count));
  while ((code = kvs_iterator_next_many(iterator, backwards, 7, 1000, &entries, &count)) ==
         KVS_OK) {
    CHECK(count >= 1 && count <= 7);
    for (size_t i = 0; i < count; ++i, backwards ? --at : ++at) {
      char expected[16];
      snprintf(expected, sizeof expected, "k%03dv%d", at, at);
      CHECK(entries[i].key_size == 4 && memcmp(entries[i].key, expected, 4) == 0);
      CHECK(entries[i].value_size == strlen(expected + 4));
      CHECK(memcmp(entries[i].value, expected + 4, entries[i].value_size) == 0);
    }
  }
  CHECK(code == KVS_MISSING && count == 0 && entries == NULL && at == (backwards ? 99 : 200));
  /* By bytes: one entry at least. */
  OK(backwards ? kvs_iterator_last(iterator) : kvs_iterator_first(iterator));
  OK(kvs_iterator_next_many(iterator, backwards, 100, 0, &entries, &count));
  CHECK(count == 1);
}

void test_ranges(void) {
  kvs_store* store = open_new("ranges");
  fill(store);
  const kvs_range range = {
      .size = sizeof range, .lower = "k100", .lower_size = 4, .upper = "k2", .upper_size = 2};
  const kvs_range prefix = {.size = sizeof prefix, .prefix = "k1", .prefix_size = 2};
  kvs_snapshot* snapshot = NULL;
  OK(kvs_snapshot_open(store, KVS_NEWEST, &snapshot));
  kvs_txn* txn = NULL;
  OK(kvs_txn_begin(store, NULL, &txn));
  for (int i = 0; i < 2; ++i) {
    const kvs_range* const keys = i == 0 ? &range : &prefix;
    for (int backwards = 0; backwards < 2; ++backwards) {
      kvs_iterator *of_store, *of_snapshot, *of_txn;
      OK(kvs_iterator_open(store, keys, &of_store));
      OK(kvs_snapshot_iterator(snapshot, keys, &of_snapshot));
      OK(kvs_txn_iterator(txn, keys, &of_txn));
      kvs_iterator* const all[] = {of_store, of_snapshot, of_txn};
      for (int which = 0; which < 3; ++which) {
        if (backwards == 0) walk(all[which]);
        OK(kvs_iterator_close(all[which]));
      }
      OK(kvs_iterator_open(store, keys, &of_store));
      OK(kvs_txn_iterator(txn, keys, &of_txn));
      walk_many(of_store, backwards != 0);
      walk_many(of_txn, backwards != 0);
      OK(kvs_iterator_close(of_store));
      OK(kvs_iterator_close(of_txn));
    }
  }
  OK(kvs_txn_close(txn));
  OK(kvs_snapshot_close(snapshot));

  /* A walk is of one version, whatever is written. */
  kvs_iterator* iterator = NULL;
  const kvs_range names = {
      .size = sizeof names, .prefix = "k1", .prefix_size = 2, .keys_only = true};
  OK(kvs_iterator_open(store, &names, &iterator));
  OK(kvs_clear(store));
  const kvs_entry* entries = NULL;
  size_t count = 0;
  OK(kvs_iterator_next_many(iterator, false, 1000, SIZE_MAX, &entries, &count));
  CHECK(count == 100 && entries[0].value == NULL && entries[0].value_size == 0);
  OK(kvs_iterator_close(iterator));

  /* None at all; and as of then. */
  OK(kvs_iterator_open(store, NULL, &iterator));
  CODE(KVS_MISSING, kvs_iterator_next(iterator));
  CODE(KVS_MISSING, kvs_iterator_prev(iterator));
  OK(kvs_iterator_close(iterator));
  kvs_range then = range;
  then.at = (kvs_at){KVS_AT_SEQ, kKeys};
  OK(kvs_iterator_open(store, &then, &iterator));
  walk_many(iterator, false);
  OK(kvs_iterator_close(iterator));
  then.lower = NULL;
  then.prefix_size = 3;
  CODE(KVS_USAGE, kvs_iterator_open(store, &then, &iterator));
  CHECK(iterator == NULL);
  OK(kvs_close(store));
}
