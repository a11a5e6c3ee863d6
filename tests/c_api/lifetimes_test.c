/* What hangs on a store when that is closed, or its file replaced. */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void fill(kvs_store* store, int keys) {
  char key[16];
  for (int i = 0; i < keys; ++i) {
    snprintf(key, sizeof key, "k%05d", i);
    put(store, key, "a value of some thirty bytes...");
  }
}

static void the_store_is_closed_first(void) {
  kvs_store* store = open_new("first");
  fill(store, 100);
  kvs_iterator *iterator, *of_txn, *of_snapshot;
  kvs_snapshot* snapshot;
  kvs_txn* txn;
  kvs_follower* follower;
  OK(kvs_iterator_open(store, NULL, &iterator));
  OK(kvs_iterator_next(iterator));
  OK(kvs_snapshot_open(store, KVS_NEWEST, &snapshot));
  OK(kvs_snapshot_iterator(snapshot, NULL, &of_snapshot));
  OK(kvs_txn_begin(store, NULL, &txn));
  OK(kvs_txn_put(txn, S("never"), S("v"), NULL));
  OK(kvs_txn_iterator(txn, NULL, &of_txn));
  OK(kvs_iterator_next(of_txn));
  OK(kvs_follow_prefix(store, S(""), 0, &follower));
  OK(kvs_close(store));

  void* value = NULL;
  size_t size = 0;
  const void* view = NULL;
  kvs_event event = {.size = sizeof event};
  CODE(KVS_FAILED, kvs_iterator_next(iterator));
  CHECK(strstr(kvs_last_message(), "closed") != NULL);
  CODE(KVS_FAILED, kvs_iterator_key(iterator, &view, &size));
  CODE(KVS_FAILED, kvs_iterator_next(of_txn));
  CODE(KVS_FAILED, kvs_iterator_first(of_snapshot));
  CODE(KVS_FAILED, kvs_snapshot_get(snapshot, S("k00001"), NULL, &value, &size));
  CODE(KVS_FAILED, kvs_txn_get(txn, S("k00001"), &value, &size));
  CODE(KVS_FAILED, kvs_txn_commit(txn, false, NULL));
  CODE(KVS_FAILED, kvs_follow_next(follower, 0, &event));

  /* Nothing holds the file: it can be opened, and these are still none of the new store's. */
  store = open_new("first");
  CODE(KVS_FAILED, kvs_iterator_next(iterator));
  CODE(KVS_FAILED, kvs_txn_commit(txn, false, NULL));
  CODE(KVS_MISSING, kvs_stat(store, S("never"), NULL, NULL));
  OK(kvs_iterator_close(iterator));
  OK(kvs_snapshot_close(snapshot));
  OK(kvs_txn_close(txn));
  OK(kvs_iterator_close(of_txn));
  OK(kvs_iterator_close(of_snapshot));
  OK(kvs_follow_close(follower));
  OK(kvs_close(store));
}

static void a_compaction_swaps_the_file(void) {
  kvs_store* store = open_new("swap");
  fill(store, 2000);
  fill(store, 2000);
  kvs_iterator* iterator = NULL;
  kvs_snapshot* snapshot = NULL;
  kvs_txn* txn = NULL;
  kvs_follower* follower = NULL;
  OK(kvs_iterator_open(store, NULL, &iterator));
  OK(kvs_snapshot_open(store, KVS_NEWEST, &snapshot));
  OK(kvs_txn_begin(store, NULL, &txn));
  OK(kvs_follow_prefix(store, S("k"), 0, &follower));
  int count = 0;
  for (; count < 700; ++count) OK(kvs_iterator_next(iterator));
  const void* key = NULL;
  size_t key_size = 0;
  OK(kvs_iterator_key(iterator, &key, &key_size));
  OK(kvs_compact(store, "none", NULL));
  CHECK(key_size == 6 && memcmp(key, "k00699", 6) == 0); /* the view is of the old file */
  put(store, "k00700", "changed");
  OK(kvs_compact(store, "none", NULL));
  for (; kvs_iterator_next(iterator) == KVS_OK; ++count) {
    const void* value = NULL;
    size_t size = 0;
    OK(kvs_iterator_value(iterator, &value, &size));
    CHECK(size == 31);
  }
  CHECK(count == 2000);
  void* value = NULL;
  size_t size = 0;
  OK(kvs_snapshot_get(snapshot, S("k00700"), NULL, &value, &size));
  CHECK(size == 31);
  kvs_free(value);
  OK(kvs_txn_get(txn, S("k00700"), &value, &size));
  CHECK(size == 31);
  kvs_free(value);
  OK(kvs_txn_put(txn, S("k00701"), S("x"), NULL));
  CODE(KVS_CONFLICT, kvs_txn_commit(txn, true, NULL));
  kvs_event event = {.size = sizeof event};
  const kvs_code code = kvs_follow_next(follower, 1000, &event);
  CHECK(code == KVS_OK || code == KVS_PURGED);
  OK(kvs_follow_close(follower));
  OK(kvs_txn_close(txn));
  OK(kvs_snapshot_close(snapshot));
  OK(kvs_iterator_close(iterator));
  check_value(store, "k00700", "changed");
  OK(kvs_close(store));
}

