'use strict'
// Following: what there is, and then what is written, as it is written.

const { native, awaitNews, forgetFeed } = require('./native')
const { asOf, whenAborted, checkedSignal } = require('./options')

const MOST = 256
const BYTES = 1 << 20
const POLL_MS = 100

// What the module gives, with times as Dates.
function change (given) {
  const { timeMs, expiresAtMs, ...rest } = given
  if (timeMs !== undefined) rest.time = new Date(timeMs)
  if (expiresAtMs !== undefined) rest.expiresAt = new Date(expiresAtMs)
  return rest
}

class Follower {
  #store
  #id = native.nextId()
  #feed
  #begin // begins to follow: whether one has to look again now and then
  #next // what there is
  #polls = null
  #queue = []
  #pending = Promise.resolve()
  #done = false
  #signal
  #forgetSignal

  constructor (store, handle, signal, begin, next) {
    signal?.throwIfAborted()
    this.#store = store
    this.#feed = native.feed(handle, this.#id)
    // From now on, not from when the first is asked for.
    this.#begin = begin(this.#feed)
    this.#begin.catch(() => {})
    this.#next = next
    this.#signal = signal
    if (signal) this.#forgetSignal = whenAborted(signal, () => this.close())
    store.add(this)
  }

  next () {
    const mine = this.#pending.then(() => this.#take())
    this.#pending = mine.catch(() => {})
    return mine
  }

  async #take () {
    try {
      this.#polls ??= await this.#begin
      while (!this.#done && this.#queue.length === 0) {
        this.#queue = await this.#next(this.#feed)
        if (this.#queue.length === 0 && !this.#done) await awaitNews(this.#id, this.#polls ? POLL_MS : 0)
      }
    } catch (error) {
      if (!this.#done) {
        this.close()
        throw error
      }
    }
    if (this.#signal?.aborted) throw this.#signal.reason
    return this.#done ? { done: true, value: undefined } : { done: false, value: this.#queue.shift() }
  }

  /** Ends it: who waits for the next change is told that there is none. */
  close () {
    if (this.#done) return
    this.#done = true
    this.#store.delete(this)
    this.#forgetSignal?.()
    native.closeFeed(this.#feed)
    forgetFeed(this.#id)
  }

  async return (value) {
    this.close()
    return { done: true, value }
  }

  [Symbol.asyncIterator] () { return this }
}

function followPrefix (followers, handle, options, defaults) {
  const keysAs = asOf(options.keyEncoding, defaults.keysAs)
  const valuesAs = asOf(options.encoding, defaults.valuesAs)
  return new Follower(followers, handle, checkedSignal(options.signal),
    feed => native.followPrefix(feed, options.prefix ?? '', options.from),
    async feed => (await native.nextChanges(feed, MOST, BYTES, keysAs, valuesAs)).map(change))
}

function followKey (followers, handle, key, options, defaults) {
  const as = asOf(options.encoding, defaults.valuesAs)
  return new Follower(followers, handle, checkedSignal(options.signal),
    feed => native.followValue(feed, key, options.offset ?? 0),
    async feed => {
      const part = await native.nextPart(feed, BYTES, as)
      return part === undefined ? [] : [part]
    })
}

module.exports = { followPrefix, followKey, change }
