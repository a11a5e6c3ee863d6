/* What is wrong with a call is an error with words, and never a crash. */
#include "check.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void null_pointers(kvs_store* store) {
  void* value = NULL;
  size_t size = 0;
  CODE(KVS_USAGE, kvs_open(NULL, NULL, &store));
  CHECK(store == NULL);
  store = open_new("null");
  CODE(KVS_USAGE, kvs_open("x", NULL, NULL));
  CODE(KVS_USAGE, kvs_get(store, NULL, 5, NULL, &value, &size));
  CHECK(strcmp(kvs_last_message(), "key is NULL") == 0);
  CODE(KVS_USAGE, kvs_get(store, S("k"), NULL, NULL, &size));
  CODE(KVS_USAGE, kvs_get(store, S("k"), NULL, &value, NULL));
  CODE(KVS_USAGE, kvs_put(store, S("k"), NULL, 1, NULL, NULL));
  CODE(KVS_USAGE, kvs_ttl(store, S("k"), NULL));
  CODE(KVS_USAGE, kvs_count(store, NULL));
  CODE(KVS_USAGE, kvs_stats(store, NULL));
  CODE(KVS_USAGE, kvs_history(store, S("k"), 1, NULL, &size));
  CODE(KVS_USAGE, kvs_backup(store, NULL));
  CODE(KVS_USAGE, kvs_open_report(store, NULL));
  CODE(KVS_USAGE, kvs_snapshot_open(store, 0, NULL));
  CODE(KVS_USAGE, kvs_iterator_open(store, NULL, NULL));
  CODE(KVS_USAGE, kvs_txn_begin(store, NULL, NULL));
  CODE(KVS_USAGE, kvs_batch_open(NULL));
  CODE(KVS_USAGE, kvs_follow_key(store, S("k"), 0, NULL));
  CODE(KVS_USAGE, kvs_follow_prefix(store, NULL, 1, 0, &(kvs_follower*){NULL}));
  OK(kvs_close(store));

  CODE(KVS_USAGE, kvs_put(NULL, S("k"), S("v"), NULL, NULL));
  CODE(KVS_USAGE, kvs_iterator_next(NULL));
  CODE(KVS_USAGE, kvs_txn_commit(NULL, false, NULL));
  CODE(KVS_USAGE, kvs_batch_reset(NULL));
  CODE(KVS_USAGE, kvs_follow_cancel(NULL));
  OK(kvs_close(NULL));
  OK(kvs_snapshot_close(NULL));
  OK(kvs_iterator_close(NULL));
  OK(kvs_txn_close(NULL));
  OK(kvs_batch_close(NULL));
  OK(kvs_follow_close(NULL));
}

static void wrong_handles(kvs_store* store) {
  int on_the_stack = 0;
  void* const from_the_heap = malloc(16);
  const void* const none[] = {&on_the_stack,
                              from_the_heap,
                              "text",
                              (void*)1,
                              (void*)UINTPTR_MAX,
                              (void*)((UINT64_C(1) << 63) | (UINT64_C(1) << 59) | 12345)};
  for (size_t i = 0; i < sizeof none / sizeof *none; ++i) {
    CODE(KVS_USAGE, kvs_put((kvs_store*)none[i], S("k"), S("v"), NULL, NULL));
    CODE(KVS_USAGE, kvs_close((kvs_store*)none[i]));
    CODE(KVS_USAGE, kvs_iterator_next((kvs_iterator*)none[i]));
    CODE(KVS_USAGE, kvs_follow_close((kvs_follower*)none[i]));
  }
  free(from_the_heap);
  kvs_iterator* iterator = NULL;
  OK(kvs_iterator_open(store, NULL, &iterator));
  CODE(KVS_USAGE, kvs_put((kvs_store*)iterator, S("k"), S("v"), NULL, NULL));
  CHECK(strstr(kvs_last_message(), "iterator") && strstr(kvs_last_message(), "store"));
  CODE(KVS_USAGE, kvs_iterator_next((kvs_iterator*)store));
  CODE(KVS_USAGE, kvs_close((kvs_store*)iterator));
  OK(kvs_iterator_close(iterator));
}

static void closed_handles(void) {
  kvs_store* store = open_new("closed");
  OK(kvs_close(store));
  CODE(KVS_USAGE, kvs_close(store));
  CODE(KVS_USAGE, kvs_put(store, S("k"), S("v"), NULL, NULL));
  CHECK(strstr(kvs_last_message(), "closed") != NULL && strlen(kvs_last_hint()) > 0);
  /* Nor does it name what was opened in its place. */
  for (int i = 0; i < 3; ++i) {
    kvs_store* const next = open_new("closed");
    CHECK(next != store);
    CODE(KVS_USAGE, kvs_put(store, S("k"), S("v"), NULL, NULL));
    OK(kvs_close(next));
  }
  kvs_batch* batch = NULL;
  OK(kvs_batch_open(&batch));
  OK(kvs_batch_close(batch));
  CODE(KVS_USAGE, kvs_batch_close(batch));
  CODE(KVS_USAGE, kvs_batch_put(batch, S("k"), S("v"), 0));
}

