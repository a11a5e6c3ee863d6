'use strict'
// Entries as the module gives them, many at a time: their bytes one behind the other, and the size
// of each key and value. They are cut out one by one, as they are asked for.

const { markAsUntransferable } = require('node:worker_threads')
const { TEXT, usage } = require('./options')

const NO_VALUE = 0xffffffff

class Chunk {
  constructor ([bytes, sizes, isEnd], keysAs, valuesAs) {
    this.bytes = bytes
    this.sizes = sizes
    this.isEnd = isEnd
    this.keysAs = keysAs
    this.valuesAs = valuesAs
    this.index = 0
    this.at = 0
    // Its entries share it: to give one away would take those that are still to be cut out.
    if (typeof bytes !== 'string') markAsUntransferable(bytes.buffer)
  }

  get isEmpty () { return this.index >= this.sizes.length }
  get left () { return (this.sizes.length - this.index) / 2 }

  cut (size, as) {
    const begin = this.at
    const end = this.at = begin + size
    const { bytes } = this
    // A part of a string shares its memory, as a part of a Buffer does.
    if (typeof bytes === 'string') return bytes.slice(begin, end)
    if (end > bytes.length) throw usage('the memory of these entries was given away', 'copy an entry before its buffer is transferred')
    return as === TEXT ? bytes.utf8Slice(begin, end) : bytes.subarray(begin, end)
  }

  // --- The next one. Only unless it is empty.
  entry () {
    const key = this.cut(this.sizes[this.index++], this.keysAs)
    const size = this.sizes[this.index++]
    return [key, size === NO_VALUE ? undefined : this.cut(size, this.valuesAs)]
  }

  key () {
    const key = this.cut(this.sizes[this.index], this.keysAs)
    const size = this.sizes[this.index + 1]
    if (size !== NO_VALUE) this.at += size
    this.index += 2
    return key
  }

  value () {
    this.at += this.sizes[this.index]
    const size = this.sizes[this.index + 1]
    this.index += 2
    return size === NO_VALUE ? undefined : this.cut(size, this.valuesAs)
  }
}

module.exports = { Chunk }
