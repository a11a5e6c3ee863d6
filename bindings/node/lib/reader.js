'use strict'
// What can be read of a store, a snapshot and a transaction alike, and written of the two that take
// writes. Each call has a twin, ...Sync, which is made on this thread.

const { native, Lane, bytesAt } = require('./native')
const { TEXT, usage, asOf, atOf, expiryOf, rangeArguments, withSignal } = require('./options')
const { Range, ENTRIES, KEYS, VALUES } = require('./range')

const kHandle = Symbol('handle')
const kLane = Symbol('lane')
const kDefaults = Symbol('defaults')

const none = Object.freeze({})

/** One of the module's queued calls, as a promise. */
function ask (reader, options, call) {
  const promise = () => new Promise((resolve, reject) => {
    call()
    reader[kLane].add(resolve, reject)
  })
  return options?.signal ? withSignal(options.signal, promise) : promise()
}

// What the module tells of a key or a version, with times as Dates.
function described (given) {
  if (given === undefined) return undefined
  const { timeMs, expiresAtMs, ...rest } = given
  rest.time = new Date(timeMs)
  if (expiresAtMs !== undefined) rest.expiresAt = new Date(expiresAtMs)
  return rest
}

const ALL = 2 ** 53

// Nothing else is asked for.
const isEncodingAlone = options => (options?.encoding === 'utf8' || options?.encoding === 'buffer') &&
  options.at === undefined && options.signal === undefined

class Reader {
  constructor (handle, lane, defaults) {
    this[kHandle] = handle
    this[kLane] = lane
    this[kDefaults] = defaults
  }

  get (key, options = none) {
    if (options === none) return this.#getNow(key, this[kDefaults].valuesAs)
    if (isEncodingAlone(options)) return this.#getNow(key, asOf(options.encoding))
    return ask(this, options, () => {
      const [kind, at] = atOf(options.at)
      native.get(this[kHandle], key, asOf(options.encoding, this[kDefaults].valuesAs), kind, at)
    })
  }

  #getNow (key, as) {
    return this[kLane].getAtOnce(this[kHandle], key, as) ?? new Promise((resolve, reject) => {
      native.get(this[kHandle], key, as)
      this[kLane].add(resolve, reject)
    })
  }

  getSync (key, options = none) {
    if (options === none) return bytesAt(native.getSync(this[kHandle], key, this[kDefaults].valuesAs))
    const [kind, at] = atOf(options.at)
    return bytesAt(native.getSync(this[kHandle], key, asOf(options.encoding, this[kDefaults].valuesAs), kind, at))
  }

  getMany (keys, options = none) {
    return ask(this, options, () => {
      const [kind, at] = atOf(options.at)
      native.getMany(this[kHandle], keys, asOf(options.encoding, this[kDefaults].valuesAs), kind, at)
    })
  }

  getManySync (keys, options = none) {
    const [kind, at] = atOf(options.at)
    return native.getManySync(this[kHandle], keys, asOf(options.encoding, this[kDefaults].valuesAs), kind, at)
  }

  read (key, offset, length, options = none) {
    return ask(this, options, () => {
      const [kind, at] = atOf(options.at)
      native.read(this[kHandle], key, asOf(options.encoding, this[kDefaults].valuesAs), kind, at, offset, length)
    })
  }

  readSync (key, offset, length, options = none) {
    const as = asOf(options.encoding, this[kDefaults].valuesAs)
    const [kind, at] = atOf(options.at)
    return bytesAt(native.readSync(this[kHandle], key, as, kind, at, offset, length))
  }

  has (key, options = none) {
    return ask(this, options, () => native.has(this[kHandle], key, ...atOf(options.at)))
  }

  hasSync (key, options = none) {
    const [kind, at] = atOf(options.at)
    return native.hasSync(this[kHandle], key, kind, at)
  }

  async stat (key, options = none) {
    const [kind, at] = atOf(options.at)
    return described(await ask(this, options, () => native.stat(this[kHandle], key, kind, at)))
  }

  statSync (key, options = none) {
    const [kind, at] = atOf(options.at)
    return described(native.statSync(this[kHandle], key, kind, at))
  }

  async history (key, options = none) {
    const versions = await ask(this, options, () => native.history(this[kHandle], key, options.limit ?? ALL))
    return versions.map(described)
  }

  historySync (key, options = none) {
    return native.historySync(this[kHandle], key, options.limit ?? ALL).map(described)
  }

  count (options = none) {
    return ask(this, options, () => native.count(this[kHandle]))
  }

  countSync () {
    return native.countSync(this[kHandle])
  }

  /** Entries, [key, value], in the order of the keys: `for await` or `for`. */
  range (options = none) {
    return new Range(this, this[kHandle], options, ENTRIES, this[kDefaults])
  }

  keys (options = none) {
    return new Range(this, this[kHandle], options, KEYS, this[kDefaults])
  }

  values (options = none) {
    return new Range(this, this[kHandle], options, VALUES, this[kDefaults])
  }
}

