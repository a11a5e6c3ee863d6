/// <reference types="node" />
/** Keys and values are bytes; a string is its UTF-8. */
export type Bytes = string | Uint8Array | ArrayBuffer | DataView
/** How bytes are answered: 'buffer', or 'utf8' as a string. */
export type Encoding = 'buffer' | 'utf8'
/** A version number, a moment, or a moment in ISO 8601. */
export type At = number | bigint | Date | string
/** "90s", "30m", "12h", "7d", a number of writes, "none" or "all". */
export type KeepHistory = string

export type Decoded<E extends Encoding> = E extends 'utf8' ? string : Buffer

/** What is thrown, and rejected with. */
export class KvError extends Error {
  /** Stable: 'CORRUPT', 'CONFLICT', 'LOCKED', ... (docs/COMMANDS.md lists them). */
  readonly code: string
  /** What to do about it, if there is something. */
  readonly hint?: string
}

export interface OpenOptions<K extends Encoding = 'utf8', V extends Encoding = 'buffer'> {
  /** How keys are answered; 'utf8' by default. */
  keyEncoding?: K
  /** How values are answered; 'buffer' by default. */
  encoding?: V
  readOnly?: boolean
  /** When a write is acknowledged: 'always' (on the disk; the default), 'none', or '100ms'. */
  sync?: 'always' | 'none' | `${number}ms`
  /** How long to wait for another process that writes the file; at most 2 ** 32 - 1. */
  lockWaitMs?: number
  /** Bytes of memory for the index; 256 MiB by default, at least 16 MiB. */
  memory?: number
  /** Compact the file when so many per cent of it are not needed; 0: only when asked to. */
  compactAt?: number
  keepHistory?: KeepHistory
  /** 'none', 'zstd', 'zstd:19': of what compactions write. */
  compress?: string
  /** Bytes a second to look through for damage in the background; 0: none. */
  scrubRate?: number
  signal?: AbortSignal
}

export interface Signalled {
  /** Rejects with its reason when aborted. A write that is under way may still be carried out. */
  signal?: AbortSignal
}
export interface AtOptions {
  /** The past: what was there at a version (NUMBER of one to come), or at a time. Ranges of a transaction have none. */
  at?: At
}
export interface GetOptions<E extends Encoding> extends AtOptions, Signalled {
  encoding?: E
}
export interface Expiry {
  /** Seconds until it expires. */
  ttl?: number
  /** When it expires: a Date, or milliseconds since 1970. NUMBER before 2000, which is meant as a ttl. */
  expiresAt?: Date | number
}
export interface WriteOptions extends Signalled {
  /** On the disk before it is acknowledged, whatever the store's policy; in a transaction that is its commit. */
  sync?: boolean
}
export interface PutOptions extends WriteOptions, Expiry {
  /** EXISTS if the key is there. */
  ifAbsent?: boolean
  /** CONFLICT unless the key's version is this one; 0: the key is missing. Of a transaction it counts as a read. Not with ifAbsent. */
  ifVersion?: number
}

export interface KeyInfo {
  type: 'string' | 'zset'
  /** Bytes of the value. */
  size: number
  version: number
  time: Date
  expiresAt?: Date
}
export interface Version {
  kind: 'set' | 'append' | 'delete' | 'expire' | 'hole' | 'gap' | 'cut' | 'clear'
  version: number
  time: Date
  size: number
  type: 'string' | 'zset'
  expiresAt?: Date
}

export interface RangeOptions<K extends Encoding = Encoding, V extends Encoding = Encoding> extends AtOptions, Signalled {
  gt?: Bytes
  gte?: Bytes
  lt?: Bytes
  lte?: Bytes
  /** What keys begin with. */
  prefix?: Bytes
  reverse?: boolean
  limit?: number
  keyEncoding?: K
  encoding?: V
}

/** An iterator over a range: `for await` (on the thread pool) or `for` (on this thread). Once. */
export interface Range<T> extends AsyncIterableIterator<T>, Iterable<T> {
  nextSync (): IteratorResult<T>
  all (): Promise<T[]>
  allSync (): T[]
  /** Lets go of it; leaving a loop does so, too. */
  close (): void
  [Symbol.asyncIterator] (): Range<T>
}

