'use strict'

const { native, KvError } = require('./native')
const { BUFFER, TEXT, asOf, atOf, usage, given, refuse, whenAborted, checkedPath, checkedSignal } = require('./options')
const known = require('./known')
const { Reader, Writer, Lane, kHandle, kLane, kDefaults, kSync, ask, none, expireAt, syncOf, OF_PUT, CONDITIONS } = require('./reader')
const { followPrefix, followKey } = require('./follow')

const kKey = Symbol('made by the module')
const kFollowers = Symbol('followers')

class Snapshot extends Reader {
  #version

  constructor (key, store, version) {
    if (key !== kKey) throw usage('a snapshot comes from a store', 'store.snapshot()')
    const [handle, seen] = native.snapshot(store[kHandle], version)
    super(handle, store[kLane], store[kDefaults])
    this.#version = seen
  }

  /** The newest version that shows in it. */
  get version () { return this.#version }

  close () { native.closeSnapshot(this[kHandle]) }
}

class Transaction extends Writer {
  constructor (key, store, options) {
    if (key !== kKey) throw usage('a transaction comes from a store', 'store.transaction()')
    super(native.transaction(store[kHandle], options), store[kLane], store[kDefaults])
  }

  /** The version that it made. CONFLICT: others have changed what it has read. */
  commit (options = none) {
    return ask(this, options, () => {
      known.commit(options)
      native.commit(this[kHandle], this[kSync] || options.sync || undefined)
    })
  }

  commitSync (options = none) {
    known.commit(options)
    return native.commitSync(this[kHandle], this[kSync] || options.sync || undefined)
  }

  rollback () {
    return ask(this, none, () => native.rollback(this[kHandle]))
  }

  rollbackSync () { native.rollbackSync(this[kHandle]) }
}

const kinds = new Map([['put', 0], ['append', 1], ['delete', 2], ['del', 2], ['clear', 3]])

// Kind, key, value and expiry of each, in one list.
function flat (operations) {
  if (!Array.isArray(operations)) throw usage('a batch is an array of operations')
  const list = new Array(operations.length * 4)
  let at = 0
  for (const operation of operations) {
    const kind = kinds.get(operation?.type)
    if (kind === undefined) throw usage(`unknown operation '${operation?.type}'`, "type: 'put', 'append', 'delete' or 'clear'")
    refuse(operation, kind === 0 ? CONDITIONS : OF_PUT, `'${operation.type}' in a batch`, 'a transaction is for what depends on what is there')
    known.operation(operation)
    list[at++] = kind
    list[at++] = operation.key
    list[at++] = operation.value
    list[at++] = kind === 0 && given(operation.ttl ?? operation.expiresAt) ? expireAt(operation) : 0
  }
  return list
}

function checkedSince (options) {
  checkedPath(options.sinceFile)
  return options
}

class Store extends Writer {
  #path
  #closing = null;
  [kFollowers] = new Set()

  constructor (key, path, opened, defaults) {
    if (key !== kKey) throw usage('a store is opened', "await open('data.kvs')")
    const [handle, lane] = opened
    super(handle, new Lane(lane), defaults)
    this.#path = path
  }

