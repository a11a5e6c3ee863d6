'use strict'
// The options that each call takes, by their names. One that a call does not know it would not look at: with a
// misspelt bound deleteRange() would remove all keys.

const { usage } = require('./options')

function checker (call, ...names) {
  const known = new Set(names)
  return options => {
    if (typeof options !== 'object' || options === null) {
      throw usage(`the options of ${call} are an object, not ${options === null ? 'null' : 'a ' + typeof options}`, `its options: ${names.join(', ')}`)
    }
    for (const name in options) {
      if (!known.has(name) && options[name] !== undefined) throw usage(`${call} takes no ${name}`, `its options: ${names.join(', ')}`)
    }
  }
}

const READING = ['at', 'signal']
const GETTING = [...READING, 'encoding']
const WRITING = ['sync', 'signal']
const EXPIRY = ['ttl', 'expiresAt']
const BOUNDS = ['gt', 'gte', 'lt', 'lte', 'prefix', 'limit']
const RANGE = [...BOUNDS, 'reverse', 'keyEncoding', 'encoding', ...READING]
const TRANSACTION = ['readOnly', 'maxBytes', 'maxMs']

module.exports = {
  BOUNDS,
  get: checker('get()', ...GETTING),
  getMany: checker('getMany()', ...GETTING),
  read: checker('read()', ...GETTING),
  has: checker('has()', ...READING),
  stat: checker('stat()', ...READING),
  history: checker('history()', 'limit', 'signal'),
  count: checker('count()', 'signal'),
  range: checker('a range', ...RANGE),
  put: checker('put()', ...WRITING, ...EXPIRY, 'ifAbsent', 'ifVersion'),
  append: checker('append()', ...WRITING),
  delete: checker('delete()', ...WRITING),
  expire: checker('expire()', ...WRITING),
  expiry: checker('a time to expire at', ...EXPIRY),
  clear: checker('clear()', ...WRITING),
  deleteRange: checker('deleteRange()', ...RANGE, ...WRITING),
  batch: checker('batch()', ...WRITING),
  operation: checker('an operation of a batch', 'type', 'key', 'value', ...EXPIRY),
  undo: checker('undo()', 'to', ...WRITING),
  commit: checker('commit()', ...WRITING),
  transaction: checker('transaction()', ...TRANSACTION),
  transact: checker('transact()', ...TRANSACTION, ...WRITING, 'retries'),
  follow: checker('follow()', 'prefix', 'from', 'keyEncoding', 'encoding', 'signal'),
  followKey: checker('followKey()', 'offset', 'encoding', 'signal'),
  compact: checker('compact()', 'keepHistory', 'compress', 'rate', 'signal'),
  backup: checker('backup()', 'rate', 'since', 'sinceFile', 'signal'),
  command: checker('command()', 'encoding', 'signal'),
  open: checker('open()', 'keyEncoding', 'encoding', 'readOnly', 'sync', 'lockWaitMs', 'memory', 'compactAt', 'keepHistory',
    'compress', 'scrubRate', 'signal')
}
