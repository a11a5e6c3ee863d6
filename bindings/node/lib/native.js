'use strict'
// The compiled module, and what it and JavaScript tell each other. Nothing else uses it directly.

const { existsSync } = require('node:fs')
const { constants: { dlopen } } = require('node:os')
const { join, resolve } = require('node:path')
const { markAsUntransferable } = require('node:worker_threads')

/** What kvstore answers when it cannot do what it was asked to. `code` is one of its stable codes. */
class KvError extends Error {
  constructor (code, message, hint) {
    super(message)
    this.code = code
    // That of the command line, in words of here.
    if (code === 'LOCKED' && hint?.startsWith('--wait')) hint = 'lockWaitMs: 60000 waits for it, readOnly: true reads beside it'
    if (hint !== undefined) this.hint = hint
  }

  get name () { return 'KvError' }
}

const places = [
  process.env.KVSTORE_NODE_MODULE && resolve(process.env.KVSTORE_NODE_MODULE),
  join(__dirname, '../kvstore.node'),
  join(__dirname, '../../../build/bindings/node/kvstore.node')
]

// Node has a zstd of its own from 22.15 on, whose functions would be taken for some of those of the library
// that the module is linked with, of another version: so the module's libraries come first for it.
// (Sanitizers do not allow that.)
function loadFrom (place) {
  if (process.versions.zstd === undefined || /asan/.test(process.env.LD_PRELOAD)) return require(place)
  const loaded = { exports: {} }
  process.dlopen(loaded, place, dlopen.RTLD_LAZY | dlopen.RTLD_DEEPBIND)
  return loaded.exports
}

function load () {
  const place = places.find(place => place && existsSync(place))
  if (place) return loadFrom(place)
  throw new KvError('NOTFOUND', 'kvstore.node is not built',
    'npm run build in bindings/node, or name it in KVSTORE_NODE_MODULE')
}

const native = load()

// Numbers of an answer, and answers of a delivery, as src/instance.h has them.
const FIELDS = 3
const MOST = 1024
const SLAB = FIELDS * MOST
const answers = new Float64Array(SLAB + 1)

// How an answer comes: src/lane.h.
const NUMBER = 0
const MISSING = 1
const BOOLEAN = 2
const ERROR = 3
const PLACE = 4

let slab = null
let slabNumber = 0

function renewSlab () {
  slab = native.slab()
  // Whoever gave away the memory of one answer would take that of the next ones with it.
  markAsUntransferable(slab.buffer)
  slabNumber = answers[SLAB]
}

/** The Buffer of what a synchronous call answered: a small one is a place in the slab. */
function bytesAt (answer) {
  if (typeof answer !== 'number') return answer
  if (answers[SLAB] !== slabNumber) renewSlab()
  const begin = answer >>> 13
  return slab.subarray(begin, begin + (answer & 8191))
}

// Gets of one turn that are answered at once: whoever asks for more has them answered together.
const AT_ONCE = 4
const settled = Promise.resolve()

/** The calls of a store that wait for their answers, which come in the order of the calls. */
class Lane {
  constructor (id) {
    this.id = id
    this.waiting = []
    this.head = 0
    this.whenIdle = null
    this.isClosed = false // what is called from now on is refused
    this.atOnce = 0
    this.endTurn = () => { this.atOnce = 0 }
  }

  /** The value as a promise; null: it has to be asked for as all others. */
  getAtOnce (handle, key, as) {
    if (this.waiting.length !== 0 || this.atOnce === AT_ONCE) return null
    if (this.atOnce++ === 0) settled.then(this.endTurn)
    try {
      const answer = native.getAtOnce(handle, key, as)
      return answer === null ? null : Promise.resolve(bytesAt(answer))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  add (resolve, reject) {
    if (this.waiting.length === 0) lanes.set(this.id, this)
    this.waiting.push(resolve, reject)
  }

  /** Resolves when all that wait now have their answers. */
  idle () {
    if (this.waiting.length === 0) return Promise.resolve()
    return new Promise(resolve => { (this.whenIdle ??= []).push(resolve) })
  }

  passed (head) {
    this.head = head
    if (head === this.waiting.length) {
      this.waiting = []
      this.head = 0
      lanes.delete(this.id)
      const idle = this.whenIdle
      this.whenIdle = null
      if (idle) for (const resolve of idle) resolve()
    } else if (head > 8192) {
      this.waiting = this.waiting.slice(head)
      this.head = 0
    }
  }
}

// Those that have calls waiting; so a store that waits for answers is not collected.
const lanes = new Map()

function onDelivery (id, count, items) {
  if (answers[SLAB] !== slabNumber) renewSlab()
  const lane = lanes.get(id)
  const { waiting } = lane
  let { head } = lane
  let item = 0
  for (let i = 0; i < count; i++, head += 2) {
    const at = i * FIELDS
    switch (answers[at]) {
      case NUMBER: waiting[head](answers[at + 1]); break
      case MISSING: waiting[head](undefined); break
      case BOOLEAN: waiting[head](answers[at + 1] !== 0); break
      case ERROR: waiting[head + 1](items[item++]); break
      case PLACE: waiting[head](slab.subarray(answers[at + 1], answers[at + 1] + answers[at + 2])); break
      default: waiting[head](items[item++])
    }
    waiting[head] = waiting[head + 1] = undefined
  }
  lane.passed(head)
}

// Feeds that wait for news, by their number; and those that had some before they waited.
const awaiting = new Map()
const news = new Set()

function onNews (id) {
  const resolve = awaiting.get(id)
  if (resolve) stopWaiting(id, resolve)
  else news.add(id)
}

function stopWaiting (id, resolve) {
  awaiting.delete(id)
  if (awaiting.size === 0) native.awaitNews(false)
  resolve()
}

/** Resolves when the feed has news, `ms` have passed (0: however long it takes), or wakeUp() is called. */
function awaitNews (id, ms) {
  if (news.delete(id)) return Promise.resolve()
  return new Promise(resolve => {
    if (awaiting.size === 0) native.awaitNews(true)
    const timer = ms > 0 ? setTimeout(() => onNews(id), ms) : undefined
    awaiting.set(id, () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function forgetFeed (id) {
  const resolve = awaiting.get(id)
  if (resolve) stopWaiting(id, resolve)
  news.delete(id)
}

native.setUp(answers, KvError, onDelivery, onNews)

module.exports = { native, KvError, Lane, bytesAt, awaitNews, forgetFeed, wakeUp: onNews }
