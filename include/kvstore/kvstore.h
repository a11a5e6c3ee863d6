/* kvstore for C, and for whatever calls C: one file, keys to values, every write an appended
 * record. docs/EMBEDDING.md is the introduction, samples/embed.c a whole program.
 *
 *   cc -std=c11 program.c $(pkg-config --cflags --libs kvstore)
 *
 * RESULTS. A call answers KVS_OK, KVS_MISSING (no error: there is no such key, or no more), or an
 * error, and then says more by kvs_last_message() and kvs_last_hint(). What it hands out through
 * pointers is set with KVS_OK only; otherwise sizes are 0 and pointers NULL. A pointer for a
 * result that is not wanted may be NULL where that is said. No exception leaves a
 * call; without memory it answers KVS_MEMORY and has done nothing. No signal leaves a call either
 * (unless the process handles SIGBUS itself), with one exception: if another program cuts the file
 * short while it is open for writing, the process ends with a sentence on stderr and status 7, as
 * acknowledged writes are gone (docs/EMBEDDING.md).
 *
 * KEYS AND VALUES are any bytes, with their sizes; (NULL, 0) is the empty string. Keys have at most
 * KVS_MAX_KEY_SIZE bytes, one write or one answer at most KVS_MAX_VALUE_SIZE (KVS_TOOBIG), a value
 * grown by appends 2^48-1: kvs_read() it in parts. What a call is given it copies before it
 * returns. Times are microseconds, expiries milliseconds, both since 1970; times to live are
 * milliseconds.
 *
 * MEMORY. What comes through a `void **` or another pointer to a pointer without const was
 * allocated for the caller, who gives it back with kvs_free(); behind a value stands a zero byte
 * that its size does not count, so text can be used as a string. What comes through a pointer to
 * const stays the library's, and each call says how long it holds.
 *
 * HANDLES (kvs_store, kvs_snapshot, kvs_iterator, kvs_txn, kvs_batch, kvs_follower) are names and
 * not addresses: nothing can be read through them. One that was closed, never was, or is of
 * another kind is answered KVS_USAGE by every call, also if other handles were opened since (the
 * same number comes again after 2^35 in its place). Each is closed once by its own close call, in
 * any order: a store may be closed first, then its snapshots, iterators, transactions and followers
 * answer KVS_FAILED, hold nothing of the file, and are still to be closed for the sake of their
 * memory. Closing NULL does nothing. In a child process after fork() all handles of before are
 * closed ones, as a file has one writer: open it there anew.
 *
 * THREADS. Stores and snapshots: any call from any thread at any time, also closing, which waits
 * until the other calls have returned. Iterators, transactions, batches and followers: one thread
 * at a time; a second one at the same moment is answered KVS_STATE. But kvs_follow_cancel() is
 * for any thread, and so is closing, which waits. kvs_last_message() is of each thread.
 *
 * STRUCTS that may grow begin with `size`, which the caller sets to the sizeof that it was compiled
 * with; everything else that is 0 means the default:
 *
 *   kvs_options options = {.size = sizeof options, .sync = KVS_SYNC_NONE};
 *
 * A NULL pointer to such a struct is all defaults. A size that is too small for any version, or
 * fields that this library does not know and that are not 0, are KVS_USAGE.
 */
#ifndef KVSTORE_KVSTORE_H
#define KVSTORE_KVSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define KVS_API __attribute__((visibility("default")))
#else
#define KVS_API
#endif

