'use strict'

const { test } = require('node:test')
const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const { join } = require('node:path')
const { directory } = require('./support')
const { KvLevel } = require('../level')

test("abstract-level's own tests pass", t => {
  const { stdout, status } = spawnSync(process.execPath, [join(__dirname, 'level_suite.js'), directory(t)], { encoding: 'utf8', timeout: 200_000 })
  assert.match(stdout, /^# pass {2}\d{4}$/m)
  assert.equal(status, 0, stdout.split('\n').filter(line => line.startsWith('not ok')).join('\n'))
})

test('a directory may be named, as with classic-level', async t => {
  const location = join(directory(t), 'some/where/')
  const db = new KvLevel(location, { valueEncoding: 'json' })
  await db.put('a', { n: 1 }, { sync: true })
  await db.batch().put('b', [1, 2]).del('a').write({ sync: true })
  assert.deepEqual(await db.iterator().all(), [['b', [1, 2]]])
  assert.equal(db.file, join(location, 'level.kvs'))
  await db.close()
  await KvLevel.destroy(location)
  assert.deepEqual(fs.readdirSync(location), [])
})

test('compaction and errors of the store', async t => {
  const location = join(directory(t), 'db')
  const db = new KvLevel(location)
  for (let i = 0; i < 1000; i++) await db.put(`${i % 5}`, 'x'.repeat(100))
  const before = fs.statSync(db.file).size
  await db.compactRange()
  assert.ok(fs.statSync(db.file).size < before)
  const second = new KvLevel(location)
  await assert.rejects(second.open(), error => error.code === 'LEVEL_DATABASE_NOT_OPEN' && error.cause.code === 'LOCKED')
  assert.equal((await db.getMany(['1', 'x']))[1], undefined)
  await db.close()
})