  get path () { return this.#path }
  /** How the file was found when it was opened. */
  get openReport () { return native.openReport(this[kHandle]) }
  /** The newest version. */
  get version () { return native.lastVersion(this[kHandle]) }

  batch (operations, options = none) {
    return ask(this, options, () => {
      known.batch(options)
      native.batch(this[kHandle], flat(operations), syncOf(this, options))
    })
  }

  batchSync (operations, options = none) {
    known.batch(options)
    return native.batchSync(this[kHandle], flat(operations), syncOf(this, options))
  }

  undo (key, options = none) {
    return ask(this, options, () => {
      known.undo(options)
      native.undo(this[kHandle], key, ...atOf(options.to), syncOf(this, options))
    })
  }

  undoSync (key, options = none) {
    known.undo(options)
    const [kind, at] = atOf(options.to)
    return native.undoSync(this[kHandle], key, kind, at, syncOf(this, options))
  }

  /** The store as it is now, or was at a version, for as long as it is kept. */
  snapshot (version) { return new Snapshot(kKey, this, version) }

  transaction (options = none) {
    known.transaction(options)
    return new Transaction(kKey, this, options)
  }

  /**
   * Calls `change` with a transaction and commits what it did; anew, if others were faster. What it
   * throws rolls the transaction back. Answers what it answered.
   */
  async transact (change, options = none) {
    known.transact(options)
    checkedSignal(options.signal)
    for (let left = options.retries ?? 10; ; --left) {
      options.signal?.throwIfAborted()
      const transaction = new Transaction(kKey, this, options)
      try {
        const answer = await change(transaction)
        options.signal?.throwIfAborted()
        await transaction.commit({ sync: options.sync })
        return answer
      } catch (error) {
        await transaction.rollback().catch(() => {})
        if (!(error instanceof KvError) || error.code !== 'CONFLICT' || left <= 0) throw error
      }
    }
  }

  transactSync (change, options = none) {
    known.transact(options)
    for (let left = options.retries ?? 10; ; --left) {
      const transaction = new Transaction(kKey, this, options)
      try {
        const answer = change(transaction)
        if (typeof answer?.then === 'function') throw usage('transactSync() cannot wait for a promise', 'await transact()')
        transaction.commitSync({ sync: options.sync })
        return answer
      } catch (error) {
        transaction.rollbackSync()
        if (!(error instanceof KvError) || error.code !== 'CONFLICT' || left <= 0) throw error
      }
    }
  }

  /** Every change of the keys with a prefix; from a version on, or from now on. */
  follow (options = none) {
    known.follow(options)
    return followPrefix(this[kFollowers], this[kHandle], options, this[kDefaults])
  }

  /** A value as it grows. */
  followKey (key, options = none) {
    known.followKey(options)
    return followKey(this[kFollowers], this[kHandle], key, options, this[kDefaults])
  }

  /** All writes so far are on the disk, whatever the policy. */
  sync () { return ask(this, none, () => native.sync(this[kHandle])) }
  syncSync () { native.syncSync(this[kHandle]) }

  stats () { return ask(this, none, () => native.stats(this[kHandle])) }
  statsSync () { return native.statsSync(this[kHandle]) }

  async compact (options = none) {
    known.compact(options)
    return cancellable(options.signal, cancel => native.compact(this[kHandle], options, cancel),
      () => native.stopCompaction(this[kHandle]))
  }

  compactSync (options = none) {
    known.compact(options)
    native.compactSync(this[kHandle], options)
  }

  async backup (path, options = none) {
    known.backup(options)
    return cancellable(options.signal, cancel =>
      native.backup(this[kHandle], checkedPath(path), checkedSince(options), cancel))
  }

  backupSync (path, options = none) {
    known.backup(options)
    return native.backupSync(this[kHandle], checkedPath(path), checkedSince(options))
  }

  /** Any command, as the shell has it: db.command('ZADD', 'scores', 1, 'ann'). The last word may be options. */
  async command (...words) {
    const options = optionsOf(words)
    const as = asOf(options.encoding, this[kDefaults].valuesAs)
    const answer = await cancellable(options.signal, cancel =>
      native.command(this[kHandle], words.map(wordOf), as, true, cancel ?? native.newCancel()))
    // A wait that was given up is answered as if its time were over.
    if (answer === undefined) options.signal?.throwIfAborted()
    return answer
  }

  commandSync (...words) {
    const options = optionsOf(words)
    return native.commandSync(this[kHandle], words.map(wordOf), asOf(options.encoding, this[kDefaults].valuesAs), false)
  }

  /** What was called before is carried out; what is called later is refused. */
  close () {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close () {
    this[kLane].isClosed = true
    native.beginClosing(this[kHandle])
    for (const follower of this[kFollowers]) follower.close()
    await this[kLane].idle()
    await native.close(this[kHandle])
  }

  closeSync () {
    this[kLane].isClosed = true
    native.beginClosing(this[kHandle])
    for (const follower of this[kFollowers]) follower.close()
    native.drain(this[kHandle])
    native.closeSync(this[kHandle])
  }
}

const wordOf = word => typeof word === 'number' || typeof word === 'bigint' ? String(word) : word

// Taken from the end of the words, if they are there.
function optionsOf (words) {
  const last = words.at(-1)
  const isOptions = typeof last === 'object' && last !== null && !ArrayBuffer.isView(last) && !(last instanceof ArrayBuffer)
  if (!isOptions) return none
  known.command(last)
  return words.pop()
}

// A call that may take long, and is given up when the signal says so.
async function cancellable (said, call, stop) {
  const signal = checkedSignal(said)
  if (!signal) return call(undefined)
  signal.throwIfAborted()
  const cancel = native.newCancel()
  const forget = whenAborted(signal, () => {
    native.cancel(cancel)
    stop?.()
  })
  try {
    return await call(cancel)
  } catch (error) {
    throw signal.aborted && error.code === 'SKIPPED' ? signal.reason : error
  } finally {
    forget()
  }
}

if (Symbol.dispose) {
  Store.prototype[Symbol.dispose] = function () { this.closeSync() }
  Snapshot.prototype[Symbol.dispose] = function () { this.close() }
}
if (Symbol.asyncDispose) {
  Store.prototype[Symbol.asyncDispose] = function () { return this.close() }
  Transaction.prototype[Symbol.asyncDispose] = function () { return this.rollback().catch(() => {}) }
}

function defaultsOf (options) {
  known.open(options)
  return { keysAs: asOf(options.keyEncoding, TEXT), valuesAs: asOf(options.encoding, BUFFER) }
}

async function open (path, said = none) {
  const options = said ?? none
  const defaults = defaultsOf(options)
  checkedSignal(options.signal)?.throwIfAborted()
  return new Store(kKey, path, await native.open(checkedPath(path), options), defaults)
}

function openSync (path, said = none) {
  const options = said ?? none
  const defaults = defaultsOf(options)
  return new Store(kKey, path, native.openSync(checkedPath(path), options), defaults)
}

module.exports = { open, openSync, Store, Snapshot, Transaction }