#ifdef __cplusplus
#define KVS_NOEXCEPT noexcept
#define KVS_ANY_VALUE : unsigned /* as in C: also one that has no name here */
extern "C" {
#else
#define KVS_NOEXCEPT
#define KVS_ANY_VALUE
#endif

#define KVS_MAX_KEY_SIZE 65535u
#define KVS_MAX_VALUE_SIZE (512u << 20)

/* Numbers are for ever; later versions may have more. Their names are those of kvstore's text
 * protocol and logs. */
typedef enum kvs_code KVS_ANY_VALUE {
  KVS_OK = 0,
  KVS_MISSING = 1, /* no error: no such key, or no further one */
  /* The data says no. */
  KVS_EXISTS = 10,   /* the key, or the file to be made, is there */
  KVS_TYPE = 11,     /* the key holds a sorted set, and no bytes */
  KVS_PURGED = 12,   /* the file has no history of then */
  KVS_CONFLICT = 13, /* what was read, or was asked to be so, was changed by somebody else */
  KVS_ABORTED = 14,  /* the transaction was rolled back: it was past a limit */
  /* The store says no. */
  KVS_CORRUPT = 20,  /* the newest record of this key is damaged */
  KVS_DAMAGED = 21,  /* the file is damaged: writes are refused until it is repaired */
  KVS_READONLY = 22, /* opened for reading */
  KVS_FAILED = 23,   /* the store is closed, or an earlier sync failed: open it anew */
  KVS_FULL = 24,     /* no room on the disk; heals */
  KVS_IO = 25,       /* the operating system refused or failed */
  KVS_MEMORY = 26,
  /* The file cannot be opened. */
  KVS_LOCKED = 30,  /* another process, or another handle, writes it */
  KVS_FORMAT = 31,  /* not a kvstore file */
  KVS_VERSION = 32, /* of a newer kvstore */
  KVS_NOTFOUND = 33,
  KVS_PERMISSION = 34,
  /* The call is not right. */
  KVS_USAGE = 40,  /* a wrong handle, pointer or option */
  KVS_NUMBER = 41, /* a number is out of its range */
  KVS_TOOBIG = 42,
  KVS_STATE = 43,   /* not now: another thread uses the handle */
  KVS_SKIPPED = 44, /* cancelled */
  KVS_LIMIT = 45,
  KVS_TIMEOUT = 46,
  KVS_OTHER = 99 /* kvs_last_message() says */
} kvs_code;

typedef struct kvs_store kvs_store;
typedef struct kvs_snapshot kvs_snapshot;
typedef struct kvs_iterator kvs_iterator;
typedef struct kvs_txn kvs_txn;
typedef struct kvs_batch kvs_batch;
typedef struct kvs_follower kvs_follower;

/* "0.1.0": of the library that is linked. Never freed. */
KVS_API const char* kvs_version(void) KVS_NOEXCEPT;
/* "CONFLICT"; "OTHER" for a number that is no code. Never freed. */
KVS_API const char* kvs_code_name(kvs_code code) KVS_NOEXCEPT;

/* Of the last call on this thread that answered an error: what happened and where, in one
 * sentence, and what can be done next ("" if nothing is known). Never NULL; hold until the next
 * error on this thread. */
KVS_API const char* kvs_last_message(void) KVS_NOEXCEPT;
KVS_API const char* kvs_last_hint(void) KVS_NOEXCEPT;

/* Gives back what a call has allocated. NULL is nothing. */
KVS_API void kvs_free(void* memory) KVS_NOEXCEPT;

/* ---- Opening and closing ---------------------------------------------------------------- */

/* When a write is on the disk. Whatever it says, a killed process loses nothing: it is about
 * power loss. */
typedef enum kvs_sync_mode KVS_ANY_VALUE {
  KVS_SYNC_ALWAYS = 0,   /* a write returns when it is on the disk; writers share syncs */
  KVS_SYNC_INTERVAL = 1, /* every sync_interval_ms */
  KVS_SYNC_NONE = 2      /* every second or 64 MiB */
} kvs_sync_mode;

typedef struct kvs_options {
  size_t size;
  bool read_only;
  /* Opens for reading, beside whoever writes; the first write opens it for writing. */
  bool lock_at_first_write;
  kvs_sync_mode sync;
  uint32_t sync_interval_ms;
  uint32_t lock_wait_ms; /* to wait for another process's lock before KVS_LOCKED */
  uint32_t
      compact_at; /* per cent of the file not needed any more: then it is compacted. 0: never */
  uint64_t compact_least_size; /* bytes not needed, at least; 0: 64 MiB */
  uint64_t memory;     /* bytes the store may take for itself, about; 0: 256 MiB. At least 16 MiB */
  uint64_t scrub_rate; /* bytes a second to check in the background; 0: none */
  const char* keep_history;  /* by compactions: "none", "1000" writes, "12h", "7d"; NULL: a day */
  const char* compression;   /* by compactions: "none", "zstd", "zstd:9"; NULL: as the file is */
  uint64_t txn_bytes;        /* of memory for a transaction; 0: 64 MiB */
  uint64_t txn_bytes_of_all; /* for all that are open; 0: 256 MiB */
  uint32_t txn_ms;           /* from begin to commit; 0: a minute; UINT32_MAX: no limit */
  /* Something that whoever runs the program should hear of: a sentence. From any thread that
   * calls, and from one of the store's own. Calls of this library that it makes are answered
   * KVS_STATE; it must return (no longjmp, no exception: one ends the process). kvs_close() waits for
   * it; what belongs to the store can be closed by other threads meanwhile. */
  void (*on_warning)(void* arg, const char* message);
  void* on_warning_arg;
} kvs_options;

/* Opens the database at a path, or makes it (with lock_at_first_write the first write does); a file
 * that was not closed is recovered. It stays locked until kvs_close(), for other handles of this
 * process, too. KVS_LOCKED (names the owner), KVS_FORMAT, KVS_VERSION, KVS_PERMISSION,
 * KVS_IO, KVS_FULL; KVS_NOTFOUND with read_only. A damaged file opens, for reading: kvs_open_report(). */
KVS_API kvs_code kvs_open(const char* path, const kvs_options* options,
                          kvs_store** store) KVS_NOEXCEPT;
/* Syncs and lets go of the file and its lock, whatever it answers. Waits for the calls of other
 * threads; those that wait themselves (kvs_follow_next(), kvs_compact()) end with KVS_SKIPPED.
 * KVS_STATE in a callback: then nothing was done. */
KVS_API kvs_code kvs_close(kvs_store* store) KVS_NOEXCEPT;
/* How the file was found when it was opened: one or two sentences, to be freed. */
KVS_API kvs_code kvs_open_report(kvs_store* store, char** text) KVS_NOEXCEPT;

/* ---- Reading ------------------------------------------------------------------------------
 * All: KVS_CORRUPT (names key, version, offset) rather than a wrong or an old value; KVS_TYPE for a
 * sorted set; KVS_PURGED with an `at` of which the file keeps no history. */

typedef enum kvs_at_kind KVS_ANY_VALUE {
  KVS_AT_NOW = 0,
  KVS_AT_SEQ = 1,
  KVS_AT_TIME = 2
} kvs_at_kind;
/* The state as it was: at a version (seq; KVS_NUMBER of one that the store does not have yet), or
 * after the last write whose time (in microseconds) is at or before `value`. NULL is now. */
typedef struct kvs_at {
  kvs_at_kind kind;
  uint64_t value;
} kvs_at;

/* The whole value, to be freed. KVS_MISSING; KVS_TOOBIG above KVS_MAX_VALUE_SIZE. */
KVS_API kvs_code kvs_get(kvs_store* store, const void* key, size_t key_size, const kvs_at* at,
                         void** value, size_t* value_size) KVS_NOEXCEPT;
/* The same without a copy for the caller: holds until the next call of this thread, of
 * whatever handle. */
KVS_API kvs_code kvs_get_view(kvs_store* store, const void* key, size_t key_size, const kvs_at* at,
                              const void** value, size_t* value_size) KVS_NOEXCEPT;
/* Up to `length` bytes from an offset, to be freed; a negative one counts from the end, and stops
 * at the beginning. Past the end it is KVS_OK and empty. What it costs does not depend on how long
 * the value is. */
KVS_API kvs_code kvs_read(kvs_store* store, const void* key, size_t key_size, int64_t offset,
                          uint64_t length, const kvs_at* at, void** value,
                          size_t* value_size) KVS_NOEXCEPT;

typedef enum kvs_type KVS_ANY_VALUE { KVS_BYTES = 1, KVS_SORTED_SET = 2 } kvs_type;
typedef struct kvs_key_info {
  kvs_type type;
  uint64_t size;          /* of the value, in bytes */
  uint64_t expires_at_ms; /* 0: never */
  uint64_t seq;           /* its version; 0 if the asking transaction has written it */
  uint64_t time_us;       /* of that write */
} kvs_key_info;
/* What is known of a key without reading its value. KVS_MISSING. `info` may be NULL. */
KVS_API kvs_code kvs_stat(kvs_store* store, const void* key, size_t key_size, const kvs_at* at,
                          kvs_key_info* info) KVS_NOEXCEPT;
/* How long it has to live: milliseconds, or -1 without an expiry. KVS_MISSING. */
KVS_API kvs_code kvs_ttl(kvs_store* store, const void* key, size_t key_size,
                         int64_t* ms) KVS_NOEXCEPT;

typedef enum kvs_change KVS_ANY_VALUE {
  KVS_SET = 0,
  KVS_APPEND = 1,
  KVS_DELETE = 2,
  KVS_EXPIRE = 3, /* another expiry for the same value */
  KVS_HOLE = 4,   /* a value that was lost to damage */
  KVS_GAP = 5,    /* an append that was */
  KVS_CUT = 6,    /* history before this seq is gone from the file */
  KVS_CLEAR = 7   /* all keys were deleted */
} kvs_change;
typedef struct kvs_history_entry {
  kvs_change change;
  kvs_type type;
  uint64_t seq;
  uint64_t time_us;
  uint64_t size; /* of the value after it */
  uint64_t expires_at_ms;
} kvs_history_entry;
/* The versions of a key, newest first, at most `limit`; to be freed. Deletions count; a key that
 * never was has none (KVS_OK, 0). */
KVS_API kvs_code kvs_history(kvs_store* store, const void* key, size_t key_size, size_t limit,
                             kvs_history_entry** entries, size_t* count) KVS_NOEXCEPT;

/* Live keys. KVS_CORRUPT while damage may have taken some. */
KVS_API kvs_code kvs_count(kvs_store* store, uint64_t* keys) KVS_NOEXCEPT;
/* The newest version that shows, 0 for none; the newest that is known to be on the disk. */
KVS_API kvs_code kvs_last_seq(kvs_store* store, uint64_t* seq) KVS_NOEXCEPT;
KVS_API kvs_code kvs_durable_seq(kvs_store* store, uint64_t* seq) KVS_NOEXCEPT;
/* The store's clock, by which expiries are judged, in microseconds. */
KVS_API kvs_code kvs_now(kvs_store* store, uint64_t* time_us) KVS_NOEXCEPT;

/* ---- Writing ------------------------------------------------------------------------------
 * All: KVS_TOOBIG, KVS_FULL, KVS_FAILED, KVS_DAMAGED, KVS_READONLY, KVS_LOCKED (the first write
 * of lock_at_first_write), KVS_CORRUPT (append, conditions). With an error nothing is written; but
 * KVS_IO or KVS_FAILED of a sync that was waited for says that it may be lost. */

typedef enum kvs_condition KVS_ANY_VALUE {
  KVS_ALWAYS = 0,
  KVS_IF_ABSENT = 1,  /* else KVS_EXISTS */
  KVS_IF_PRESENT = 2, /* else KVS_MISSING */
  KVS_IF_SEQ = 3      /* the key's version is still if_seq, 0: it is absent; else KVS_CONFLICT. What
                       * a transaction has written itself is of no version */
} kvs_condition;
typedef struct kvs_write_options {
  size_t size;
  bool no_wait; /* return before it is on the disk; kvs_commit() waits for it */
  kvs_condition condition;
  uint64_t if_seq;
  uint64_t ttl_ms;        /* kvs_put() only: expires so long after the write; 0: never */
  uint64_t expires_at_ms; /* kvs_put() only: or then, as of kvs_expire(). Both: KVS_USAGE */
} kvs_write_options;
typedef struct kvs_written {
  uint64_t seq;   /* the version that it made */
  uint64_t total; /* the value's length after it */
  bool existed;   /* the key was there before */
} kvs_written;

/* The condition is judged, and the write made, with no other write in between. `options` and
 * `written` may be NULL. */
KVS_API kvs_code kvs_put(kvs_store* store, const void* key, size_t key_size, const void* value,
                         size_t value_size, const kvs_write_options* options,
                         kvs_written* written) KVS_NOEXCEPT;
/* To the end of the value, which is made if it is missing; costs the same however long it is.
 * KVS_TYPE. */
KVS_API kvs_code kvs_append(kvs_store* store, const void* key, size_t key_size, const void* value,
                            size_t value_size, const kvs_write_options* options,
                            kvs_written* written) KVS_NOEXCEPT;
/* KVS_MISSING: it was not there, and nothing was written. */
KVS_API kvs_code kvs_delete(kvs_store* store, const void* key, size_t key_size,
                            const kvs_write_options* options, kvs_written* written) KVS_NOEXCEPT;
/* Another expiry for the value that is there, which is not written anew. `expires_at_ms` is a time
 * (kvs_now() / 1000 + 60000: in a minute; 0: never), not a time to live: KVS_NUMBER before 2000.
 * One that is past removes the key. KVS_MISSING. */
KVS_API kvs_code kvs_expire(kvs_store* store, const void* key, size_t key_size,
                            uint64_t expires_at_ms, const kvs_write_options* options,
                            kvs_written* written) KVS_NOEXCEPT;
/* Puts a key back into the state it had then (NULL: before its newest version), as a new version.
 * KVS_PURGED. `new_seq` (may be NULL) is that new version's, where the command UNDO answers which
 * one the key is again; 0: nothing was written, as it is in that state already. */
KVS_API kvs_code kvs_undo(kvs_store* store, const void* key, size_t key_size, const kvs_at* to,
                          uint64_t* new_seq) KVS_NOEXCEPT;
/* Deletes all keys, by one record. They stay history until a compaction drops them. */
KVS_API kvs_code kvs_clear(kvs_store* store) KVS_NOEXCEPT;

/* Waits until all writes so far, of all threads, are as durable as the options promise; kvs_sync():
 * on the disk whatever they promise. */
KVS_API kvs_code kvs_commit(kvs_store* store) KVS_NOEXCEPT;
KVS_API kvs_code kvs_sync(kvs_store* store) KVS_NOEXCEPT;

/* ---- Batches: writes that are seen, and recovered, all together or not at all -------------- */

KVS_API kvs_code kvs_batch_open(kvs_batch** batch) KVS_NOEXCEPT;
KVS_API kvs_code kvs_batch_close(kvs_batch* batch) KVS_NOEXCEPT;
/* expires_at_ms: a time, as of kvs_expire(); 0 for never. What is too big is found when it is applied. */
KVS_API kvs_code kvs_batch_put(kvs_batch* batch, const void* key, size_t key_size,
                               const void* value, size_t value_size,
                               uint64_t expires_at_ms) KVS_NOEXCEPT;
KVS_API kvs_code kvs_batch_append(kvs_batch* batch, const void* key, size_t key_size,
                                  const void* value, size_t value_size) KVS_NOEXCEPT;
KVS_API kvs_code kvs_batch_delete(kvs_batch* batch, const void* key, size_t key_size) KVS_NOEXCEPT;
/* All keys, and what the batch has before it. */
KVS_API kvs_code kvs_batch_clear(kvs_batch* batch) KVS_NOEXCEPT;
/* Empties the batch. */
KVS_API kvs_code kvs_batch_reset(kvs_batch* batch) KVS_NOEXCEPT;
/* Writes all of it with one seq; the batch stays as it is. `existed` (may be NULL): how many of
 * its keys were there before. `no_wait` as in kvs_write_options. */
KVS_API kvs_code kvs_batch_apply(kvs_store* store, kvs_batch* batch, bool no_wait,
                                 uint64_t* existed) KVS_NOEXCEPT;

/* ---- Snapshots: the store as it was at one moment ------------------------------------------ */

#define KVS_NEWEST UINT64_MAX
/* Of a version that the store has (else KVS_NUMBER), or KVS_NEWEST. Costs no more than a read.
 * KVS_PURGED. */
KVS_API kvs_code kvs_snapshot_open(kvs_store* store, uint64_t seq,
                                   kvs_snapshot** snapshot) KVS_NOEXCEPT;
KVS_API kvs_code kvs_snapshot_close(kvs_snapshot* snapshot) KVS_NOEXCEPT;
KVS_API kvs_code kvs_snapshot_seq(kvs_snapshot* snapshot, uint64_t* seq) KVS_NOEXCEPT;
/* As those of a store; an `at` after the snapshot is the snapshot. */
KVS_API kvs_code kvs_snapshot_get(kvs_snapshot* snapshot, const void* key, size_t key_size,
                                  const kvs_at* at, void** value, size_t* value_size) KVS_NOEXCEPT;
KVS_API kvs_code kvs_snapshot_read(kvs_snapshot* snapshot, const void* key, size_t key_size,
                                   int64_t offset, uint64_t length, const kvs_at* at, void** value,
                                   size_t* value_size) KVS_NOEXCEPT;
KVS_API kvs_code kvs_snapshot_stat(kvs_snapshot* snapshot, const void* key, size_t key_size,
                                   const kvs_at* at, kvs_key_info* info) KVS_NOEXCEPT;

/* ---- Iterators: keys in the order of their bytes ------------------------------------------- */

/* Which keys: those that all of these allow. */
typedef struct kvs_range {
  size_t size;
  const void* prefix; /* what they begin with */
  size_t prefix_size;
  const void* lower; /* the first that may be shown; NULL: no bound */
  size_t lower_size;
  const void* upper; /* the first that may not; NULL: no bound */
  size_t upper_size;
  bool keys_only; /* values are not read ahead; asked for they are there all the same */
  kvs_at at;      /* not of a transaction */
} kvs_range;

/* All that an iterator shows is of the version that was the newest when it was opened. It keeps
 * memory of the index, and the file that it reads from being removed after a compaction, so close
 * it soon. */
KVS_API kvs_code kvs_iterator_open(kvs_store* store, const kvs_range* range,
                                   kvs_iterator** iterator) KVS_NOEXCEPT;
KVS_API kvs_code kvs_snapshot_iterator(kvs_snapshot* snapshot, const kvs_range* range,
                                       kvs_iterator** iterator) KVS_NOEXCEPT;
/* Sees the transaction's own writes. The keys it goes over count as read, and so do a few after
 * them: it reads ahead, at most as many again. Its transaction must be open: KVS_USAGE. */
KVS_API kvs_code kvs_txn_iterator(kvs_txn* txn, const kvs_range* range,
                                  kvs_iterator** iterator) KVS_NOEXCEPT;
KVS_API kvs_code kvs_iterator_close(kvs_iterator* iterator) KVS_NOEXCEPT;

/* Move it. KVS_OK: it stands on a key; KVS_MISSING: there is none there, and it stands on none.
 * KVS_CORRUPT: a record cannot be read that may be the newest of a key here. A new iterator stands
 * before all keys for next, behind all for prev; past an end both stay there. */
KVS_API kvs_code kvs_iterator_first(kvs_iterator* iterator) KVS_NOEXCEPT;
KVS_API kvs_code kvs_iterator_last(kvs_iterator* iterator) KVS_NOEXCEPT;
KVS_API kvs_code kvs_iterator_next(kvs_iterator* iterator) KVS_NOEXCEPT;
KVS_API kvs_code kvs_iterator_prev(kvs_iterator* iterator) KVS_NOEXCEPT;
/* To the first key >= this one; to the last key < it. */
KVS_API kvs_code kvs_iterator_seek(kvs_iterator* iterator, const void* key,
                                   size_t key_size) KVS_NOEXCEPT;
KVS_API kvs_code kvs_iterator_seek_before(kvs_iterator* iterator, const void* key,
                                          size_t key_size) KVS_NOEXCEPT;

/* Of the key it stands on; KVS_STATE if on none. Views hold until the iterator moves or is closed,
 * or its store is. The value of a sorted set is its bytes, or KVS_TYPE of a transaction. With
 * KVS_TOOBIG (kvs_read() it) and KVS_CORRUPT it stands where it stood, and can go on. */
KVS_API kvs_code kvs_iterator_key(kvs_iterator* iterator, const void** key,
                                  size_t* key_size) KVS_NOEXCEPT;
KVS_API kvs_code kvs_iterator_value(kvs_iterator* iterator, const void** value,
                                    size_t* value_size) KVS_NOEXCEPT;
KVS_API kvs_code kvs_iterator_stat(kvs_iterator* iterator, kvs_key_info* info) KVS_NOEXCEPT;

typedef struct kvs_entry {
  const void* key;
  size_t key_size;
  const void* value; /* NULL with keys_only */
  size_t value_size;
} kvs_entry;
/* Moves many times, and gives what it came over: at least one entry, at most `most` (at least 1),
 * and no more after `most_bytes` of keys and values. KVS_MISSING: none is left. An error that comes
 * after the first entry is answered by the next call. All views hold until the next call of the
 * iterator. */
KVS_API kvs_code kvs_iterator_next_many(kvs_iterator* iterator, bool backwards, size_t most,
                                        size_t most_bytes, const kvs_entry** entries,
                                        size_t* count) KVS_NOEXCEPT;

/* ---- Transactions: serializable, the first to commit wins ----------------------------------
 * It reads the store as it was when it began, sees its own writes, and waits for nobody. If what it
 * has read was changed meanwhile its commit answers KVS_CONFLICT and has written nothing: begin
 * anew, in a loop. Past a limit (kvs_options) it is rolled back and answers KVS_ABORTED. */

typedef struct kvs_txn_options {
  size_t size;
  bool read_only;
  uint64_t max_bytes; /* instead of kvs_options', if lower; 0: as those */
  uint32_t max_ms;
} kvs_txn_options;
KVS_API kvs_code kvs_txn_begin(kvs_store* store, const kvs_txn_options* options,
                               kvs_txn** txn) KVS_NOEXCEPT;
/* Rolls back what was not committed. */
KVS_API kvs_code kvs_txn_close(kvs_txn* txn) KVS_NOEXCEPT;
/* Writes all of it with one seq (may be NULL). The transaction is over whatever is answered, and
 * all but kvs_txn_close() answers KVS_USAGE. */
KVS_API kvs_code kvs_txn_commit(kvs_txn* txn, bool no_wait, uint64_t* seq) KVS_NOEXCEPT;
KVS_API kvs_code kvs_txn_rollback(kvs_txn* txn) KVS_NOEXCEPT;

/* As those of a store. Conditions count as reads. no_wait is kvs_txn_commit()'s. */
KVS_API kvs_code kvs_txn_get(kvs_txn* txn, const void* key, size_t key_size, void** value,
                             size_t* value_size) KVS_NOEXCEPT;
KVS_API kvs_code kvs_txn_read(kvs_txn* txn, const void* key, size_t key_size, int64_t offset,
                              uint64_t length, void** value, size_t* value_size) KVS_NOEXCEPT;
KVS_API kvs_code kvs_txn_stat(kvs_txn* txn, const void* key, size_t key_size,
                              kvs_key_info* info) KVS_NOEXCEPT;
KVS_API kvs_code kvs_txn_put(kvs_txn* txn, const void* key, size_t key_size, const void* value,
                             size_t value_size, const kvs_write_options* options) KVS_NOEXCEPT;
/* `total` (may be NULL): the value's length after it. */
KVS_API kvs_code kvs_txn_append(kvs_txn* txn, const void* key, size_t key_size, const void* value,
                                size_t value_size, uint64_t* total) KVS_NOEXCEPT;
KVS_API kvs_code kvs_txn_delete(kvs_txn* txn, const void* key, size_t key_size) KVS_NOEXCEPT;
KVS_API kvs_code kvs_txn_expire(kvs_txn* txn, const void* key, size_t key_size,
                                uint64_t expires_at_ms) KVS_NOEXCEPT;
KVS_API kvs_code kvs_txn_clear(kvs_txn* txn) KVS_NOEXCEPT;

/* ---- Following: what is written, as it is written ------------------------------------------ */

typedef enum kvs_event_kind KVS_ANY_VALUE {
  KVS_EVENT_BYTES = 1,   /* of a key: `value` stands at `offset` */
  KVS_EVENT_ANEW = 2,    /* of a key: the value was set anew; what follows begins at 0 */
  KVS_EVENT_REMOVED = 3, /* of a key: it was deleted or has expired; what follows begins at 0 */
  KVS_EVENT_CHANGE = 4   /* of a prefix: `change` says which */
} kvs_event_kind;
typedef struct kvs_event {
  size_t size; /* to be set before the call */
  kvs_event_kind kind;
  kvs_change change; /* KVS_EVENT_CHANGE; and all that follows but offset: */
  kvs_type type;
  uint64_t seq; /* all changes of a batch or transaction share one */
  uint64_t time_us;
  uint64_t expires_at_ms; /* of the key after it; 0: never */
  const void* key;        /* KVS_CLEAR has none */
  size_t key_size;
  const void* value; /* KVS_SET: all of it; KVS_APPEND: what was added; others: none */
  size_t value_size;
  uint64_t offset; /* of `value` in the key's value */
} kvs_event;

#define KVS_FROM_END INT64_MAX
/* The value of a key as it grows, from an offset on; negative: so many bytes before the end. A key
 * that is not there is waited for. */
KVS_API kvs_code kvs_follow_key(kvs_store* store, const void* key, size_t key_size, int64_t offset,
                                kvs_follower** follower) KVS_NOEXCEPT;
/* Every change of the keys with a prefix, in the order of their versions, from this seq on; 0:
 * of those that are written from now on. After a break go on from the last seq and 1. KVS_PURGED,
 * with the seq from which it is possible in the hint; KVS_NUMBER: it is yet to come. */
KVS_API kvs_code kvs_follow_prefix(kvs_store* store, const void* prefix, size_t prefix_size,
                                   uint64_t from_seq, kvs_follower** follower) KVS_NOEXCEPT;
/* Waits for the next event, so many milliseconds (0: not at all; negative: for ever), then
 * KVS_TIMEOUT. KVS_SKIPPED: it was cancelled. KVS_TYPE; KVS_PURGED: a compaction has taken what
 * would tell what happened meanwhile (of a change whose value is gone: the next call goes on behind
 * it). What it shows may not be on the disk yet. Views hold until the next call of the follower. */
KVS_API kvs_code kvs_follow_next(kvs_follower* follower, int64_t timeout_ms,
                                 kvs_event* event) KVS_NOEXCEPT;
/* kvs_follow_next() answers KVS_SKIPPED from now on, at once if it waits. From any thread. */
KVS_API kvs_code kvs_follow_cancel(kvs_follower* follower) KVS_NOEXCEPT;
/* A follower of a prefix: changes of all versions before this one were given. Of a key: the offset.
 */
KVS_API kvs_code kvs_follow_position(kvs_follower* follower, uint64_t* position) KVS_NOEXCEPT;
KVS_API kvs_code kvs_follow_close(kvs_follower* follower) KVS_NOEXCEPT;

/* ---- Looking after the file ---------------------------------------------------------------- */

typedef struct kvs_statistics {
  size_t size;   /* to be set before the call */
  uint64_t keys; /* live; 0 unless keys_are_known */
  bool keys_are_known;
  bool read_only;
  bool writes_refused; /* kvs_put() would say why */
  uint64_t file_size;  /* bytes, without preallocation */
  uint64_t allocated;  /* bytes on the disk, with it */
  uint64_t last_seq;
  uint64_t durable_size; /* bytes known to be on the disk */
  uint64_t memory_budget;
  uint64_t index_bytes; /* of memory */
  uint64_t index_runs;
  uint64_t snapshots; /* open ones, those of transactions, too */
  uint64_t expiring_keys;
  uint64_t writes, reads, syncs, expired_keys, compactions; /* since the open */
} kvs_statistics;
KVS_API kvs_code kvs_stats(kvs_store* store, kvs_statistics* stats) KVS_NOEXCEPT;

/* Writes the file anew without what is no longer needed, while all goes on. keep_history and
 * compression as in kvs_options, NULL: as those said. KVS_CONFLICT: another is under way; KVS_FULL,
 * KVS_DAMAGED, KVS_NOTFOUND (no file yet); KVS_SKIPPED: it was stopped. With an error nothing has
 * changed. */
KVS_API kvs_code kvs_compact(kvs_store* store, const char* keep_history,
                             const char* compression) KVS_NOEXCEPT;
/* Ends the compaction that is under way, if there is one, soon. */
KVS_API kvs_code kvs_compact_stop(kvs_store* store) KVS_NOEXCEPT;
/* Copies what is there now into a new file, and verifies that. KVS_EXISTS, KVS_FULL, KVS_DAMAGED.
 */
KVS_API kvs_code kvs_backup(kvs_store* store, const char* path) KVS_NOEXCEPT;
/* Seals the index into the file, so that the next open need not read the log. */
KVS_API kvs_code kvs_checkpoint(kvs_store* store) KVS_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
