/* Many threads on one store, some of which close what others use. */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>

enum { kThreads = 4, kRounds = 300 };

static kvs_store* store;
static kvs_snapshot* snapshot;
static kvs_iterator* iterator;
static kvs_txn* txn;
static atomic_int ready;

/* An answer that is right, or one that says that it was closed or that another thread uses it. */
static void check_answer(kvs_code code) {
  CHECK(code == KVS_OK || code == KVS_MISSING || code == KVS_USAGE || code == KVS_FAILED ||
        code == KVS_STATE || code == KVS_CONFLICT || code == KVS_SKIPPED);
}

static void* use_all(void* arg) {
  const size_t number = (size_t)arg;
  atomic_fetch_add(&ready, 1);
  for (int i = 0;; ++i) {
    char key[32];
    void* value = NULL;
    size_t size = 0;
    snprintf(key, sizeof key, "t%zu-%d", number, i % 50);
    const kvs_code code = kvs_put(store, key, strlen(key), S("value"), NULL, NULL);
    check_answer(code);
    check_answer(kvs_get(store, key, strlen(key), NULL, &value, &size));
    CHECK(value == NULL || (size == 5 && memcmp(value, "value", 5) == 0));
    kvs_free(value);
    check_answer(kvs_snapshot_get(snapshot, S("k"), NULL, &value, &size));
    kvs_free(value);
    check_answer(kvs_iterator_next(iterator));
    check_answer(kvs_txn_put(txn, key, strlen(key), S("t"), NULL));
    if (i % 100 == 50) check_answer(kvs_compact(store, "none", NULL));
    if (code != KVS_OK) return NULL;
  }
}

static void* closes(void* arg) {
  (void)arg;
  return (void*)(uintptr_t)kvs_close(store);
}

/* Counted by transactions that begin anew when they conflict: nothing is lost. */
static void* counts(void* arg) {
  (void)arg;
  for (int i = 0; i < kRounds; ++i) {
    kvs_code code;
    do {
      kvs_txn* mine = NULL;
      OK(kvs_txn_begin(store, NULL, &mine));
      void* value = NULL;
      size_t size = 0;
      long number = 0;
      code = kvs_txn_get(mine, S("n"), &value, &size);
      if (code == KVS_OK) number = strtol(value, NULL, 10);
      kvs_free(value);
      char text[32];
      snprintf(text, sizeof text, "%ld", number + 1);
      OK(kvs_txn_put(mine, S("n"), text, strlen(text), NULL));
      code = kvs_txn_commit(mine, true, NULL);
      OK(kvs_txn_close(mine));
    } while (code == KVS_CONFLICT);
    CHECK(code == KVS_OK);
  }
  return NULL;
}

void test_threads(void) {
  pthread_t threads[kThreads];
  store = open_new("counts");
  for (size_t i = 0; i < kThreads; ++i) pthread_create(&threads[i], NULL, counts, NULL);
  for (size_t i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  char expected[16];
  snprintf(expected, sizeof expected, "%d", kThreads * kRounds);
  check_value(store, "n", expected);
  OK(kvs_close(store));

  for (int round = 0; round < 5; ++round) {
    store = open_new("closing");
    put(store, "k", "v");
    OK(kvs_snapshot_open(store, KVS_NEWEST, &snapshot));
    OK(kvs_iterator_open(store, NULL, &iterator));
    OK(kvs_txn_begin(store, NULL, &txn));
    atomic_store(&ready, 0);
    for (size_t i = 0; i < kThreads; ++i) pthread_create(&threads[i], NULL, use_all, (void*)i);
    while (atomic_load(&ready) < kThreads) {
    }
    for (int i = 0; i < 200; ++i) put(store, "k", "v");
    if (round % 2 == 0) OK(kvs_iterator_close(iterator));
    if (round % 2 == 0) OK(kvs_txn_close(txn));
    /* Closed by two at once: one does, the other one is told. */
    pthread_t closing;
    pthread_create(&closing, NULL, closes, NULL);
    const kvs_code mine = kvs_close(store);
    void* answer = NULL;
    pthread_join(closing, &answer);
    const kvs_code others = (kvs_code)(uintptr_t)answer;
    CHECK((mine == KVS_OK && others == KVS_USAGE) || (mine == KVS_USAGE && others == KVS_OK));
    for (size_t i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
    if (round % 2 != 0) OK(kvs_iterator_close(iterator));
    if (round % 2 != 0) OK(kvs_txn_close(txn));
    OK(kvs_snapshot_close(snapshot));
  }
}