static void structs(void) {
  kvs_store* store = NULL;
  kvs_options options = {.size = 0};
  CODE(KVS_USAGE, kvs_open(path_of("structs"), &options, &store));
  options.size = 4;
  CODE(KVS_USAGE, kvs_open(path_of("structs"), &options, &store));
  options.size = 1u << 30;
  CODE(KVS_USAGE, kvs_open(path_of("structs"), &options, &store));
  /* Of a newer header: right, as long as it asks for nothing new. */
  struct {
    kvs_options known;
    uint64_t unknown;
  } newer = {.known = {.size = sizeof newer, .sync = KVS_SYNC_NONE}, .unknown = 0};
  OK(kvs_open(path_of("structs"), &newer.known, &store));
  OK(kvs_close(store));
  newer.unknown = 1;
  CODE(KVS_USAGE, kvs_open(path_of("structs"), &newer.known, &store));
  /* Of an older one. */
  options = (kvs_options){.size = offsetof(kvs_options, lock_wait_ms), .compact_at = 1000};
  OK(kvs_open(path_of("structs"), &options, &store));
  struct {
    size_t size;
    uint64_t keys;
    uint64_t not_ours;
  } older = {.size = 2 * sizeof(uint64_t), .not_ours = 42};
  put(store, "k", "v");
  OK(kvs_stats(store, (kvs_statistics*)&older));
  CHECK(older.keys == 1 && older.not_ours == 42);
  kvs_statistics unset = {.size = 0};
  CODE(KVS_USAGE, kvs_stats(store, &unset));
  kvs_follower* follower = NULL;
  OK(kvs_follow_key(store, S("k"), 0, &follower));
  kvs_event event = {.size = 0};
  CODE(KVS_USAGE, kvs_follow_next(follower, 0, &event));
  OK(kvs_follow_close(follower));
  OK(kvs_close(store));

  const kvs_options wrong[] = {
      {.size = sizeof *wrong, .sync = (kvs_sync_mode)7},
      {.size = sizeof *wrong, .sync = KVS_SYNC_INTERVAL},
      {.size = sizeof *wrong, .memory = 1},
      {.size = sizeof *wrong, .compact_at = 101},
      {.size = sizeof *wrong, .keep_history = "often"},
      {.size = sizeof *wrong, .compression = "zip"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
    CHECK(kvs_open(path_of("structs"), &wrong[i], &store) >= KVS_USAGE);
    CHECK(store == NULL && strlen(kvs_last_message()) > 0);
  }
  const kvs_at at = {(kvs_at_kind)5, 0};
  store = open_new("structs");
  CODE(KVS_USAGE, kvs_stat(store, S("k"), &at, NULL));
  OK(kvs_close(store));
}

/* Of a file that is not there yet there can be one writer, too. */
static void two_writers_of_a_new_file(void) {
  kvs_store *one = NULL, *other = NULL;
  OK(kvs_open(path_of("two"), NULL, &one));
  CODE(KVS_LOCKED, kvs_open(path_of("two"), NULL, &other));
  CHECK(strstr(kvs_last_hint(), "lock_wait_ms") != NULL);
  const kvs_options late = {.size = sizeof late, .lock_at_first_write = true};
  OK(kvs_open(path_of("two"), &late, &other));
  OK(kvs_close(other));
  OK(kvs_close(one));
}

/* A later version than there is would be answered as the newest, and otherwise tomorrow. */
static void versions_to_come(void) {
  kvs_store* store = open_new("versions to come");
  put(store, "k", "v");
  uint64_t newest = 0;
  OK(kvs_last_seq(store, &newest));
  const kvs_at later = {KVS_AT_SEQ, newest + 1};
  void* value = NULL;
  size_t size = 0;
  CODE(KVS_NUMBER, kvs_get(store, S("k"), &later, &value, &size));
  CODE(KVS_NUMBER, kvs_read(store, S("k"), 0, 1, &later, &value, &size));
  CODE(KVS_NUMBER, kvs_stat(store, S("k"), &later, NULL));
  CODE(KVS_NUMBER, kvs_undo(store, S("k"), &later, NULL));
  kvs_snapshot* snapshot = NULL;
  CODE(KVS_NUMBER, kvs_snapshot_open(store, newest + 1, &snapshot));
  const kvs_range range = {.size = sizeof range, .at = later};
  kvs_iterator* iterator = NULL;
  CODE(KVS_NUMBER, kvs_iterator_open(store, &range, &iterator));
  const kvs_at now = {KVS_AT_SEQ, newest};
  OK(kvs_stat(store, S("k"), &now, NULL));
  OK(kvs_close(store));
}

static void files(kvs_store* store) {
  kvs_store* other = NULL;
  put(store, "k", "v");
  CODE(KVS_LOCKED, kvs_open(path_of("misuse"), NULL, &other));
  CHECK(other == NULL);
  const kvs_options reading = {.size = sizeof reading, .read_only = true};
  CODE(KVS_NOTFOUND, kvs_open(path_of("none"), &reading, &other));
  CODE(KVS_NOTFOUND, kvs_open("", NULL, &other));
  OK(kvs_open(path_of("misuse"), &reading, &other)); /* beside the writer */
  check_value(other, "k", "v");
  OK(kvs_close(other));
  FILE* const file = fopen(path_of("text"), "w");
  fputs("this is no database, but a text of some length\n", file);
  fclose(file);
  CODE(KVS_FORMAT, kvs_open(path_of("text"), NULL, &other));
}

/* A child process has no handles. */
static void after_fork(kvs_store* store) {
  kvs_iterator* iterator = NULL;
  OK(kvs_iterator_open(store, NULL, &iterator));
  const pid_t child = fork();
  if (child == 0) {
    CODE(KVS_USAGE, kvs_put(store, S("child"), S("v"), NULL, NULL));
    CHECK(strstr(kvs_last_message(), "child") != NULL);
    CODE(KVS_USAGE, kvs_iterator_next(iterator));
    CODE(KVS_USAGE, kvs_close(store));
    kvs_batch* batch = NULL;
    OK(kvs_batch_open(&batch));
    OK(kvs_batch_close(batch));
    _exit(0);
  }
  int status = 1;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  put(store, "parent", "v");
  OK(kvs_iterator_close(iterator));
}

/* Whoever has the descriptor from a fork, the lock goes when the store is closed; and does not go
   when that process ends. */
static void lock_after_fork(void) {
  kvs_store* store = open_new("forked");
  put(store, "k", "v");
  int pipes[2];
  CHECK(pipe(pipes) == 0);
  const pid_t child = fork();
  if (child == 0) {
    close(pipes[1]);
    char byte;
    _exit(read(pipes[0], &byte, 1) == 0 ? 0 : 1);
  }
  OK(kvs_close(store));
  kvs_store* other = NULL;
  OK(kvs_open(path_of("forked"), NULL, &store));
  close(pipes[0]);
  close(pipes[1]);
  int status = 1;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CODE(KVS_LOCKED, kvs_open(path_of("forked"), NULL, &other));
  OK(kvs_close(store));
}

/* As a full disk, and no signal. */
static void limit_of_file_size(void) {
  const kvs_options unsynced = {.size = sizeof unsynced, .sync = KVS_SYNC_NONE};
  kvs_store* const store = open_with("limit", &unsynced);
  char* const value = calloc(1, 64 << 10);
  struct rlimit before, less;
  CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
  less = (struct rlimit){.rlim_cur = 1 << 20, .rlim_max = before.rlim_max};
  CHECK(setrlimit(RLIMIT_FSIZE, &less) == 0);
  kvs_code code = KVS_OK;
  for (int i = 0; i < 100 && code == KVS_OK; ++i) {
    code = kvs_put(store, &(char){(char)i}, 1, value, 64 << 10, NULL, NULL);
  }
  CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
  CODE(KVS_FULL, code);
  /* It is tried again twice a second. */
  for (int i = 0; i < 200 && code != KVS_OK; ++i) {
    code = kvs_put(store, S("k"), S("v"), NULL, NULL);
    usleep(50000);
  }
  OK(code);
  free(value);
  OK(kvs_close(store));
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static void too_little_memory(void) {} /* a sanitizer needs all there is */
#else
static void too_little_memory(void) {
  enum { kSize = 64 << 20 };
  kvs_store* const store = open_new("memory");
  char* const value = calloc(1, kSize);
  OK(kvs_put(store, S("big"), value, kSize, NULL, NULL));
  free(value);
  put(store, "small", "v");
  struct rlimit before, less;
  CHECK(getrlimit(RLIMIT_AS, &before) == 0);
  unsigned long pages = 0;
  FILE* const statm = fopen("/proc/self/statm", "r");
  CHECK(statm != NULL && fscanf(statm, "%lu", &pages) == 1);
  fclose(statm);
  less = before;
  less.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + (40 << 20);
  CHECK(setrlimit(RLIMIT_AS, &less) == 0);
  void* found = NULL;
  size_t size = 0;
  CODE(KVS_MEMORY, kvs_get(store, S("big"), NULL, &found, &size));
  CHECK(found == NULL && size == 0 && strlen(kvs_last_message()) > 0);
  check_value(store, "small", "v");
  CHECK(setrlimit(RLIMIT_AS, &before) == 0);
  OK(kvs_get(store, S("big"), NULL, &found, &size));
  CHECK(size == kSize);
  kvs_free(found);
  OK(kvs_close(store));
}
#endif

void test_misuse(void) {
  too_little_memory();
  kvs_store* const store = open_new("misuse");
  null_pointers(store);
  wrong_handles(store);
  closed_handles();
  structs();
  two_writers_of_a_new_file();
  versions_to_come();
  files(store);
  after_fork(store);
  lock_after_fork();
  limit_of_file_size();
  OK(kvs_close(store));
}
