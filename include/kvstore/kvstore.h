/* kvstore for C, and for languages that call C: one file, keys to values, every write an appended
 * record. docs/EMBEDDING.md is the introduction, samples/embed.c a complete program.
 *
 *   cc -std=c11 program.c $(pkg-config --cflags --libs kvstore)
 *
 * RESULTS. A call answers KVS_OK, KVS_MISSING (not an error: there is no such key, or no further
 * one), or an error; kvs_last_message() and kvs_last_hint() then describe the error. Results that
 * are returned through pointers are set only with KVS_OK; otherwise sizes are 0 and pointers
 * NULL. The pointer for a result that is not wanted may be NULL where the call says so. No call
 * throws an exception; without memory a call answers KVS_MEMORY and has done nothing. No call
 * lets a signal escape (unless the process handles SIGBUS itself), with one exception: if another
 * program truncates the file while it is open for writing, acknowledged writes are lost, and the
 * process ends with a message on stderr and status 7 (docs/EMBEDDING.md).
 *
 * KEYS AND VALUES are any bytes, with their sizes; (NULL, 0) is the empty string. Keys have at
 * most KVS_MAX_KEY_SIZE bytes. One write or one answer has at most KVS_MAX_VALUE_SIZE bytes
 * (KVS_TOOBIG); a value that appends made longer has at most 2^48-1, and kvs_read() reads it in
 * parts. A call copies its arguments before it returns. Times are in microseconds and expiries in
 * milliseconds, both since 1970; times to live are in milliseconds.
 *
 * MEMORY. A result that comes through a `void **`, or another pointer to a pointer without const,
 * was allocated for the caller, who frees it with kvs_free(). A zero byte, which the size does
 * not count, follows a value, so that text can be used as a string. A result that comes through a
 * pointer to const belongs to the library, and each call says how long it is valid.
 *
 * HANDLES (kvs_store, kvs_snapshot, kvs_iterator, kvs_txn, kvs_batch, kvs_follower) are names and
 * not addresses: nothing can be read through them. Every call answers KVS_USAGE to a handle that
 * was closed, never existed, or is of another kind, even if other handles were opened since (a
 * number is reused only after 2^35 handles in its place). Each handle is closed once by its own
 * close call, in any order. If a store is closed first, its snapshots, iterators, transactions
 * and followers answer KVS_FAILED and no longer hold anything of the file, but must still be
 * closed to free their memory. Closing NULL does nothing. In a child process after fork() all
 * earlier handles are closed ones, because a file has one writer: open the file again there.
 *
 * THREADS. Stores and snapshots: any thread may make any call at any time, including close, which
 * waits until the other calls have returned. Iterators, transactions, batches and followers: one
 * thread at a time; a second one at the same moment is answered KVS_STATE. Any thread may call
 * kvs_follow_cancel() and the close calls, which wait. Each thread has its own
 * kvs_last_message().
 *
 * STRUCTS that may grow begin with `size`, which the caller sets to the sizeof that it was
 * compiled with; every other field that is 0 means the default:
 *
 *   kvs_options options = {.size = sizeof options, .sync = KVS_SYNC_NONE};
 *
 * A NULL pointer to such a struct means all defaults. KVS_USAGE: the size is too small for any
 * version, or fields that this library does not know are not 0.
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

/* The numbers never change; later versions may add more. The names are those of kvstore's text
 * protocol and logs. */
