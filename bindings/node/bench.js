'use strict'
// kvstore beside classic-level and lmdb, where they are installed, in one run:
//
//   npm install --no-save classic-level lmdb && node bench.js [--count N] [--rounds N] [--directory D] [--best] [--buffers] [--only WORDS]
//
// Each round makes a new database of each, in another order, and does the same with it; the
// medians of the rounds are shown (--best: the best, for a machine that others use), as operations a second.
// --only: those measures whose name has these words; the first is always made, as it fills the database.
// Nobody waits for the disk: kvstore with sync 'none', classic-level with its default, lmdb with noSync.

const fs = require('node:fs')
const os = require('node:os')
const { join } = require('node:path')
const { parseArgs } = require('node:util')
const { open } = require('.')

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '5' },
    directory: { type: 'string', default: os.tmpdir() },
    best: { type: 'boolean', default: false },
    buffers: { type: 'boolean', default: false },
    only: { type: 'string', default: '' }
  }
})
const count = Number(options.count)
const rounds = Number(options.rounds)
const TOGETHER = 1000 // calls at once, and operations of a batch

const keys = Array.from({ length: count }, (_, i) => `key-${String((i * 7919) % count).padStart(12, '0')}`)
const mixed = Array.from({ length: count }, (_, i) => keys[(i * 104729) % count])
const value = options.buffers ? Buffer.alloc(100, 'v') : 'v'.repeat(100)
const encoding = options.buffers ? 'buffer' : 'utf8'

const optional = name => { try { return require(name) } catch { return undefined } }
const classic = optional('classic-level')
const lmdb = optional('lmdb')

const level = Level => async path => {
  const db = new Level(path, { valueEncoding: encoding })
  await db.open()
  return {
    close: () => db.close(),
    put: key => db.put(key, value),
    batch: part => db.batch(part.map(key => ({ type: 'put', key, value }))),
    getSync: key => db.getSync(key),
    get: key => db.get(key),
    getMany: part => db.getMany(part),
    range: () => db.iterator(),
    all: () => db.iterator().all(),
    reverse: () => db.iterator({ reverse: true })
  }
}

const contestants = {
  kvstore: async path => {
    const db = await open(path, { sync: 'none', encoding })
    return {
      close: () => db.close(),
      putSync: key => db.putSync(key, value),
      put: key => db.put(key, value),
      batch: part => db.batch(part.map(key => ({ type: 'put', key, value }))),
      getSync: key => db.getSync(key),
      get: key => db.get(key),
      getMany: part => db.getMany(part),
      rangeSync: () => db.range(),
      range: () => db.range(),
      all: () => db.range().all(),
      reverseSync: () => db.range({ reverse: true }),
      reverse: () => db.range({ reverse: true })
    }
  },
  ...(optional('abstract-level') && { KvLevel: level(require('./level').KvLevel) }),
  ...(classic && { 'classic-level': level(classic.ClassicLevel) }),
  ...(lmdb && {
    lmdb: async path => {
      const db = lmdb.open({ path, noSync: true, encoding: options.buffers ? 'binary' : 'string' })
      return {
        close: () => db.close(),
        putSync: key => db.putSync(key, value),
        put: key => db.put(key, value),
        batch: part => db.batch(() => { for (const key of part) db.put(key, value) }),
        getSync: key => db.get(key),
        getMany: part => db.getMany(part),
        rangeSync: () => db.getRange(),
        reverseSync: () => db.getRange({ reverse: true })
      }
    }
  })
}

// --- what is measured: how many operations it does
async function together (list, call) {
  for (let i = 0; i < list.length; i += TOGETHER) await Promise.all(list.slice(i, i + TOGETHER).map(call))
  return list.length
}

async function oneByOne (list, call) {
  const some = list.slice(0, list.length / 5)
  for (const key of some) await call(key)
  return some.length
}

function atOnce (list, call) {
  for (const key of list) call(key)
  return list.length
}

async function inParts (list, call) {
  for (let i = 0; i < list.length; i += TOGETHER) await call(list.slice(i, i + TOGETHER))
  return list.length
}

async function walk (range) {
  let seen = 0
  for await (const [key, value] of range) seen += key.length > 0 && value.length > 0
  return seen
}

function walkSync (range) {
  let seen = 0
  for (const entry of range) seen += (entry.key ?? entry[0]).length > 0
  return seen
}

// In this order, on one database: the first writes it, the later ones write it again.
const measures = [
  ['put, one by one', db => oneByOne(keys, db.put)],
  ['put, 1,000 together', db => together(keys, db.put)],
  ['batches of 1,000 puts', db => inParts(keys, db.batch)],
  ['put, at once', db => db.putSync && atOnce(keys, db.putSync)],
  ['get, at once', db => db.getSync && atOnce(mixed, db.getSync)],
  ['get, one by one', db => db.get && oneByOne(mixed, db.get)],
  ['get, 1,000 together', db => db.get && together(mixed, db.get)],
  ['getMany of 1,000', db => db.getMany && inParts(mixed, db.getMany)],
  ['range, for', db => db.rangeSync && walkSync(db.rangeSync())],
  ['range, for await', db => db.range && walk(db.range())],
  ['range, all()', async db => db.all && (await db.all()).length],
  ['backwards, for', db => db.reverseSync && walkSync(db.reverseSync())],
  ['backwards, for await', db => db.reverse && walk(db.reverse())]
].filter(([name], i) => i === 0 || name.includes(options.only))

const results = new Map(measures.map(([name]) => [name, {}]))

async function round (names) {
  for (const name of names) {
    const directory = fs.mkdtempSync(join(options.directory, 'kvstore-bench-'))
    try {
      const db = await contestants[name](join(directory, 'db'))
      for (const [what, measure] of measures) {
        const began = process.hrtime.bigint()
        const done = await measure(db)
        const rate = Number(done) / (Number(process.hrtime.bigint() - began) / 1e9)
        if (done) (results.get(what)[name] ??= []).push(rate)
      }
      await db.close()
    } finally {
      fs.rmSync(directory, { recursive: true, force: true })
    }
  }
}

const shown = list => list.sort((a, b) => a - b)[options.best ? list.length - 1 : list.length >> 1]

async function main () {
  const names = Object.keys(contestants)
  for (let i = 0; i < rounds; i++) await round(names.map((_, at) => names[(at + i) % names.length]))
  console.log(`${count} entries of ${keys[0].length} + ${value.length} bytes (${options.buffers ? 'Buffers' : 'strings'}), ${options.best ? 'best' : 'medians'} of ${rounds}, ` +
    `operations a second; node ${process.version}, load ${os.loadavg()[0].toFixed(1)}\n`)
  console.log(['', ...names].map((name, i) => i === 0 ? name.padEnd(24) : name.padStart(14)).join(''))
  for (const [what, rates] of results) {
    const cells = names.map(name => rates[name] ? Math.round(shown(rates[name])).toLocaleString('en') : '-')
    console.log(what.padEnd(24) + cells.map(cell => cell.padStart(14)).join(''))
  }
}

main()