/** What a store, a snapshot and a transaction can be asked. A missing key is undefined. */
export interface Readable<K extends Encoding, V extends Encoding> {
  /** A small value in memory is answered on this thread, unless calls wait that were made before it; what else by the pool. */
  get<E extends Encoding = V> (key: Bytes, options?: GetOptions<E>): Promise<Decoded<E> | undefined>
  getSync<E extends Encoding = V> (key: Bytes, options?: GetOptions<E>): Decoded<E> | undefined
  /** All of one moment. */
  getMany<E extends Encoding = V> (keys: readonly Bytes[], options?: GetOptions<E>): Promise<Array<Decoded<E> | undefined>>
  getManySync<E extends Encoding = V> (keys: readonly Bytes[], options?: GetOptions<E>): Array<Decoded<E> | undefined>
  /** A part of a value; a negative offset counts from its end. */
  read<E extends Encoding = V> (key: Bytes, offset: number, length: number, options?: GetOptions<E>): Promise<Decoded<E> | undefined>
  readSync<E extends Encoding = V> (key: Bytes, offset: number, length: number, options?: GetOptions<E>): Decoded<E> | undefined
  has (key: Bytes, options?: AtOptions & Signalled): Promise<boolean>
  hasSync (key: Bytes, options?: AtOptions): boolean
  stat (key: Bytes, options?: AtOptions & Signalled): Promise<KeyInfo | undefined>
  statSync (key: Bytes, options?: AtOptions): KeyInfo | undefined
  /** Newest first. */
  history (key: Bytes, options?: { limit?: number } & Signalled): Promise<Version[]>
  historySync (key: Bytes, options?: { limit?: number }): Version[]
  count (options?: Signalled): Promise<number>
  countSync (): number
  /** Entries in the order of the keys, as of the moment of the call. A sorted set's value is undefined. */
  range<A extends Encoding = K, B extends Encoding = V> (options?: RangeOptions<A, B>): Range<[Decoded<A>, Decoded<B> | undefined]>
  keys<A extends Encoding = K> (options?: RangeOptions<A>): Range<Decoded<A>>
  values<B extends Encoding = V> (options?: RangeOptions<Encoding, B>): Range<Decoded<B> | undefined>
}

/** What a store and a transaction can be told. */
export interface Writable {
  /** The version it made; 0 in a transaction. */
  put (key: Bytes, value: Bytes, options?: PutOptions): Promise<number>
  putSync (key: Bytes, value: Bytes, options?: PutOptions): number
  /** The length of the value. */
  append (key: Bytes, value: Bytes, options?: WriteOptions): Promise<number>
  appendSync (key: Bytes, value: Bytes, options?: WriteOptions): number
  /** Whether the key was there. */
  delete (key: Bytes, options?: WriteOptions): Promise<boolean>
  deleteSync (key: Bytes, options?: WriteOptions): boolean
  /** Seconds from now, or when; null: never. Whether the key is there. */
  expire (key: Bytes, when: number | Date | Expiry | null, options?: WriteOptions): Promise<boolean>
  expireSync (key: Bytes, when: number | Date | Expiry | null, options?: WriteOptions): boolean
  /** All keys. */
  clear (options?: WriteOptions): Promise<number>
  clearSync (options?: WriteOptions): number
  /** How many keys there were. USAGE without a bound (prefix, gt, gte, lt, lte or limit): all keys are clear()'s. */
  deleteRange (options: RangeOptions & WriteOptions): Promise<number>
  deleteRangeSync (options: RangeOptions & WriteOptions): number
}

export type BatchOperation =
  | ({ type: 'put', key: Bytes, value: Bytes } & Expiry)
  | { type: 'append', key: Bytes, value: Bytes }
  | { type: 'delete' | 'del', key: Bytes }
  | { type: 'clear' }

export interface Change<K extends Encoding = 'utf8', V extends Encoding = 'buffer'> {
  kind: 'set' | 'append' | 'delete' | 'expire' | 'clear' | 'zset' | 'hole' | 'gap'
  /** Not of 'clear', which is of all keys. */
  key?: Decoded<K>
  version: number
  time: Date
  expiresAt?: Date
  /** 'set': all of it; 'append': what was added, which begins at `offset`. */
  value?: Decoded<V>
  offset?: number
}

export type ValueEvent<V extends Encoding = 'buffer'> =
  | { kind: 'bytes', offset: number, value: Decoded<V> }
  /** The value was set anew, or removed: what follows begins at 0 again. */
  | { kind: 'anew' | 'removed' }

export interface FollowOptions<K extends Encoding, V extends Encoding> extends Signalled {
  prefix?: Bytes
  /** A version: it and all later ones. Default: what is written from now on. */
  from?: number
  keyEncoding?: K
  encoding?: V
}

export interface Following<T> extends AsyncIterableIterator<T> {
  close (): void
  [Symbol.asyncIterator] (): Following<T>
}

export interface TransactionOptions {
  readOnly?: boolean
  maxBytes?: number
  /** Milliseconds, at most 2 ** 32 - 1: NUMBER. */
  maxMs?: number
}

export interface Snapshot<K extends Encoding = 'utf8', V extends Encoding = 'buffer'> extends Readable<K, V> {
  readonly version: number
  close (): void
}
export class Snapshot<K extends Encoding = 'utf8', V extends Encoding = 'buffer'> {
  private constructor ()
}

