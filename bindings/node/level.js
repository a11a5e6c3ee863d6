'use strict'
// kvstore behind abstract-level's interface: takes the place of classic-level.

const { AbstractLevel, AbstractIterator, AbstractKeyIterator, AbstractValueIterator, AbstractSnapshot } = require('abstract-level')
const fs = require('node:fs')
const { dirname, join } = require('node:path')
const { native, KvError, Lane, bytesAt } = require('./lib/native')
const { TEXT, BUFFER, rangeArguments } = require('./lib/options')
const { Chunk } = require('./lib/chunk')

const kHandle = Symbol('handle')

const asOf = encoding => encoding === 'utf8' ? TEXT : BUFFER
const syncOf = options => options.sync ? true : undefined

// Bits of a write.
const SYNC = 2

const FIRST = 32
const MOST = 1000
const BYTES = 32 << 10
const MANY_BYTES = 256 << 10 // for who asks for many at once

class AbortError extends Error {
  constructor (cause) {
    super('Operation has been aborted', { cause })
    this.code = 'LEVEL_ABORTED'
  }

  get name () { return 'AbortError' }
}

// Of two bounds at one end abstract-level takes the one that includes its key.
function rangeOf ({ gt, gte, lt, lte, reverse, limit }, values) {
  return rangeArguments({
    gt: gte == null ? gt : undefined, gte, lt: lte == null ? lt : undefined, lte, reverse, limit
  }, values)
}

