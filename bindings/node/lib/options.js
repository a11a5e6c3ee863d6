'use strict'
// What callers say in options, as the module takes it.

const { types: { isArrayBuffer } } = require('node:util')
const { KvError } = require('./native')

const BUFFER = 0
const TEXT = 1

const usage = (message, hint) => new KvError('USAGE', message, hint)

/** BUFFER or TEXT, of 'buffer' and 'utf8'. */
function asOf (encoding, otherwise) {
  if (encoding === undefined || encoding === null) return otherwise
  if (encoding === 'utf8' || encoding === 'utf-8') return TEXT
  if (encoding === 'buffer' || encoding === 'binary') return BUFFER
  throw usage(`unknown encoding '${encoding}'`, "'utf8' or 'buffer'")
}

const NOW = [0, 0]
// A number alone is not one: Date.parse() would take a version for a year.
const ISO = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i

/** [kind, number]: a version, or a time in microseconds. */
function atOf (at) {
  if (at === undefined || at === null) return NOW
  if (typeof at === 'number' && Number.isInteger(at) && at >= 0) return [1, at]
  if (typeof at === 'bigint' && at >= 0n) return [1, Number(at)]
  const time = at instanceof Date ? at.getTime() : typeof at === 'string' && ISO.test(at) ? Date.parse(at) : NaN
  if (!(time >= 0)) throw usage(`'${String(at)}' is no version and no time`, 'a version number, a Date, or an ISO 8601 time')
  return [2, Math.round(time * 1000)]
}

const MOST_MS = 2 ** 48 - 1
const YEAR_2000_MS = 946684800000

function whole (value, name) {
  const number = value instanceof Date ? value.getTime() : value
  if (typeof number !== 'number' || !(number > 0) || number > MOST_MS) {
    throw usage(`${name} has to be a number above 0${name === 'expiresAt' ? ', or a Date' : ''}`)
  }
  return Math.ceil(number)
}

/** A time: what is before 2000 can only be meant as a time to live. */
function timeOf (value, name) {
  const ms = whole(value, name)
  if (ms >= YEAR_2000_MS) return ms
  throw new KvError('NUMBER', `${name} is a time, and ${ms} ms since 1970 is before 2000`, 'ttl: 60 is in a minute')
}

/** [expires at, ttl], both in milliseconds; 0: none. */
function expiryOf (options) {
  const { ttl, expiresAt } = options
  if (ttl !== undefined && ttl !== null) {
    if (expiresAt !== undefined && expiresAt !== null) throw usage('ttl and expiresAt exclude each other')
    return [0, whole(typeof ttl === 'number' ? ttl * 1000 : ttl, 'ttl')]
  }
  return [expiresAt === undefined || expiresAt === null ? 0 : timeOf(expiresAt, 'expiresAt'), 0]
}

const given = value => value !== undefined && value !== null

/** For calls that would not look at these options: what they ask for would not be done. */
function refuse (options, names, what, hint) {
  for (const name of names) if (given(options?.[name])) throw usage(`${what} takes no ${name}`, hint)
}

function checkKey (key) {
  if (typeof key === 'string' || ArrayBuffer.isView(key) || isArrayBuffer(key)) return
  throw usage(`a bound has to be a key: a string or bytes (a Buffer, a Uint8Array), not ${typeof key === 'object' ? 'an object' : 'a ' + typeof key}`)
}

const keyBytes = key => typeof key === 'string' ? Buffer.from(key) : Buffer.from(key.buffer ?? key, key.byteOffset ?? 0, key.byteLength)

/** The first key after it. */
const after = key => typeof key === 'string' ? key + '\0' : Buffer.concat([keyBytes(key), Buffer.alloc(1)])

const later = (a, b) => Buffer.compare(keyBytes(a), keyBytes(b)) >= 0 ? a : b
const earlier = (a, b) => Buffer.compare(keyBytes(a), keyBytes(b)) <= 0 ? a : b

/** gte, gt, lt and lte as [the first key, the first that is not meant any more]. */
function boundsOf ({ gt, gte, lt, lte }) {
  for (const bound of [gt, gte, lt, lte]) if (given(bound)) checkKey(bound)
  let lower = given(gte) ? gte : undefined
  let upper = given(lt) ? lt : undefined
  if (given(gt)) lower = given(lower) ? later(lower, after(gt)) : after(gt)
  if (given(lte)) upper = given(upper) ? earlier(upper, after(lte)) : after(lte)
  return [lower, upper]
}

const UNLIMITED = 2 ** 53

function limitOf (limit) {
  if (limit === undefined || limit === null || limit === -1 || limit === Infinity) return UNLIMITED
  if (!Number.isInteger(limit) || limit < 0) throw usage('limit has to be a whole number from 0 on')
  return limit
}

const BACKWARDS = 1
const VALUES = 2

/** What follows the handle where the module takes a range. */
function rangeArguments (options, values) {
  const [lower, upper] = boundsOf(options)
  const [kind, at] = atOf(options.at)
  const bits = (options.reverse ? BACKWARDS : 0) | (values ? VALUES : 0)
  return [lower, upper, options.prefix, bits, limitOf(options.limit), kind, at]
}

// What is to be done when a signal is aborted. Each signal has one listener for all of it: Node warns
// of many, as of a leak.
const aborts = new WeakMap()

/** Calls `act` when the signal is aborted, until the function that it answers is called. */
function whenAborted (signal, act) {
  let acts = aborts.get(signal)
  if (acts === undefined) {
    acts = new Set()
    acts.listener = () => { for (const act of acts) act() }
    signal.addEventListener('abort', acts.listener, { once: true })
    aborts.set(signal, acts)
  }
  acts.add(act)
  return () => {
    if (!acts.delete(act) || acts.size > 0) return
    signal.removeEventListener('abort', acts.listener)
    aborts.delete(signal)
  }
}

/** A path as it is: one with a zero byte would be cut there. */
function checkedPath (path) {
  const zero = typeof path === 'string' ? '\0' : 0
  if (path?.includes?.(zero)) throw usage('a path has no zero byte in it')
  return path
}

/** A signal, or none. */
function checkedSignal (signal) {
  if (!given(signal)) return undefined
  if (typeof signal.addEventListener === 'function' && typeof signal.throwIfAborted === 'function') return signal
  throw usage('signal has to be an AbortSignal', 'new AbortController().signal, or AbortSignal.timeout(1000)')
}

/** The promise, unless the signal is aborted before; the call itself may still be carried out. */
function withSignal (signal, call) {
  if (!given(signal)) return call()
  return new Promise((resolve, reject) => {
    checkedSignal(signal).throwIfAborted()
    const forget = whenAborted(signal, () => reject(signal.reason))
    const done = settle => value => {
      forget()
      settle(value)
    }
    call().then(done(resolve), done(reject))
  })
}

module.exports = { BUFFER, TEXT, usage, asOf, atOf, expiryOf, given, refuse, boundsOf, limitOf, rangeArguments, whenAborted, checkedPath, checkedSignal, withSignal }