typedef enum kvs_code KVS_ANY_VALUE {
  KVS_OK = 0,
  KVS_MISSING = 1, /* no error: no such key, or no further one */
  /* The data does not allow it. */
  KVS_EXISTS = 10,   /* the key exists, or the file that is to be made */
  KVS_TYPE = 11,     /* the key holds a sorted set, not bytes */
  KVS_PURGED = 12,   /* the file no longer has the history of that time */
  KVS_CONFLICT = 13, /* another writer changed the key since it was read, or its version is not
                      * the expected one */
  KVS_ABORTED = 14,  /* the transaction was rolled back: it was past a limit */
  /* The store cannot do it. */
  KVS_CORRUPT = 20,  /* the newest record of this key is damaged */
  KVS_DAMAGED = 21,  /* the file is damaged: writes are refused until it is repaired */
  KVS_READONLY = 22, /* opened for reading */
  KVS_FAILED = 23,   /* the store is closed, or an earlier sync failed: open it again */
  KVS_FULL = 24,     /* no space on the disk; writes work again once there is */
  KVS_IO = 25,       /* the operating system refused or failed */
  KVS_MEMORY = 26,
  /* The file cannot be opened. */
  KVS_LOCKED = 30,  /* another process or another handle has it open for writing */
  KVS_FORMAT = 31,  /* not a kvstore file */
  KVS_VERSION = 32, /* written by a newer kvstore */
  KVS_NOTFOUND = 33,
  KVS_PERMISSION = 34,
  /* The call is wrong. */
  KVS_USAGE = 40,  /* a wrong handle, pointer or option */
  KVS_NUMBER = 41, /* a number is out of its range */
  KVS_TOOBIG = 42,
  KVS_STATE = 43,   /* not now: another thread uses the handle, or the call is in a callback */
  KVS_SKIPPED = 44, /* cancelled */
  KVS_LIMIT = 45,
  KVS_TIMEOUT = 46,
  KVS_OTHER = 99 /* kvs_last_message() describes it */
} kvs_code;

typedef struct kvs_store kvs_store;
typedef struct kvs_snapshot kvs_snapshot;
typedef struct kvs_iterator kvs_iterator;
typedef struct kvs_txn kvs_txn;
typedef struct kvs_batch kvs_batch;
typedef struct kvs_follower kvs_follower;

/* The version of the linked library: "0.1.0". Never freed. */
KVS_API const char* kvs_version(void) KVS_NOEXCEPT;
/* The name of a code: "CONFLICT"; "OTHER" for an unknown number. Never freed. */
KVS_API const char* kvs_code_name(kvs_code code) KVS_NOEXCEPT;

/* Describe the last error that a call on this thread answered: the message says in one sentence
 * what happened and where, the hint what can be done next ("" if nothing is known). Never NULL;
 * valid until the next error on this thread. */
KVS_API const char* kvs_last_message(void) KVS_NOEXCEPT;
KVS_API const char* kvs_last_hint(void) KVS_NOEXCEPT;

/* Frees memory that a call has allocated. NULL does nothing. */
KVS_API void kvs_free(void* memory) KVS_NOEXCEPT;

/* ---- Opening and closing ---------------------------------------------------------------- */

/* When a write is on the disk. This concerns power loss only: a killed process never loses a
 * write. */
typedef enum kvs_sync_mode KVS_ANY_VALUE {
  KVS_SYNC_ALWAYS = 0,   /* a write returns when it is on the disk; writers share syncs */
  KVS_SYNC_INTERVAL = 1, /* every sync_interval_ms */
  KVS_SYNC_NONE = 2      /* every second or 64 MiB */
} kvs_sync_mode;

