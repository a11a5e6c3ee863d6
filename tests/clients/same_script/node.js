// node node.js calls|commands FILE: commands as RESP on stdin, a line of JSON for each on stdout. `calls`: by the
// binding's own methods, one for each command that has one; `commands`: all of them by command().
'use strict'
const {openSync} = require(process.env.KVSTORE_SOURCE + '/bindings/node')

const [, , how, path] = process.argv
const db = openSync(path, {sync: 'none', keyEncoding: 'buffer'})
let to = db // or a transaction

const found = (value) => value === undefined ? null : value
const at = (rest) => rest.length === 0 ? {} : {at: Number(rest[1])}

function rangeOf (prefix, options) {
  const range = {prefix, keyEncoding: 'buffer'}
  for (let i = 0; i < options.length; i++) {
    const word = options[i].toString()
    if (word === 'REV') range.reverse = true
    if (word === 'LIMIT') range.limit = Number(options[++i])
    if (word === 'AFTER') range.gt = options[++i]
  }
  return range
}

const calls = {
  GET: (key, ...rest) => found(to.getSync(key, at(rest))),
  READ: (key, offset, length, ...rest) => found(to.readSync(key, Number(offset), Number(length), at(rest))),
  EXISTS: (key) => Number(to.hasSync(key)),
  STRLEN: (key) => to.statSync(key)?.size ?? 0,
  TTL (key) {
    const info = to.statSync(key)
    if (info === undefined) return -2
    return info.expiresAt === undefined ? -1 : Math.round((info.expiresAt - Date.now()) / 1000)
  },
  SET (key, value, ...options) {
    const [word, number] = options.map(String)
    const there = word === 'XX' ? to.statSync(key) : undefined
    if (word === 'XX' && there === undefined) return null
    const given = there ? {ifVersion: there.version} : word === 'NX' ? {ifAbsent: true} : word ? {ttl: Number(number) / (word === 'PX' ? 1000 : 1)} : {}
    try {
      to.putSync(key, value, given)
      return 'OK'
    } catch (error) {
      if (word === 'NX' && error.code === 'EXISTS') return null
      throw error
    }
  },
  APPEND: (key, value) => to.appendSync(key, value),
  DELETE: (key) => to.deleteSync(key) ? 'OK' : null,
  EXPIRE: (key, seconds) => Number(to.expireSync(key, {ttl: Number(seconds)})),
  PERSIST: (key) => Number(to.expireSync(key, null)),
  PREFIX (prefix, ...options) {
    const range = rangeOf(prefix, options)
    return options.some((word) => word.toString() === 'VALUES') ? to.range(range).allSync().flat() : to.keys(range).allSync()
  },
  HISTORY: (key) => db.historySync(key).map((one) => [null, null, one.kind, one.size]),
  UNDO: (key) => db.undoSync(key).version,
  COUNT: () => db.countSync(),
  BEGIN () {
    to = db.transaction()
    return 'OK'
  },
  COMMIT () {
    to.commitSync()
    to = db
    return 'OK'
  },
  ROLLBACK () {
    to.rollbackSync()
    to = db
    return 'OK'
  }
}

function plain (value) {
  if (value === undefined || value === null) return null
  if (Buffer.isBuffer(value)) return {hex: value.toString('hex')}
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number' && !Number.isInteger(value)) return plain(String(value))
  if (value instanceof Error) return {error: value.code}
  if (typeof value === 'string') return value === 'OK' ? value : {hex: Buffer.from(value).toString('hex')}
  return Array.isArray(value) ? value.map(plain) : value
}

// Transactions are objects, and no commands, here.
function answer (words) {
  const name = words[0].toString()
  const byCall = how === 'calls' || to !== db || name === 'BEGIN'
  const call = byCall ? calls[name] && ((first, ...rest) => calls[name](...rest))
    : (...all) => db.commandSync(...all, {encoding: 'buffer'})
  if (!call) return {left: true}
  try {
    return plain(call(...words))
  } catch (error) {
    if (error.code === undefined) throw error
    return {error: error.code}
  }
}

let input = Buffer.alloc(0)
// The words of the first command, taken off the input; undefined: it is not whole.
function take () {
  let place = 0
  const line = () => {
    const end = input.indexOf('\r\n', place)
    if (end < 0) return undefined
    const number = Number(input.toString('latin1', place + 1, end))
    place = end + 2
    return number
  }
  const words = []
  for (let count = line(); count !== undefined && words.length < count;) {
    const size = line()
    if (size === undefined || place + size + 2 > input.length) return undefined
    words.push(input.subarray(place, place + size))
    place += size + 2
  }
  if (words.length === 0) return undefined
  input = input.subarray(place)
  return words
}

process.stdin.on('data', (bytes) => {
  input = Buffer.concat([input, bytes])
  for (let words = take(); words; words = take()) process.stdout.write(JSON.stringify(answer(words)) + '\n')
})
process.stdin.on('end', () => db.closeSync())
