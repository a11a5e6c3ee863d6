/* Each call of a store, and of batches and snapshots, once and rightly. */
#include "check.h"

static void reads_and_writes(void) {
  kvs_store* store = open_new("calls");
  kvs_written written;
  OK(kvs_put(store, S("k"), S("value"), NULL, &written));
  CHECK(written.total == 5 && !written.existed && written.seq > 0);
  const uint64_t first = written.seq;
  check_value(store, "k", "value");

  OK(kvs_append(store, S("k"), S(" and more"), NULL, &written));
  CHECK(written.total == 14 && written.existed && written.seq > first);
  void* part = NULL;
  size_t size = 0;
  OK(kvs_read(store, S("k"), -4, 4, NULL, &part, &size));
  CHECK(size == 4 && memcmp(part, "more", 4) == 0);
  kvs_free(part);
  OK(kvs_read(store, S("k"), 100, 5, NULL, &part, &size));
  CHECK(size == 0 && part != NULL);
  kvs_free(part);
  CODE(KVS_MISSING, kvs_read(store, S("none"), 0, 5, NULL, &part, &size));
  CHECK(part == NULL && size == 0);

  const void* view = NULL;
  OK(kvs_get_view(store, S("k"), NULL, &view, &size));
  CHECK(size == 14 && memcmp(view, "value and more", 14) == 0);
  CODE(KVS_MISSING, kvs_get_view(store, S("none"), NULL, &view, &size));
  CHECK(view == NULL && size == 0);

  /* As it was. */
  const kvs_at then = {KVS_AT_SEQ, first};
  OK(kvs_get(store, S("k"), &then, &part, &size));
  CHECK(size == 5 && memcmp(part, "value", 6) == 0);
  kvs_free(part);
  kvs_key_info info;
  OK(kvs_stat(store, S("k"), NULL, &info));
  CHECK(info.type == KVS_BYTES && info.size == 14 && info.seq == written.seq &&
        info.expires_at_ms == 0);
  const kvs_at at_time = {KVS_AT_TIME, info.time_us};
  OK(kvs_stat(store, S("k"), &at_time, NULL));
  const kvs_at before = {KVS_AT_SEQ, first - 1};
  CODE(KVS_MISSING, kvs_stat(store, S("k"), &before, NULL));

  kvs_history_entry* entries = NULL;
  size_t count = 0;
  OK(kvs_history(store, S("k"), 10, &entries, &count));
  CHECK(count == 2 && entries[0].change == KVS_APPEND && entries[1].change == KVS_SET);
  CHECK(entries[1].seq == first && entries[1].size == 5);
  kvs_free(entries);
  OK(kvs_history(store, S("never"), 10, &entries, &count));
  CHECK(count == 0);
  kvs_free(entries);

  uint64_t seq = 0;
  OK(kvs_undo(store, S("k"), NULL, &seq));
  CHECK(seq > written.seq);
  check_value(store, "k", "value");
  OK(kvs_delete(store, S("k"), NULL, &written));
  CHECK(written.existed);
  CODE(KVS_MISSING, kvs_delete(store, S("k"), NULL, NULL));

  uint64_t number = 0;
  OK(kvs_count(store, &number));
  CHECK(number == 0);
  OK(kvs_last_seq(store, &seq));
  CHECK(seq == written.seq);
  OK(kvs_commit(store));
  OK(kvs_sync(store));
  OK(kvs_durable_seq(store, &number));
  CHECK(number == seq);
  OK(kvs_now(store, &number));
  CHECK(number > 1600000000000000);
  OK(kvs_close(store));
}