typedef struct kvs_options {
  size_t size;
  bool read_only;
  /* Opens for reading, beside another writer; the first write opens the file for writing. */
  bool lock_at_first_write;
  kvs_sync_mode sync;
  uint32_t sync_interval_ms;
  uint32_t lock_wait_ms; /* how long to wait for another process's lock before KVS_LOCKED */
  uint32_t
      compact_at; /* per cent of the file not needed any more: then it is compacted. 0: never */
  uint64_t compact_least_size; /* bytes not needed, at least; 0: 64 MiB */
  uint64_t memory;     /* bytes the store may use, approximately; 0: 256 MiB. At least 16 MiB */
  uint64_t scrub_rate; /* bytes a second to check in the background; 0: none */
  const char* keep_history;  /* by compactions: "none", "1000" writes, "12h", "7d"; NULL: a day */
  const char* compression;   /* by compactions: "none", "zstd", "zstd:9"; NULL: as the file is */
  uint64_t txn_bytes;        /* memory of one transaction; 0: 64 MiB */
  uint64_t txn_bytes_of_all; /* memory of all open transactions together; 0: 256 MiB */
  uint32_t txn_ms;           /* from begin to commit; 0: a minute; UINT32_MAX: no limit */
  /* Called with a sentence that the operator of the program should see, from any thread that makes
   * a call and from the store's own thread. Calls of this library that it makes are answered
   * KVS_STATE. It must return (no longjmp; an exception ends the process). kvs_close() waits for
   * it; other threads can close what belongs to the store meanwhile. */
  void (*on_warning)(void* arg, const char* message);
  void* on_warning_arg;
} kvs_options;

/* Opens the database at a path, or creates it (with lock_at_first_write the first write does). A
 * file that was not closed is recovered. It stays locked until kvs_close(), also for other handles
 * of this process. KVS_LOCKED (the message names the owner), KVS_FORMAT, KVS_VERSION,
 * KVS_PERMISSION, KVS_IO, KVS_FULL; KVS_NOTFOUND with read_only. A damaged file is opened for
 * reading: kvs_open_report(). */
KVS_API kvs_code kvs_open(const char* path, const kvs_options* options,
                          kvs_store** store) KVS_NOEXCEPT;
/* Syncs, and releases the file and its lock, whatever it answers. Waits for the calls of other
 * threads; calls that wait themselves (kvs_follow_next(), kvs_compact()) end with KVS_SKIPPED.
 * KVS_STATE: it was called in a callback, and nothing was done. */
KVS_API kvs_code kvs_close(kvs_store* store) KVS_NOEXCEPT;
/* The state in which the file was found when it was opened: one or two sentences, to be freed. */
KVS_API kvs_code kvs_open_report(kvs_store* store, char** text) KVS_NOEXCEPT;

/* ---- Reading ------------------------------------------------------------------------------
 * All calls answer KVS_CORRUPT (the message names key, version and offset) rather than a wrong or
 * old value, KVS_TYPE for a sorted set, and KVS_PURGED for an `at` whose history the file does
 * not keep. */

typedef enum kvs_at_kind KVS_ANY_VALUE {
  KVS_AT_NOW = 0,
  KVS_AT_SEQ = 1,
  KVS_AT_TIME = 2
} kvs_at_kind;
/* A past state: at a version (seq; KVS_NUMBER if the store does not have it yet), or after the
 * last write whose time (in microseconds) is at or before `value`. NULL means now. */
typedef struct kvs_at {
  kvs_at_kind kind;
  uint64_t value;
} kvs_at;

/* Reads the whole value, to be freed. KVS_MISSING; KVS_TOOBIG above KVS_MAX_VALUE_SIZE. */
KVS_API kvs_code kvs_get(kvs_store* store, const void* key, size_t key_size, const kvs_at* at,
                         void** value, size_t* value_size) KVS_NOEXCEPT;
/* The same without a copy for the caller: the view is valid until this thread's next call, of any
 * handle. */
KVS_API kvs_code kvs_get_view(kvs_store* store, const void* key, size_t key_size, const kvs_at* at,
                              const void** value, size_t* value_size) KVS_NOEXCEPT;
/* Reads up to `length` bytes from an offset, to be freed; a negative offset counts from the end,
 * and stops at the beginning. Past the end it answers KVS_OK and no bytes. The cost does not
 * depend on the value's length. */
KVS_API kvs_code kvs_read(kvs_store* store, const void* key, size_t key_size, int64_t offset,
                          uint64_t length, const kvs_at* at, void** value,
                          size_t* value_size) KVS_NOEXCEPT;

