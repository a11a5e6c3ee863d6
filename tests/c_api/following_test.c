/* Followers: of a key and of a prefix, woken, timed out, cancelled. */
#include "check.h"

#include <pthread.h>

static kvs_event next(kvs_follower* follower) {
  kvs_event event = {.size = sizeof event};
  OK(kvs_follow_next(follower, 10000, &event));
  return event;
}

static void check_bytes(kvs_follower* follower, uint64_t offset, const char* expected) {
  const kvs_event event = next(follower);
  CHECK(event.kind == KVS_EVENT_BYTES && event.offset == offset && event.key_size == 3);
  CHECK(event.value_size == strlen(expected) &&
        memcmp(event.value, expected, event.value_size) == 0);
}

static void a_key(kvs_store* store) {
  kvs_follower *follower = NULL, *tail = NULL;
  kvs_event event = {.size = sizeof event};
  OK(kvs_follow_key(store, S("log"), 0, &follower));
  CODE(KVS_TIMEOUT, kvs_follow_next(follower, 0, &event));
  put(store, "log", "one");
  check_bytes(follower, 0, "one");
  OK(kvs_follow_key(store, S("log"), KVS_FROM_END, &tail));
  OK(kvs_append(store, S("log"), S("two"), NULL, NULL));
  check_bytes(follower, 3, "two");
  check_bytes(tail, 3, "two");
  OK(kvs_follow_close(tail));
  OK(kvs_follow_key(store, S("log"), -2, &tail));
  check_bytes(tail, 4, "wo");
  put(store, "log", "new");
  CHECK(next(tail).kind == KVS_EVENT_ANEW);
  check_bytes(tail, 0, "new");
  OK(kvs_delete(store, S("log"), NULL, NULL));
  CHECK(next(tail).kind == KVS_EVENT_REMOVED);
  uint64_t position = 1;
  OK(kvs_follow_position(tail, &position));
  CHECK(position == 0);
  OK(kvs_follow_close(tail));
  OK(kvs_follow_close(follower));
}

static void a_prefix(kvs_store* store) {
  uint64_t last = 0;
  OK(kvs_last_seq(store, &last));
  kvs_follower* follower = NULL;
  OK(kvs_follow_prefix(store, S("u:"), 0, &follower));
  put(store, "other", "x");
  put(store, "u:1", "a");
  kvs_event event = next(follower);
  CHECK(event.kind == KVS_EVENT_CHANGE && event.change == KVS_SET && event.type == KVS_BYTES);
  CHECK(event.key_size == 3 && memcmp(event.key, "u:1", 3) == 0);
  CHECK(event.value_size == 1 && memcmp(event.value, "a", 1) == 0 && event.seq == last + 2);
  OK(kvs_append(store, S("u:1"), S("b"), NULL, NULL));
  event = next(follower);
  CHECK(event.change == KVS_APPEND && event.offset == 1 && event.value_size == 1);
  OK(kvs_delete(store, S("u:1"), NULL, NULL));
  event = next(follower);
  CHECK(event.change == KVS_DELETE && event.value == NULL && event.value_size == 0);
  /* A value that is long comes whole, too. */
  char* const big = malloc(300000);
  memset(big, 'y', 300000);
  OK(kvs_put(store, S("u:2"), big, 300000, NULL, NULL));
  event = next(follower);
  CHECK(event.value_size == 300000 && memcmp(event.value, big, 300000) == 0);
  free(big);
  OK(kvs_clear(store));
  event = next(follower);
  CHECK(event.change == KVS_CLEAR && event.key == NULL && event.key_size == 0);
  uint64_t position = 0;
  OK(kvs_follow_position(follower, &position));
  OK(kvs_follow_close(follower));

  /* Resumed, it begins where it stopped. */
  put(store, "u:3", "c");
  OK(kvs_follow_prefix(store, S("u:"), event.seq + 1, &follower));
  event = next(follower);
  CHECK(event.change == KVS_SET && memcmp(event.key, "u:3", 3) == 0);
  OK(kvs_follow_close(follower));
  CODE(KVS_NUMBER, kvs_follow_prefix(store, S("u:"), event.seq + 100, &follower));
  OK(kvs_compact(store, "none", NULL));
  CODE(KVS_PURGED, kvs_follow_prefix(store, S("u:"), 1, &follower));
  CHECK(follower == NULL);
}

struct waiting {
  kvs_follower* follower;
  kvs_code code;
};

static void* wait_for_ever(void* arg) {
  struct waiting* const waiting = arg;
  kvs_event event = {.size = sizeof event};
  do {
    waiting->code = kvs_follow_next(waiting->follower, -1, &event);
  } while (waiting->code == KVS_STATE); /* who looks whether it waits was faster */
  return NULL;
}

static pthread_t start(struct waiting* waiting) {
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, wait_for_ever, waiting) == 0);
  /* It waits once a second thread is told so. */
  kvs_event event = {.size = sizeof event};
  kvs_code code;
  while ((code = kvs_follow_next(waiting->follower, 0, &event)) == KVS_TIMEOUT) {
  }
  CODE(KVS_STATE, code);
  return thread;
}

static void waits(kvs_store* store) {
  struct waiting waiting = {NULL, KVS_OK};
  OK(kvs_follow_prefix(store, S("u:"), 0, &waiting.follower));
  pthread_t thread = start(&waiting);
  put(store, "u:1", "woken");
  pthread_join(thread, NULL);
  CHECK(waiting.code == KVS_OK);

  thread = start(&waiting);
  OK(kvs_follow_cancel(waiting.follower));
  pthread_join(thread, NULL);
  CHECK(waiting.code == KVS_SKIPPED);
  kvs_event event = {.size = sizeof event};
  CODE(KVS_SKIPPED, kvs_follow_next(waiting.follower, -1, &event));
  OK(kvs_follow_close(waiting.follower));

  /* Closed while it waits, itself or its store. */
  OK(kvs_follow_key(store, S("none"), 0, &waiting.follower));
  thread = start(&waiting);
  OK(kvs_follow_close(waiting.follower));
  pthread_join(thread, NULL);
  CHECK(waiting.code == KVS_SKIPPED);
  CODE(KVS_USAGE, kvs_follow_cancel(waiting.follower));

  OK(kvs_follow_key(store, S("none"), 0, &waiting.follower));
  thread = start(&waiting);
  OK(kvs_close(store));
  pthread_join(thread, NULL);
  CHECK(waiting.code == KVS_SKIPPED);
  CODE(KVS_FAILED, kvs_follow_next(waiting.follower, -1, &event));
  OK(kvs_follow_close(waiting.follower));
}

void test_following(void) {
  kvs_store* store = open_new("following");
  a_key(store);
  a_prefix(store);
  waits(store);
}