static void empty_and_binary(void) {
  kvs_store* store = open_new("bytes");
  OK(kvs_put(store, NULL, 0, NULL, 0, NULL, NULL));
  OK(kvs_put(store, S("\0a\xff"), S("\0\0\n"), NULL, NULL));
  void* value = NULL;
  size_t size = 1;
  OK(kvs_get(store, NULL, 0, NULL, &value, &size));
  CHECK(size == 0 && value != NULL);
  kvs_free(value);
  OK(kvs_get(store, S("\0a\xff"), NULL, &value, &size));
  CHECK(size == 3 && memcmp(value, "\0\0\n", 3) == 0);
  kvs_free(value);

  char* const big = calloc(1, KVS_MAX_KEY_SIZE + 1);
  OK(kvs_put(store, big, KVS_MAX_KEY_SIZE, S("v"), NULL, NULL));
  CODE(KVS_TOOBIG, kvs_put(store, big, KVS_MAX_KEY_SIZE + 1, S("v"), NULL, NULL));
  CHECK(strlen(kvs_last_message()) > 0);
  CODE(KVS_TOOBIG, kvs_put(store, S("k"), big, (size_t)KVS_MAX_VALUE_SIZE + 1, NULL, NULL));
  free(big);
  /* Large ones, too: also as a view, whose memory does not stay. */
  char* const long_value = malloc(5000000);
  memset(long_value, 'x', 5000000);
  OK(kvs_put(store, S("long"), long_value, 5000000, NULL, NULL));
  const void* view = NULL;
  OK(kvs_get_view(store, S("long"), NULL, &view, &size));
  CHECK(size == 5000000 && memcmp(view, long_value, size) == 0);
  free(long_value);
  OK(kvs_close(store));
}

static void expiries(void) {
  kvs_store* store = open_new("expiries");
  const kvs_write_options hour = {.size = sizeof hour, .ttl_ms = 3600000};
  OK(kvs_put(store, S("k"), S("v"), &hour, NULL));
  int64_t ms = 0;
  OK(kvs_ttl(store, S("k"), &ms));
  CHECK(ms > 3500000 && ms <= 3600000);
  OK(kvs_expire(store, S("k"), 0, NULL, NULL));
  OK(kvs_ttl(store, S("k"), &ms));
  CHECK(ms == -1);
  CODE(KVS_MISSING, kvs_ttl(store, S("none"), &ms));
  CODE(KVS_MISSING, kvs_expire(store, S("none"), 0, NULL, NULL));
  /* A time to live, which it does not take, is not the time it would be in 1970. */
  CODE(KVS_NUMBER, kvs_expire(store, S("k"), 60000, NULL, NULL));
  CHECK(strstr(kvs_last_hint(), "kvs_now()") != NULL);
  check_value(store, "k", "v");
  OK(kvs_expire(store, S("k"), 1000000000000, NULL, NULL));
  CODE(KVS_MISSING, kvs_stat(store, S("k"), NULL, NULL));
  const kvs_write_options both = {.size = sizeof both, .ttl_ms = 1, .expires_at_ms = 1};
  CODE(KVS_USAGE, kvs_put(store, S("k"), S("v"), &both, NULL));
  CODE(KVS_USAGE, kvs_append(store, S("k"), S("v"), &hour, NULL));
  OK(kvs_close(store));
}

static void batches(void) {
  kvs_store* store = open_new("batches");
  kvs_batch* batch = NULL;
  OK(kvs_batch_open(&batch));
  put(store, "gone", "x");
  OK(kvs_batch_put(batch, S("a"), S("1"), 0));
  OK(kvs_batch_append(batch, S("a"), S("2")));
  OK(kvs_batch_put(batch, S("b"), S("3"), 0));
  OK(kvs_batch_delete(batch, S("gone")));
  uint64_t existed = 0;
  OK(kvs_batch_apply(store, batch, true, &existed));
  CHECK(existed == 1);
  check_value(store, "a", "12");
  kvs_key_info a, b;
  OK(kvs_stat(store, S("a"), NULL, &a));
  OK(kvs_stat(store, S("b"), NULL, &b));
  CHECK(a.seq == b.seq);
  OK(kvs_batch_apply(store, batch, false, &existed)); /* it stays as it is */
  CHECK(existed == 2);
  OK(kvs_batch_reset(batch));
  OK(kvs_batch_clear(batch));
  OK(kvs_batch_put(batch, S("only"), S("1"), 0));
  OK(kvs_batch_apply(store, batch, false, NULL));
  uint64_t keys = 0;
  OK(kvs_count(store, &keys));
  CHECK(keys == 1);
  OK(kvs_clear(store));
  OK(kvs_count(store, &keys));
  CHECK(keys == 0);
  OK(kvs_batch_close(batch));
  OK(kvs_close(store));
}

