'use strict'
// What can be read of a store, a snapshot and a transaction alike, and written of the two that take
// writes. Each call has a twin, ...Sync, which is made on this thread.

const { native, Lane, bytesAt } = require('./native')
const { TEXT, usage, asOf, atOf, expiryOf, given, refuse, rangeArguments, withSignal } = require('./options')
const { Range, ENTRIES, KEYS, VALUES } = require('./range')
const known = require('./known')

const kHandle = Symbol('handle')
const kLane = Symbol('lane')
const kDefaults = Symbol('defaults')
const kSync = Symbol('a write of it was to be on the disk')

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

function checkCount (options) {
  refuse(options, ['at'], 'count()', 'db.snapshot(version).count() is of the past')
  known.count(options)
}

// Nothing else is asked for.
function isEncodingAlone (options) {
  if (options?.encoding !== 'utf8' && options?.encoding !== 'buffer') return false
  for (const name in options) if (name !== 'encoding') return false
  return true
}

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
      known.get(options)
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
    known.get(options)
    const [kind, at] = atOf(options.at)
    return bytesAt(native.getSync(this[kHandle], key, asOf(options.encoding, this[kDefaults].valuesAs), kind, at))
  }

  getMany (keys, options = none) {
    return ask(this, options, () => {
      known.getMany(options)
      const [kind, at] = atOf(options.at)
      native.getMany(this[kHandle], keys, asOf(options.encoding, this[kDefaults].valuesAs), kind, at)
    })
  }

  getManySync (keys, options = none) {
    known.getMany(options)
    const [kind, at] = atOf(options.at)
    return native.getManySync(this[kHandle], keys, asOf(options.encoding, this[kDefaults].valuesAs), kind, at)
  }

  read (key, offset, length, options = none) {
    return ask(this, options, () => {
      known.read(options)
      const [kind, at] = atOf(options.at)
      native.read(this[kHandle], key, asOf(options.encoding, this[kDefaults].valuesAs), kind, at, offset, length)
    })
  }

  readSync (key, offset, length, options = none) {
    known.read(options)
    const as = asOf(options.encoding, this[kDefaults].valuesAs)
    const [kind, at] = atOf(options.at)
    return bytesAt(native.readSync(this[kHandle], key, as, kind, at, offset, length))
  }

  has (key, options = none) {
    return ask(this, options, () => {
      known.has(options)
      native.has(this[kHandle], key, ...atOf(options.at))
    })
  }

  hasSync (key, options = none) {
    known.has(options)
    const [kind, at] = atOf(options.at)
    return native.hasSync(this[kHandle], key, kind, at)
  }

  async stat (key, options = none) {
    known.stat(options)
    const [kind, at] = atOf(options.at)
    return described(await ask(this, options, () => native.stat(this[kHandle], key, kind, at)))
  }

  statSync (key, options = none) {
    known.stat(options)
    const [kind, at] = atOf(options.at)
    return described(native.statSync(this[kHandle], key, kind, at))
  }

  async history (key, options = none) {
    known.history(options)
    const versions = await ask(this, options, () => native.history(this[kHandle], key, options.limit ?? ALL))
    return versions.map(described)
  }

  historySync (key, options = none) {
    known.history(options)
    return native.historySync(this[kHandle], key, options.limit ?? ALL).map(described)
  }

  count (options = none) {
    return ask(this, options, () => {
      checkCount(options)
      native.count(this[kHandle])
    })
  }

  countSync (options = none) {
    checkCount(options)
    return native.countSync(this[kHandle])
  }

  /** Entries, [key, value], in the order of the keys: `for await` or `for`. */
  range (options = none) {
    return new Range(this, this[kLane], this[kHandle], options, ENTRIES, this[kDefaults])
  }

  keys (options = none) {
    return new Range(this, this[kLane], this[kHandle], options, KEYS, this[kDefaults])
  }

  values (options = none) {
    return new Range(this, this[kLane], this[kHandle], options, VALUES, this[kDefaults])
  }
}

const IF_ABSENT = 1
const SYNC = 2

const bitsOf = (writer, options) => (options.ifAbsent ? IF_ABSENT : 0) | (syncOf(writer, options) ?? 0)

/** Of a transaction it is its commit that is on the disk when it is acknowledged. */
function syncOf (writer, options) {
  if (!options?.sync) return undefined
  writer[kSync] = true
  return SYNC
}