const IF_ABSENT = 1
const SYNC = 2

const bitsOf = options => (options.ifAbsent ? IF_ABSENT : 0) | (options.sync ? SYNC : 0)
const syncOf = options => options.sync ? SYNC : undefined

// A time to expire at; undefined and null: never.
function expireAt (when) {
  if (when === undefined || when === null) return 0
  const said = typeof when === 'number' ? { ttl: when } : when instanceof Date ? { expiresAt: when } : when
  // Anything else has neither, and would take the expiry away.
  if (typeof said !== 'object' || !('ttl' in said || 'expiresAt' in said)) {
    throw usage('a time to expire at is missing', 'seconds, a Date, { ttl }, { expiresAt }, or null: never')
  }
  const [at, ttl] = expiryOf(said)
  return ttl > 0 ? Date.now() + ttl : at
}

class Writer extends Reader {
  put (key, value, options = none) {
    if (options === none) {
      return new Promise((resolve, reject) => {
        native.put(this[kHandle], key, value)
        this[kLane].add(resolve, reject)
      })
    }
    return ask(this, options, () => {
      const [at, ttl] = expiryOf(options)
      if (options.ifVersion !== undefined) native.putIf(this[kHandle], key, value, at, ttl, options.ifVersion)
      else native.put(this[kHandle], key, value, at, ttl, bitsOf(options))
    })
  }

  putSync (key, value, options = none) {
    if (options === none) return native.putSync(this[kHandle], key, value)
    const [at, ttl] = expiryOf(options)
    if (options.ifVersion !== undefined) return native.putIfSync(this[kHandle], key, value, at, ttl, options.ifVersion)
    return native.putSync(this[kHandle], key, value, at, ttl, bitsOf(options))
  }

  append (key, value, options = none) {
    return ask(this, options, () => native.append(this[kHandle], key, value, syncOf(options)))
  }

  appendSync (key, value, options = none) {
    return native.appendSync(this[kHandle], key, value, syncOf(options))
  }

  delete (key, options = none) {
    return ask(this, options, () => native.delete(this[kHandle], key, syncOf(options)))
  }

  deleteSync (key, options = none) {
    return native.deleteSync(this[kHandle], key, syncOf(options))
  }

  /** Seconds from now, a Date, { ttl } or { expiresAt }; null: never. Whether the key is there. */
  expire (key, when) {
    return ask(this, none, () => native.expire(this[kHandle], key, expireAt(when)))
  }

  expireSync (key, when) {
    return native.expireSync(this[kHandle], key, expireAt(when))
  }

  clear (options = none) {
    return ask(this, options, () => native.clear(this[kHandle], syncOf(options)))
  }

  clearSync (options = none) {
    return native.clearSync(this[kHandle], syncOf(options))
  }

  /** Removes what is in a range; how many keys. */
  deleteRange (options = none) {
    return ask(this, options, () => native.deleteRange(this[kHandle], ...rangeArguments(options, false)))
  }

  deleteRangeSync (options = none) {
    return native.deleteRangeSync(this[kHandle], ...rangeArguments(options, false))
  }
}

module.exports = { Reader, Writer, Lane, kHandle, kLane, kDefaults, ask, none, expireAt, TEXT, usage }