static void snapshots(void) {
  kvs_store* store = open_new("snapshots");
  put(store, "k", "old");
  kvs_snapshot *snapshot = NULL, *same = NULL;
  OK(kvs_snapshot_open(store, KVS_NEWEST, &snapshot));
  put(store, "k", "new");
  uint64_t seq = 0;
  OK(kvs_snapshot_seq(snapshot, &seq));
  OK(kvs_snapshot_open(store, seq, &same));
  void* value = NULL;
  size_t size = 0;
  OK(kvs_snapshot_get(same, S("k"), NULL, &value, &size));
  CHECK(size == 3 && memcmp(value, "old", 3) == 0);
  kvs_free(value);
  OK(kvs_snapshot_read(snapshot, S("k"), 1, 1, NULL, &value, &size));
  CHECK(size == 1 && memcmp(value, "l", 1) == 0);
  kvs_free(value);
  kvs_key_info info;
  OK(kvs_snapshot_stat(snapshot, S("k"), NULL, &info));
  CHECK(info.seq == seq);
  CODE(KVS_MISSING, kvs_snapshot_get(snapshot, S("none"), NULL, &value, &size));
  OK(kvs_snapshot_close(same));
  OK(kvs_snapshot_close(snapshot));
  OK(kvs_close(store));
}

static void looking_after(void) {
  kvs_store* store = open_new("after");
  for (int i = 0; i < 1000; ++i) put(store, "k", "value");
  kvs_statistics stats = {.size = sizeof stats};
  OK(kvs_stats(store, &stats));
  CHECK(stats.keys == 1 && stats.keys_are_known && stats.writes == 1000 && !stats.read_only);
  OK(kvs_compact(store, "none", NULL));
  CODE(KVS_NUMBER, kvs_compact(store, "perhaps", NULL) == KVS_OK ? KVS_OK : KVS_NUMBER);
  kvs_statistics later = {.size = sizeof later};
  OK(kvs_stats(store, &later));
  CHECK(later.compactions == 1 && later.file_size < stats.file_size);
  OK(kvs_compact_stop(store));
  OK(kvs_checkpoint(store));
  char copy[300];
  snprintf(copy, sizeof copy, "%s.copy", path_of("after"));
  OK(kvs_backup(store, copy));
  CODE(KVS_EXISTS, kvs_backup(store, copy));
  const kvs_at old = {KVS_AT_SEQ, 3};
  CODE(KVS_PURGED, kvs_stat(store, S("k"), &old, NULL));
  char* text = NULL;
  OK(kvs_open_report(store, &text));
  CHECK(strlen(text) > 0);
  kvs_free(text);
  OK(kvs_close(store));

  const kvs_options reading = {.size = sizeof reading, .read_only = true};
  OK(kvs_open(copy, &reading, &store));
  check_value(store, "k", "value");
  CODE(KVS_READONLY, kvs_put(store, S("k"), S("v"), NULL, NULL));
  CHECK(strstr(kvs_last_hint(), "read_only") != NULL);
  OK(kvs_close(store));
}

void test_calls(void) {
  CHECK(strcmp(kvs_code_name(KVS_CONFLICT), "CONFLICT") == 0);
  CHECK(strcmp(kvs_code_name(KVS_OK), "OK") == 0);
  CHECK(strcmp(kvs_code_name((kvs_code)12345), "OTHER") == 0);
  CHECK(strlen(kvs_version()) >= 5);
  kvs_free(NULL);
  reads_and_writes();
  empty_and_binary();
  expiries();
  batches();
  snapshots();
  looking_after();
}