typedef enum kvs_type KVS_ANY_VALUE { KVS_BYTES = 1, KVS_SORTED_SET = 2 } kvs_type;
typedef struct kvs_key_info {
  kvs_type type;
  uint64_t size;          /* of the value, in bytes */
  uint64_t expires_at_ms; /* 0: never */
  uint64_t seq;           /* its version; 0 if this transaction has written it */
  uint64_t time_us;       /* the time of that write */
} kvs_key_info;
/* What is known of a key, without reading its value. KVS_MISSING. `info` may be NULL. */
KVS_API kvs_code kvs_stat(kvs_store* store, const void* key, size_t key_size, const kvs_at* at,
                          kvs_key_info* info) KVS_NOEXCEPT;
/* The remaining time to live in milliseconds, or -1 if the key has no expiry. KVS_MISSING. */
KVS_API kvs_code kvs_ttl(kvs_store* store, const void* key, size_t key_size,
                         int64_t* ms) KVS_NOEXCEPT;

typedef enum kvs_change KVS_ANY_VALUE {
  KVS_SET = 0,
  KVS_APPEND = 1,
  KVS_DELETE = 2,
  KVS_EXPIRE = 3, /* the same value with another expiry */
  KVS_HOLE = 4,   /* a value that was lost to damage */
  KVS_GAP = 5,    /* an append that was lost to damage */
  KVS_CUT = 6,    /* the file no longer has the history before this seq */
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
/* The versions of a key, newest first, at most `limit`; to be freed. They include deletions; a key
 * that never existed has none (KVS_OK, 0). */
KVS_API kvs_code kvs_history(kvs_store* store, const void* key, size_t key_size, size_t limit,
                             kvs_history_entry** entries, size_t* count) KVS_NOEXCEPT;

/* The number of live keys. KVS_CORRUPT: damage may have taken some. */
KVS_API kvs_code kvs_count(kvs_store* store, uint64_t* keys) KVS_NOEXCEPT;
/* The newest version that readers see, 0 for none; the newest that is known to be on the disk. */
KVS_API kvs_code kvs_last_seq(kvs_store* store, uint64_t* seq) KVS_NOEXCEPT;
KVS_API kvs_code kvs_durable_seq(kvs_store* store, uint64_t* seq) KVS_NOEXCEPT;
/* The time, in microseconds, of the store's clock, by which keys expire. */
KVS_API kvs_code kvs_now(kvs_store* store, uint64_t* time_us) KVS_NOEXCEPT;

/* ---- Writing ------------------------------------------------------------------------------
 * All calls: KVS_TOOBIG, KVS_FULL, KVS_FAILED, KVS_DAMAGED, KVS_READONLY, KVS_LOCKED (the first
 * write of lock_at_first_write), KVS_CORRUPT (append, conditions). With an error nothing is
 * written, except that KVS_IO or KVS_FAILED from a sync means that the write was made and may be
 * lost. */

typedef enum kvs_condition KVS_ANY_VALUE {
  KVS_ALWAYS = 0,
  KVS_IF_ABSENT = 1,  /* otherwise KVS_EXISTS */
  KVS_IF_PRESENT = 2, /* otherwise KVS_MISSING */
  KVS_IF_SEQ = 3      /* the key's version is if_seq (0: it is absent); otherwise KVS_CONFLICT. A
                       * key that the same transaction has written has no version */
} kvs_condition;
typedef struct kvs_write_options {
  size_t size;
  bool no_wait; /* return before the write is on the disk; kvs_commit() waits for it */
  kvs_condition condition;
  uint64_t if_seq;
  uint64_t ttl_ms;        /* kvs_put() only: the key expires this long after the write; 0: never */
  uint64_t expires_at_ms; /* kvs_put() only: the time it expires, as in kvs_expire(). Both:
                           * KVS_USAGE */
} kvs_write_options;
typedef struct kvs_written {
  uint64_t seq;   /* the version that the write made */
  uint64_t total; /* the value's length after it */
  bool existed;   /* the key was there before */
} kvs_written;

/* Sets a value. No other write comes between the check of the condition and the write. `options`
 * and `written` may be NULL. */
KVS_API kvs_code kvs_put(kvs_store* store, const void* key, size_t key_size, const void* value,
                         size_t value_size, const kvs_write_options* options,
                         kvs_written* written) KVS_NOEXCEPT;
/* Appends to the value, or makes it if it is missing; the cost does not depend on the value's
 * length. KVS_TYPE. */
KVS_API kvs_code kvs_append(kvs_store* store, const void* key, size_t key_size, const void* value,
                            size_t value_size, const kvs_write_options* options,
                            kvs_written* written) KVS_NOEXCEPT;
/* Removes a key. KVS_MISSING: the key was not there, and nothing was written. */
KVS_API kvs_code kvs_delete(kvs_store* store, const void* key, size_t key_size,
                            const kvs_write_options* options, kvs_written* written) KVS_NOEXCEPT;
/* Gives the value another expiry without writing the value again. `expires_at_ms` is a time
 * (kvs_now() / 1000 + 60000: in a minute; 0: never), not a time to live: KVS_NUMBER before 2000. A
 * time in the past removes the key. KVS_MISSING. */
KVS_API kvs_code kvs_expire(kvs_store* store, const void* key, size_t key_size,
                            uint64_t expires_at_ms, const kvs_write_options* options,
                            kvs_written* written) KVS_NOEXCEPT;
/* Restores a key's state as of `to` (NULL: before its newest version), as a new version.
 * KVS_PURGED. `new_seq` (may be NULL) is the seq of that new version, whereas the command UNDO
 * answers the version that was restored; 0: the key already has that state, and nothing was
 * written. */
KVS_API kvs_code kvs_undo(kvs_store* store, const void* key, size_t key_size, const kvs_at* to,
                          uint64_t* new_seq) KVS_NOEXCEPT;
/* Deletes all keys, with one record. They stay in the history until a compaction drops them. */
KVS_API kvs_code kvs_clear(kvs_store* store) KVS_NOEXCEPT;

/* Waits until all writes so far, of all threads, are as durable as the options promise; kvs_sync()
 * waits until they are on the disk in any case. */
KVS_API kvs_code kvs_commit(kvs_store* store) KVS_NOEXCEPT;
KVS_API kvs_code kvs_sync(kvs_store* store) KVS_NOEXCEPT;

/* ---- Batches: writes that are seen, and recovered, all together or not at all -------------- */

KVS_API kvs_code kvs_batch_open(kvs_batch** batch) KVS_NOEXCEPT;
KVS_API kvs_code kvs_batch_close(kvs_batch* batch) KVS_NOEXCEPT;
/* expires_at_ms: a time, as in kvs_expire(); 0 for never. kvs_batch_apply() answers KVS_TOOBIG for
 * a key or value that is too big. */
KVS_API kvs_code kvs_batch_put(kvs_batch* batch, const void* key, size_t key_size,
                               const void* value, size_t value_size,
                               uint64_t expires_at_ms) KVS_NOEXCEPT;
KVS_API kvs_code kvs_batch_append(kvs_batch* batch, const void* key, size_t key_size,
                                  const void* value, size_t value_size) KVS_NOEXCEPT;
KVS_API kvs_code kvs_batch_delete(kvs_batch* batch, const void* key, size_t key_size) KVS_NOEXCEPT;
/* Deletes all keys, and discards what the batch has before it. */
KVS_API kvs_code kvs_batch_clear(kvs_batch* batch) KVS_NOEXCEPT;
/* Empties the batch. */
KVS_API kvs_code kvs_batch_reset(kvs_batch* batch) KVS_NOEXCEPT;
/* Writes the whole batch with one seq, and leaves the batch as it is. `existed` (may be NULL): how
 * many of its keys existed before. `no_wait` is as in kvs_write_options. */
KVS_API kvs_code kvs_batch_apply(kvs_store* store, kvs_batch* batch, bool no_wait,
                                 uint64_t* existed) KVS_NOEXCEPT;

/* ---- Snapshots: the store as it was at one moment ------------------------------------------ */

#define KVS_NEWEST UINT64_MAX
/* Takes a snapshot of a version that the store has (otherwise KVS_NUMBER), or of KVS_NEWEST. It
 * costs no more than a read. KVS_PURGED. */
KVS_API kvs_code kvs_snapshot_open(kvs_store* store, uint64_t seq,
                                   kvs_snapshot** snapshot) KVS_NOEXCEPT;
KVS_API kvs_code kvs_snapshot_close(kvs_snapshot* snapshot) KVS_NOEXCEPT;
KVS_API kvs_code kvs_snapshot_seq(kvs_snapshot* snapshot, uint64_t* seq) KVS_NOEXCEPT;
/* Like the store's calls; an `at` after the snapshot means the snapshot itself. */
KVS_API kvs_code kvs_snapshot_get(kvs_snapshot* snapshot, const void* key, size_t key_size,
                                  const kvs_at* at, void** value, size_t* value_size) KVS_NOEXCEPT;
KVS_API kvs_code kvs_snapshot_read(kvs_snapshot* snapshot, const void* key, size_t key_size,
                                   int64_t offset, uint64_t length, const kvs_at* at, void** value,
                                   size_t* value_size) KVS_NOEXCEPT;
KVS_API kvs_code kvs_snapshot_stat(kvs_snapshot* snapshot, const void* key, size_t key_size,
                                   const kvs_at* at, kvs_key_info* info) KVS_NOEXCEPT;

/* ---- Iterators: keys in the order of their bytes ------------------------------------------- */

/* The keys that satisfy all of these. */
typedef struct kvs_range {
  size_t size;
  const void* prefix; /* the prefix of the keys */
  size_t prefix_size;
  const void* lower; /* the first key that may be shown; NULL: no bound */
  size_t lower_size;
  const void* upper; /* the first key that may not be shown; NULL: no bound */
  size_t upper_size;
  bool keys_only; /* do not read values ahead; they can still be asked for */
  kvs_at at;      /* must be 0 for a transaction */
} kvs_range;

/* An iterator shows the version that was the newest when it was opened. It holds memory of the
 * index, and the space of a file that a compaction has replaced, so close it soon. */
KVS_API kvs_code kvs_iterator_open(kvs_store* store, const kvs_range* range,
                                   kvs_iterator** iterator) KVS_NOEXCEPT;
KVS_API kvs_code kvs_snapshot_iterator(kvs_snapshot* snapshot, const kvs_range* range,
                                       kvs_iterator** iterator) KVS_NOEXCEPT;
/* Sees the transaction's own writes. The keys that it passes count as read, and so do a few after
 * them, because it reads ahead (at most as many again). KVS_USAGE: the transaction is not open. */
KVS_API kvs_code kvs_txn_iterator(kvs_txn* txn, const kvs_range* range,
                                  kvs_iterator** iterator) KVS_NOEXCEPT;
KVS_API kvs_code kvs_iterator_close(kvs_iterator* iterator) KVS_NOEXCEPT;

/* Move the iterator. KVS_OK: it is at a key. KVS_MISSING: there is no key there, and it is at
 * none. KVS_CORRUPT: a record that may be the newest of a key here cannot be read. A new iterator
 * is before all keys for next, and after all keys for prev; past an end both stay there. */
KVS_API kvs_code kvs_iterator_first(kvs_iterator* iterator) KVS_NOEXCEPT;
KVS_API kvs_code kvs_iterator_last(kvs_iterator* iterator) KVS_NOEXCEPT;
KVS_API kvs_code kvs_iterator_next(kvs_iterator* iterator) KVS_NOEXCEPT;
KVS_API kvs_code kvs_iterator_prev(kvs_iterator* iterator) KVS_NOEXCEPT;
/* Move to the first key >= this one; to the last key < it. */
KVS_API kvs_code kvs_iterator_seek(kvs_iterator* iterator, const void* key,
                                   size_t key_size) KVS_NOEXCEPT;
KVS_API kvs_code kvs_iterator_seek_before(kvs_iterator* iterator, const void* key,
                                          size_t key_size) KVS_NOEXCEPT;

/* The key, value and information of the current key; KVS_STATE: there is none. Views are valid
 * until the iterator moves or is closed, or its store is. The value of a sorted set is its encoded
 * bytes, or KVS_TYPE in a transaction. After KVS_TOOBIG (use kvs_read()) and KVS_CORRUPT the
 * iterator has not moved, and can continue. */
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
/* Moves several times and returns the entries: at least one, at most `most` (which is at least 1),
 * and no more once keys and values have `most_bytes`. KVS_MISSING: there are no more. An error
 * after the first entry is answered by the next call. All views are valid until the iterator's
 * next call. */
KVS_API kvs_code kvs_iterator_next_many(kvs_iterator* iterator, bool backwards, size_t most,
                                        size_t most_bytes, const kvs_entry** entries,
                                        size_t* count) KVS_NOEXCEPT;

/* ---- Transactions: serializable, the first to commit wins ----------------------------------
 * A transaction reads the store as it was at its begin, sees its own writes, and never waits for
 * other transactions. If what it has read was changed meanwhile, its commit answers KVS_CONFLICT
 * and has written nothing: begin again, in a loop. Past a limit (kvs_options) it is rolled back
 * and answers KVS_ABORTED. */

typedef struct kvs_txn_options {
  size_t size;
  bool read_only;
  uint64_t max_bytes; /* a lower limit than that of kvs_options; 0: the same limit */
  uint32_t max_ms;
} kvs_txn_options;
KVS_API kvs_code kvs_txn_begin(kvs_store* store, const kvs_txn_options* options,
                               kvs_txn** txn) KVS_NOEXCEPT;
/* Closes the transaction; rolls it back unless it was committed. */
KVS_API kvs_code kvs_txn_close(kvs_txn* txn) KVS_NOEXCEPT;
/* Writes the whole transaction with one seq (may be NULL). Whatever it answers, the transaction is
 * over, and every call except kvs_txn_close() answers KVS_USAGE. */
KVS_API kvs_code kvs_txn_commit(kvs_txn* txn, bool no_wait, uint64_t* seq) KVS_NOEXCEPT;
KVS_API kvs_code kvs_txn_rollback(kvs_txn* txn) KVS_NOEXCEPT;

/* Like the store's calls. Conditions count as reads. `no_wait` is an argument of kvs_txn_commit()
 * instead. */
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
  KVS_EVENT_BYTES = 1,   /* of one key: `value` is at `offset` */
  KVS_EVENT_ANEW = 2,    /* of one key: the value was replaced; later bytes begin at 0 */
  KVS_EVENT_REMOVED = 3, /* of one key: it was deleted or expired; later bytes begin at 0 */
  KVS_EVENT_CHANGE = 4   /* of a prefix: `change` says which kind of change */
} kvs_event_kind;
typedef struct kvs_event {
  size_t size; /* the caller sets it before the call */
  kvs_event_kind kind;
  kvs_change change; /* for KVS_EVENT_CHANGE, as are all following fields except offset */
  kvs_type type;
  uint64_t seq; /* all changes of a batch or transaction have the same one */
  uint64_t time_us;
  uint64_t expires_at_ms; /* the key's expiry after it; 0: never */
  const void* key;        /* NULL for KVS_CLEAR */
  size_t key_size;
  const void* value; /* KVS_SET: the whole value; KVS_APPEND: the added bytes; otherwise none */
  size_t value_size;
  uint64_t offset; /* the offset of `value` in the key's value */
} kvs_event;