export interface Transaction<K extends Encoding = 'utf8', V extends Encoding = 'buffer'> extends Readable<K, V>, Writable {
  /** The version that it made. CONFLICT: somebody has changed what it has read; nothing is written. */
  commit (options?: WriteOptions): Promise<number>
  commitSync (options?: WriteOptions): number
  rollback (): Promise<void>
  rollbackSync (): void
}
export class Transaction<K extends Encoding = 'utf8', V extends Encoding = 'buffer'> {
  private constructor ()
}

export interface Store<K extends Encoding = 'utf8', V extends Encoding = 'buffer'> extends Readable<K, V>, Writable {
  readonly path: string
  readonly openReport: {
    how: 'absent' | 'created' | 'clean' | 'recovered' | 'damaged' | 'readOnly'
    fileSize: number
    cutSize: number
    text: string
  }
  /** The newest one. */
  readonly version: number
  /** All or nothing, as one version. How many of the keys were there before. */
  batch (operations: readonly BatchOperation[], options?: WriteOptions): Promise<number>
  batchSync (operations: readonly BatchOperation[], options?: WriteOptions): number
  /** Puts a key back into the state that it had, before its newest version or then. */
  undo (key: Bytes, options?: { to?: At } & WriteOptions): Promise<Undone>
  undoSync (key: Bytes, options?: { to?: At } & WriteOptions): Undone
  snapshot (version?: number): Snapshot<K, V>
  transaction (options?: TransactionOptions): Transaction<K, V>
  /** Commits what the function did; calls it anew after a CONFLICT; rolls back if it throws. */
  transact<T> (change: (transaction: Transaction<K, V>) => Promise<T> | T, options?: TransactionOptions & WriteOptions & { retries?: number }): Promise<T>
  transactSync<T> (change: (transaction: Transaction<K, V>) => T, options?: TransactionOptions & WriteOptions & { retries?: number }): T
  follow<A extends Encoding = K, B extends Encoding = V> (options?: FollowOptions<A, B>): Following<Change<A, B>>
  followKey<B extends Encoding = V> (key: Bytes, options?: { offset?: number, encoding?: B } & Signalled): Following<ValueEvent<B>>
  sync (): Promise<void>
  syncSync (): void
  stats (): Promise<Stats>
  statsSync (): Stats
  compact (options?: { keepHistory?: KeepHistory, compress?: string, rate?: number } & Signalled): Promise<void>
  compactSync (options?: { keepHistory?: KeepHistory, compress?: string, rate?: number }): void
  /** A copy as of one moment; with `since` or `sinceFile` what came after. */
  backup (path: string, options?: BackupOptions & Signalled): Promise<BackupReport>
  backupSync (path: string, options?: BackupOptions): BackupReport
  /**
   * Any command of the shell's, by its words, and answered as it answers: 'OK', numbers, bytes, undefined for
   * what is missing, arrays. The last word may be options. Beside the other calls, not in their order.
   * STATE for what is about a session (BEGIN, FOLLOW...). commandSync() does not wait: BZPOPMIN answers at once.
   */
  command (...words: Array<Bytes | number | bigint | ({ encoding?: Encoding } & Signalled)>): Promise<Reply>
  commandSync (...words: Array<Bytes | number | bigint | { encoding?: Encoding }>): Reply
  /**
   * Carries out what was called before, and refuses what is called later. What takes long (compact(),
   * backup(), command(), ranges) and is under way ends as if it were given up.
   */
  close (): Promise<void>
  closeSync (): void
}
export class Store<K extends Encoding = 'utf8', V extends Encoding = 'buffer'> {
  private constructor ()
}

export type Reply = string | number | bigint | Buffer | undefined | KvError | Reply[]

export interface Undone {
  written: boolean
  version: number
  restored: number
  size: number
}
export interface BackupOptions {
  rate?: number
  since?: number
  sinceFile?: string
}
export interface BackupReport {
  version: number
  size: number
  isIncrement: boolean
}
export interface Stats {
  keys: number
  expiringKeys: number
  fileSize: number
  allocated: number
  lastVersion: number
  durableSize: number
  memory: number
  memoryBudget: number
  snapshots: number
  writes: number
  reads: number
  syncs: number
  readOnly: boolean
  writesRefused: string
  warnings: string[]
}

/** Opens or, at the first write, creates the file. */
export function open<K extends Encoding = 'utf8', V extends Encoding = 'buffer'> (path: string, options?: OpenOptions<K, V> | null): Promise<Store<K, V>>
export function openSync<K extends Encoding = 'utf8', V extends Encoding = 'buffer'> (path: string, options?: OpenOptions<K, V> | null): Store<K, V>
