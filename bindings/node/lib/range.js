'use strict'
// Iterators over a range: `for await` goes to the thread pool for some hundred entries at a time, and
// fetches the next ones while the caller is at these; `for` does the same on this thread.

const { native, KvError } = require('./native')
const { Chunk } = require('./chunk')
const { TEXT, BUFFER, asOf, rangeArguments, whenAborted, checkedSignal } = require('./options')
const known = require('./known')

const FIRST = 16
const MOST = 1000
const BYTES = 32 << 10
const ALL = 10_000
const ALL_BYTES = 256 << 10

const ENTRIES = 'entry'
const KEYS = 'key'
const VALUES = 'value'

const nothing = () => {}

class Range {
  #owner // stays, as its store would be closed if it were collected
  #lane
  #cursor
  #what
  #keysAs
  #valuesAs
  #as
  #chunk = null
  #ahead = null
  #pending = null
  #most = FIRST
  #bytes = BYTES
  #done = false
  #signal
  #forgetSignal

  constructor (owner, lane, handle, options, what, defaults) {
    known.range(options)
    this.#owner = owner
    this.#lane = lane
    this.#what = what
    this.#keysAs = asOf(options.keyEncoding, defaults.keysAs)
    this.#valuesAs = asOf(options.encoding, defaults.valuesAs)
    const text = this.#keysAs === TEXT && (what === KEYS || this.#valuesAs === TEXT)
    this.#as = text ? TEXT : BUFFER
    const signal = checkedSignal(options.signal)
    signal?.throwIfAborted()
    this.#cursor = native.cursor(handle, ...rangeArguments(options, what !== KEYS))
    if (signal) {
      this.#signal = signal
      this.#forgetSignal = whenAborted(signal, () => {
        native.cancelCursor(this.#cursor)
        this.#chunk = null
      })
    }
  }

  #take () {
    return { done: false, value: this.#chunk[this.#what]() }
  }

  // What was read ahead before the store was closed is not given out after it.
  #hasEntry () { return this.#chunk !== null && !this.#chunk.isEmpty && !this.#lane.isClosed }

  #checkOpen () {
    if (this.#lane.isClosed) throw new KvError('FAILED', 'the store is closed', 'open it again')
  }

  #close () {
    if (this.#done) return
    this.#done = true
    this.#chunk = null
    this.#forgetSignal?.()
    // What is being fetched ahead still uses it.
    const close = () => native.closeCursor(this.#cursor)
    this.#ahead ? this.#ahead.then(close, close) : close()
    this.#ahead = null
  }

  #adopt (filled) {
    this.#chunk = new Chunk(filled, this.#keysAs, this.#valuesAs)
    if (this.#chunk.isEmpty && this.#chunk.isEnd) this.#close()
  }

  #fill () {
    const filling = native.fill(this.#cursor, this.#most, this.#bytes, this.#as)
    if (this.#most < MOST) this.#most = MOST
    return filling
  }

  // Whoever asks for more than one entry at a time is served in order.
  next () {
    if (this.#pending === null && this.#hasEntry()) return Promise.resolve(this.#take())
    const before = this.#pending
    const mine = before === null ? this.#next() : before.then(() => this.#next(), () => this.#next())
    this.#pending = mine
    const passed = () => { if (this.#pending === mine) this.#pending = null }
    mine.then(passed, passed)
    return mine
  }

  async #next () {
    try {
      for (;;) {
        if (this.#signal?.aborted) throw this.#signal.reason
        if (this.#done) return { done: true, value: undefined }
        this.#checkOpen()
        if (this.#hasEntry()) return this.#take()
        if (this.#chunk?.isEnd) {
          this.#close()
          continue
        }
        const filling = this.#ahead ?? this.#fill()
        this.#ahead = null
        const filled = await filling
        if (this.#done) continue
        this.#adopt(filled)
        if (!this.#done && !filled[2] && filled[1].length > 2 * FIRST) this.#fetchAhead()
      }
    } catch (error) {
      this.#close()
      throw this.#signal?.aborted ? this.#signal.reason : error
    }
  }

  #fetchAhead () {
    this.#ahead = this.#fill()
    this.#ahead.catch(nothing) // whoever asks for it is told
  }

  nextSync () {
    if (this.#signal?.aborted) {
      this.#close()
      throw this.#signal.reason
    }
    while (!this.#done) {
      if (this.#hasEntry()) return this.#take()
      if (this.#chunk?.isEnd && !this.#lane.isClosed) break
      try {
        this.#checkOpen()
        this.#adopt(native.fillSync(this.#cursor, this.#most, this.#bytes, this.#as))
      } catch (error) {
        this.#close()
        throw error
      }
      if (this.#most < MOST) this.#most = MOST
    }
    this.#close()
    return { done: true, value: undefined }
  }

  async return (value) {
    this.#close()
    return { done: true, value }
  }

  /** All that is left. */
  async all () {
    const all = []
    this.#expectAll()
    for (;;) {
      const { done, value } = await this.next()
      if (done) return all
      all.push(value)
      while (this.#hasEntry()) all.push(this.#chunk[this.#what]())
    }
  }

  allSync () {
    this.#expectAll()
    return [...this]
  }

  // All of it is held anyway.
  #expectAll () {
    this.#most = ALL
    this.#bytes = ALL_BYTES
  }

  close () { this.#close() }

  [Symbol.asyncIterator] () { return this }

  [Symbol.iterator] () {
    return {
      next: () => this.nextSync(),
      return: value => {
        this.#close()
        return { done: true, value }
      },
      [Symbol.iterator] () { return this }
    }
  }
}

module.exports = { Range, ENTRIES, KEYS, VALUES }