// A write that is not made on its condition, or does not expire, is another one than was asked for.
const CONDITIONS = ['ifAbsent', 'ifVersion']
const OF_PUT = [...CONDITIONS, 'ttl', 'expiresAt']

function checkWrite (options, name) {
  refuse(options, OF_PUT, `${name}()`, 'put() does; or stat() and it in a transaction')
  known[name](options)
}

function checkExpire (when, options) {
  refuse(options, CONDITIONS, 'expire()', 'stat() and expire() in a transaction')
  if (typeof when === 'object' && when !== null) known.expiry(when)
  known.expire(options)
}

// All keys are clear()'s to remove: a bound that is undefined would be none.
function removedRange (options) {
  known.deleteRange(options)
  if (!known.BOUNDS.some(name => given(options[name]))) throw usage('deleteRange() has no bound', 'prefix, gt, gte, lt, lte or limit; clear() removes all keys')
  return rangeArguments(options, false)
}

function checkPut (options) {
  known.put(options)
  if (options.ifAbsent && options.ifVersion !== undefined) {
    throw usage('ifAbsent and ifVersion exclude each other', 'ifVersion: 0 is of a key that is missing')
  }
}

// A time to expire at; undefined and null: never.
function expireAt (when) {
  if (when === undefined || when === null) return 0
  const said = typeof when === 'number' ? { ttl: when } : when instanceof Date ? { expiresAt: when } : when
  // Anything else has neither, and would take the expiry away.
  if (typeof said !== 'object' || (said.ttl === undefined && said.expiresAt === undefined)) {
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
      checkPut(options)
      const [at, ttl] = expiryOf(options)
      if (options.ifVersion === undefined) native.put(this[kHandle], key, value, at, ttl, bitsOf(this, options))
      else native.putIf(this[kHandle], key, value, at, ttl, options.ifVersion, syncOf(this, options))
    })
  }

  putSync (key, value, options = none) {
    if (options === none) return native.putSync(this[kHandle], key, value)
    checkPut(options)
    const [at, ttl] = expiryOf(options)
    if (options.ifVersion === undefined) return native.putSync(this[kHandle], key, value, at, ttl, bitsOf(this, options))
    return native.putIfSync(this[kHandle], key, value, at, ttl, options.ifVersion, syncOf(this, options))
  }

  append (key, value, options = none) {
    return ask(this, options, () => {
      checkWrite(options, 'append')
      native.append(this[kHandle], key, value, syncOf(this, options))
    })
  }

  appendSync (key, value, options = none) {
    checkWrite(options, 'append')
    return native.appendSync(this[kHandle], key, value, syncOf(this, options))
  }

  delete (key, options = none) {
    return ask(this, options, () => {
      checkWrite(options, 'delete')
      native.delete(this[kHandle], key, syncOf(this, options))
    })
  }

  deleteSync (key, options = none) {
    checkWrite(options, 'delete')
    return native.deleteSync(this[kHandle], key, syncOf(this, options))
  }

  /** Seconds from now, a Date, { ttl } or { expiresAt }; null: never. Whether the key is there. */
  expire (key, when, options = none) {
    return ask(this, options, () => {
      checkExpire(when, options)
      native.expire(this[kHandle], key, expireAt(when), syncOf(this, options))
    })
  }

  expireSync (key, when, options = none) {
    checkExpire(when, options)
    return native.expireSync(this[kHandle], key, expireAt(when), syncOf(this, options))
  }

  clear (options = none) {
    return ask(this, options, () => {
      known.clear(options)
      native.clear(this[kHandle], syncOf(this, options))
    })
  }

  clearSync (options = none) {
    known.clear(options)
    return native.clearSync(this[kHandle], syncOf(this, options))
  }

  /** Removes what is in a range; how many keys. */
  deleteRange (options = none) {
    return ask(this, options, () => native.deleteRange(this[kHandle], ...removedRange(options), syncOf(this, options)))
  }

  deleteRangeSync (options = none) {
    return native.deleteRangeSync(this[kHandle], ...removedRange(options), syncOf(this, options))
  }
}

module.exports = { Reader, Writer, Lane, kHandle, kLane, kDefaults, kSync, ask, none, expireAt, syncOf, OF_PUT, CONDITIONS, TEXT, usage }