// What the three kinds of iterators do alike. `what` is how a chunk answers.
const iterating = (Base, what, wantsValues) => class extends Base {
  #cursor
  #keysAs
  #valuesAs
  #as
  #chunk = null
  #most = 1 // it is common to want one only
  #signal
  #onAbort

  constructor (db, handle, options) {
    super(db, options)
    this.#keysAs = asOf(options.keyEncoding)
    this.#valuesAs = asOf(options.valueEncoding)
    const values = wantsValues(options)
    this.#as = this.#keysAs === TEXT && (!values || this.#valuesAs === TEXT) ? TEXT : BUFFER
    this.#cursor = native.cursor(options.snapshot?.[kHandle] ?? handle, ...rangeOf(options, values))
    if (options.signal) {
      this.#signal = options.signal
      this.#onAbort = () => native.cancelCursor(this.#cursor)
      this.#signal.addEventListener('abort', this.#onAbort, { once: true })
    }
  }

  async #fill (most, bytes) {
    try {
      return new Chunk(await native.fill(this.#cursor, most, bytes, this.#as), this.#keysAs, this.#valuesAs)
    } finally {
      // Whether it was given up, or done before it could be.
      if (this.#signal?.aborted) throw new AbortError(this.#signal.reason)
    }
  }

  async _next () {
    while (this.#chunk === null || this.#chunk.isEmpty) {
      if (this.#chunk?.isEnd) return undefined
      this.#chunk = await this.#fill(this.#most, BYTES)
      this.#most = this.#most === 1 ? FIRST : MOST
    }
    return this.#chunk[what]()
  }

  async _nextv (size) {
    if (this.#chunk === null || this.#chunk.isEmpty) {
      if (this.#chunk?.isEnd) return []
      this.#chunk = await this.#fill(size, MANY_BYTES)
      this.#most = MOST
    }
    const chunk = this.#chunk
    const taken = new Array(Math.min(size, chunk.left))
    for (let i = 0; i < taken.length; i++) taken[i] = chunk[what]()
    return taken
  }

  _seek (target) {
    this.#chunk = null
    this.#most = 1
    native.seek(this.#cursor, target)
  }

  async _close () {
    this.#chunk = null
    this.#signal?.removeEventListener('abort', this.#onAbort)
    native.closeCursor(this.#cursor)
  }

  /** Entries that were fetched and not asked for yet. */
  get cached () { return this.#chunk === null ? 0 : this.#chunk.left }
}

const Entries = iterating(AbstractIterator, 'entry', options => options.values !== false)
const Keys = iterating(AbstractKeyIterator, 'key', () => false)
const Values = iterating(AbstractValueIterator, 'value', () => true)

class Snapshot extends AbstractSnapshot {
  constructor (handle, options) {
    super(options)
    this[kHandle] = native.snapshot(handle)[0]
  }

  async _close () { native.closeSnapshot(this[kHandle]) }
}

class KvLevel extends AbstractLevel {
  #location
  #lane = null

  constructor (location, options) {
    if (typeof location !== 'string' || location === '') {
      throw new TypeError("The first argument 'location' must be a non-empty string")
    }
    super({
      encodings: { buffer: true, utf8: true, view: true },
      has: true,
      getSync: true,
      createIfMissing: true,
      errorIfExists: true,
      explicitSnapshots: true,
      additionalMethods: { compactRange: true },
      signals: { iterators: true }
    }, options)
    this.#location = location
  }

  get location () { return this.#location }

  /** The file itself: `location`, or one in it, if that is a directory. */
  get file () { return fileAt(this.#location) }

  async _open (options) {
    const path = this.file
    const exists = fs.existsSync(path)
    if (exists && options.errorIfExists) throw new KvError('EXISTS', `${path} exists (errorIfExists is true)`)
    if (!exists && !options.createIfMissing) throw new KvError('NOTFOUND', `${path} does not exist (createIfMissing is false)`)
    if (!exists) await create(path)
    // As classic-level: a write that says { sync: true } is on the disk, others soon.
    const [handle, lane] = await native.open(path, { sync: 'none', ...options })
    this[kHandle] = handle
    this.#lane = new Lane(lane)
  }

  async _close () {
    native.beginClosing(this[kHandle])
    await this.#lane.idle()
    return native.close(this[kHandle])
  }

  #ask (call) {
    return new Promise((resolve, reject) => {
      call(this[kHandle])
      this.#lane.add(resolve, reject)
    })
  }

  _put (key, value, options) {
    return new Promise((resolve, reject) => {
      if (options.sync) native.put(this[kHandle], key, value, 0, 0, SYNC)
      else native.put(this[kHandle], key, value)
      this.#lane.add(resolve, reject)
    })
  }

  _get (key, options) {
    const handle = options.snapshot?.[kHandle] ?? this[kHandle]
    const as = asOf(options.valueEncoding)
    return this.#lane.getAtOnce(handle, key, as) ?? new Promise((resolve, reject) => {
      native.get(handle, key, as)
      this.#lane.add(resolve, reject)
    })
  }

  _getSync (key, options) {
    return bytesAt(native.getSync(options.snapshot?.[kHandle] ?? this[kHandle], key, asOf(options.valueEncoding)))
  }

  _getMany (keys, options) {
    return this.#ask(handle => native.getMany(options.snapshot?.[kHandle] ?? handle, keys, asOf(options.valueEncoding)))
  }

  _has (key, options) {
    return this.#ask(handle => native.has(options.snapshot?.[kHandle] ?? handle, key))
  }

  _hasMany (keys, options) {
    return this.#ask(handle => native.hasMany(options.snapshot?.[kHandle] ?? handle, keys))
  }

  _del (key, options) {
    return this.#ask(handle => native.delete(handle, key, options.sync ? SYNC : undefined))
  }

  _batch (operations, options) {
    const list = new Array(operations.length * 4)
    let at = 0
    for (const { type, key, value } of operations) {
      list[at++] = type === 'put' ? 0 : 2
      list[at++] = key
      list[at++] = value
      list[at++] = 0
    }
    return this.#ask(handle => native.batch(handle, list, syncOf(options)))
  }

  _clear (options) {
    return this.#ask(handle => {
      const { gt, gte, lt, lte, limit, snapshot } = options
      if ((gt ?? gte ?? lt ?? lte ?? snapshot) == null && limit === -1) return native.clear(handle, syncOf(options))
      const cursor = native.cursor(snapshot?.[kHandle] ?? handle, ...rangeOf(options, false))
      native.deleteFrom(handle, cursor, syncOf(options))
    })
  }

  _iterator (options) { return new Entries(this, this[kHandle], options) }
  _keys (options) { return new Keys(this, this[kHandle], options) }
  _values (options) { return new Values(this, this[kHandle], options) }
  _snapshot (options) { return new Snapshot(this[kHandle], options) }

  /** Compacts the file: all of it, whatever the range. */
  async compactRange () {
    if (this.status === 'opening') return this.deferAsync(() => this.compactRange())
    return native.compact(this[kHandle], { keepHistory: 'none' })
  }

  /** Removes a database that is not open. */
  static async destroy (location) {
    if (typeof location !== 'string' || location === '') {
      throw new TypeError("The first argument 'location' must be a non-empty string")
    }
    await fs.promises.rm(fileAt(location), { force: true })
  }
}

function fileAt (location) {
  const isDirectory = location.endsWith('/') || fs.statSync(location, { throwIfNoEntry: false })?.isDirectory()
  return isDirectory ? join(location, 'level.kvs') : location
}

// An empty file is a new database.
async function create (path) {
  await fs.promises.mkdir(dirname(path), { recursive: true })
  await fs.promises.writeFile(path, '', { flag: 'a' })
}

module.exports = { KvLevel }