static int warnings = 0;
static void warn(void* arg, const char* message) {
  CHECK(strlen(message) > 0);
  kvs_store* const* const store = arg;
  if (*store != NULL) {
    CODE(KVS_STATE, kvs_sync(*store));
    CODE(KVS_STATE, kvs_close(*store));
  }
  ++warnings;
}

/* The clock as a store's threads see it: the first time they look it is earlier, so that a scrub,
 * which begins a minute after the open, begins at once. */
static atomic_bool scrubs_begin_at_once;
int clock_gettime(clockid_t clock, struct timespec* time) {
  static _Thread_local bool has_looked;
  const int answer = (int)syscall(SYS_clock_gettime, clock, time);
  if (clock != CLOCK_MONOTONIC || has_looked || !scrubs_begin_at_once) return answer;
  has_looked = true;
  time->tv_sec -= 100;
  return answer;
}

/* A file with a damaged record, which a scrub reports: on a thread of the store. */
static void make_spoiled(const char* name) {
  kvs_store* const store = open_new(name);
  put(store, "k", "a value that is going to be spoiled");
  OK(kvs_close(store));
  FILE* const file = fopen(path_of(name), "r+");
  char bytes[8192];
  const size_t size = fread(bytes, 1, sizeof bytes, file);
  for (size_t i = 0; i + 8 < size; ++i) {
    if (memcmp(bytes + i, "spoiled", 7) == 0) {
      fseek(file, (long)i, SEEK_SET);
      fputs("SPOILED", file);
    }
  }
  fclose(file);
}

static void a_callback_calls(void) {
  make_spoiled("callback");
  kvs_store* store = NULL;
  kvs_store* opened = NULL;
  const kvs_options options = {.size = sizeof options,
                               .scrub_rate = 100u << 20,
                               .on_warning = warn,
                               .on_warning_arg = &opened};
  store = open_with("callback", &options);
  void* value = NULL;
  size_t value_size = 0;
  opened = store;
  CODE(KVS_CORRUPT, kvs_get(store, S("k"), NULL, &value, &value_size));
  CHECK(strstr(kvs_last_message(), "k") != NULL && value == NULL);
  OK(kvs_close(store));
}

/* What a program does with a lock of its own, as Python with its interpreter's: the callback waits
 * for whoever has it, and that is about to close what belongs to the store. */
enum { kParts = 20 };
static struct {
  atomic_bool is_running, may_return, has_waited_in_vain;
} callback;

static void waits(void* arg, const char* message) {
  (void)arg;
  CHECK(strlen(message) > 0);
  callback.is_running = true;
  for (int i = 0; i < 20000 && !callback.may_return; ++i) usleep(1000);
  if (!callback.may_return) callback.has_waited_in_vain = true;
}

static void* closes(void* store) {
  OK(kvs_close(store));
  return NULL;
}

static void parts_are_closed_while_a_callback_keeps_the_store_from_closing(void) {
  make_spoiled("parts");
  const kvs_options options = {
      .size = sizeof options, .scrub_rate = 100u << 20, .on_warning = waits};
  scrubs_begin_at_once = true;
  kvs_store* const store = open_with("parts", &options);
  kvs_iterator* parts[kParts];
  for (int i = 0; i < kParts; ++i) OK(kvs_iterator_open(store, NULL, &parts[i]));
  while (!callback.is_running) usleep(1000);
  scrubs_begin_at_once = false;
  pthread_t closing;
  CHECK(pthread_create(&closing, NULL, closes, store) == 0);
  for (int i = 0; i < kParts; ++i) {
    usleep(10000); /* of the later ones the store waits for its threads by then */
    OK(kvs_iterator_close(parts[i]));
  }
  callback.may_return = true;
  CHECK(pthread_join(closing, NULL) == 0);
  CHECK(!callback.has_waited_in_vain);
  OK(kvs_close(open_new("parts")));
}

static void many_handles(void) {
  kvs_store* store = open_new("many");
  fill(store, 10);
  enum { kMany = 5000 };
  static kvs_snapshot* snapshots[kMany];
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < kMany; ++i) OK(kvs_snapshot_open(store, KVS_NEWEST, &snapshots[i]));
    kvs_statistics stats = {.size = sizeof stats};
    OK(kvs_stats(store, &stats));
    CHECK(stats.snapshots == kMany);
    for (int i = 0; i < kMany; ++i) OK(kvs_snapshot_close(snapshots[i]));
  }
  OK(kvs_close(store));
}

void test_lifetimes(void) {
  the_store_is_closed_first();
  a_compaction_swaps_the_file();
  a_callback_calls();
  parts_are_closed_while_a_callback_keeps_the_store_from_closing();
  many_handles();
}