#define KVS_FROM_END INT64_MAX
/* Follows one key's value as it grows, from an offset on; a negative offset counts from the end.
 * If the key does not exist, the follower waits for it. */
KVS_API kvs_code kvs_follow_key(kvs_store* store, const void* key, size_t key_size, int64_t offset,
                                kvs_follower** follower) KVS_NOEXCEPT;
/* Follows every change of the keys with a prefix, in the order of their versions, from this seq
 * on; 0: only changes that are written from now on. To resume, pass the last seq plus 1.
 * KVS_PURGED: the hint names the first seq that is possible; KVS_NUMBER: the seq does not exist
 * yet. */
KVS_API kvs_code kvs_follow_prefix(kvs_store* store, const void* prefix, size_t prefix_size,
                                   uint64_t from_seq, kvs_follower** follower) KVS_NOEXCEPT;
/* Waits up to `timeout_ms` for the next event (0: does not wait; negative: without limit), then
 * answers KVS_TIMEOUT. KVS_SKIPPED: it was cancelled. KVS_TYPE. KVS_PURGED: a compaction has
 * dropped changes that were made meanwhile (if only a change's value is gone, the next call
 * continues after that change). An event may not be on the disk yet. Views are valid until the
 * follower's next call. */
KVS_API kvs_code kvs_follow_next(kvs_follower* follower, int64_t timeout_ms,
                                 kvs_event* event) KVS_NOEXCEPT;
/* Cancels the follower: kvs_follow_next() answers KVS_SKIPPED from now on, at once if it waits.
 * Any thread may call it. */
KVS_API kvs_code kvs_follow_cancel(kvs_follower* follower) KVS_NOEXCEPT;
/* For a prefix: the changes of all versions before this one were returned. For a key: the
 * offset. */
KVS_API kvs_code kvs_follow_position(kvs_follower* follower, uint64_t* position) KVS_NOEXCEPT;
KVS_API kvs_code kvs_follow_close(kvs_follower* follower) KVS_NOEXCEPT;

/* ---- Looking after the file ---------------------------------------------------------------- */

typedef struct kvs_statistics {
  size_t size;   /* the caller sets it before the call */
  uint64_t keys; /* live; 0 unless keys_are_known */
  bool keys_are_known;
  bool read_only;
  bool writes_refused; /* writes are refused; kvs_put() answers why */
  uint64_t file_size;  /* bytes, without preallocation */
  uint64_t allocated;  /* bytes on the disk, including preallocation */
  uint64_t last_seq;
  uint64_t durable_size; /* bytes known to be on the disk */
  uint64_t memory_budget;
  uint64_t index_bytes; /* memory in bytes */
  uint64_t index_runs;
  uint64_t snapshots; /* open snapshots, including those of transactions */
  uint64_t expiring_keys;
  uint64_t writes, reads, syncs, expired_keys, compactions; /* since the open */
} kvs_statistics;
KVS_API kvs_code kvs_stats(kvs_store* store, kvs_statistics* stats) KVS_NOEXCEPT;

/* Rewrites the file without data that is no longer needed, while other calls continue.
 * keep_history and compression are as in kvs_options; NULL: as given there. KVS_CONFLICT: another
 * compaction is running; KVS_FULL, KVS_DAMAGED, KVS_NOTFOUND (there is no file yet); KVS_SKIPPED:
 * it was stopped. With an error nothing has changed. */
KVS_API kvs_code kvs_compact(kvs_store* store, const char* keep_history,
                             const char* compression) KVS_NOEXCEPT;
/* Stops the running compaction soon, if there is one. */
KVS_API kvs_code kvs_compact_stop(kvs_store* store) KVS_NOEXCEPT;
/* Copies the present state into a new file and verifies the copy. KVS_EXISTS, KVS_FULL,
 * KVS_DAMAGED. */
KVS_API kvs_code kvs_backup(kvs_store* store, const char* path) KVS_NOEXCEPT;
/* Writes the index into the file, so that the next open need not read the log. */
KVS_API kvs_code kvs_checkpoint(kvs_store* store) KVS_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
