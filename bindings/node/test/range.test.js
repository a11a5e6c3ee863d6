'use strict'

const { test } = require('node:test')
const assert = require('node:assert/strict')
const { store, code } = require('./support')

const key = i => `key${String(i).padStart(5, '0')}`

async function filled (t, count) {
  const db = await store(t, { sync: 'none', encoding: 'utf8' })
  for (let i = 0; i < count; i++) db.putSync(key(i), `value ${i}`)
  return db
}

test('both kinds of loop show the same, forwards and backwards', async t => {
  const db = await filled(t, 3000)
  for (const options of [
    {}, { reverse: true }, { gt: key(10), lte: key(2500) }, { gte: key(10), lt: key(2500), reverse: true },
    { prefix: 'key01' }, { prefix: 'key01', reverse: true, limit: 7 }, { limit: 0 }, { gt: 'x' }, { prefix: 'none' },
    { gte: key(5), gt: key(7), lt: key(20), lte: key(18) }, { gte: Buffer.from(key(2990)) }
  ]) {
    const all = []
    for await (const entry of db.range(options)) all.push(entry)
    assert.deepEqual([...db.range(options)], all)
    assert.deepEqual(await db.range(options).all(), all)
    assert.deepEqual(db.keys(options).allSync(), all.map(([key]) => key))
    assert.deepEqual(await db.values(options).all(), all.map(([, value]) => value))
    const expected = Array.from({ length: 3000 }, (_, i) => key(i)).filter(k =>
      !(options.gt > k || options.gt === k) && !(options.gte && k < String(options.gte)) && !(options.lt <= k) && !(options.lte < k) &&
      k.startsWith(options.prefix ?? ''))
    if (options.reverse) expected.reverse()
    assert.deepEqual(all.map(([key]) => key), expected.slice(0, options.limit))
  }
})

test('a range belongs to the moment at which it was asked for', async t => {
  const db = await filled(t, 100)
  const range = db.range()
  const later = db.keys()
  db.putSync(key(50), 'changed')
  db.deleteSync(key(51))
  db.putSync('zzz', 'new')
  const all = await range.all()
  assert.equal(all.length, 100)
  assert.equal(all[50][1], 'value 50')
  assert.equal([...later].length, 100)
})

test('leaving a loop, asking ahead, asking for more than there is', async t => {
  const db = await filled(t, 2000)
  let seen = 0
  for await (const _ of db.range()) if (++seen === 500) break
  for (const _ of db.range()) if (++seen === 1000) break
  assert.equal(seen, 1000)
  const range = db.keys()
  const asked = Array.from({ length: 2005 }, () => range.next())
  const answers = await Promise.all(asked)
  assert.deepEqual(answers.slice(0, 2000).map(({ value }) => value), db.keys().allSync())
  assert.ok(answers.slice(2000).every(({ done }) => done))
  const closed = db.range()
  closed.close()
  assert.equal((await closed.next()).done, true)
})

test('a closed store gives nothing more of what a range has read ahead', async t => {
  for (const size of [10, 5000]) {
    for (const close of [db => db.close(), db => db.closeSync()]) {
      const db = await filled(t, size)
      const range = db.range()
      const iterator = db.keys()[Symbol.iterator]()
      await range.next()
      iterator.next()
      const closing = close(db)
      await assert.rejects(range.next(), code('FAILED'))
      assert.throws(() => iterator.next(), code('FAILED'))
      await closing
      assert.equal((await range.next()).done, true)
      assert.equal(iterator.next().done, true)
    }
  }
})

test('a closed range gives nothing more, and is at its end', async t => {
  const db = await filled(t, 100)
  const range = db.range()
  await range.next()
  range.close()
  assert.deepEqual(await range.next(), { done: true, value: undefined })
  assert.deepEqual(await range.all(), [])
  assert.deepEqual([...range], [])
})

test('a range may be aborted', async t => {
  const db = await filled(t, 3000)
  const reason = new Error('enough')
  for (const at of [0, 1, 20, 2000]) {
    const controller = new AbortController()
    const { signal } = controller
    let seen = 0
    await assert.rejects(async () => {
      for await (const _ of db.range({ signal })) if (seen++ === at) controller.abort(reason)
    }, error => error === reason)
    assert.equal(seen, at + 1)
    assert.throws(() => db.range({ signal }), error => error === reason)
  }
})

test('large values come whole, whatever fits a chunk', async t => {
  const db = await store(t, { sync: 'none' })
  for (let i = 0; i < 20; i++) db.putSync(key(i), Buffer.alloc(i * 20_000, i))
  let i = 0
  for await (const [, value] of db.range()) assert.ok(value.equals(Buffer.alloc(i * 20_000, i++)))
  for (const [, value] of db.range({ reverse: true })) assert.ok(value.equals(Buffer.alloc(--i * 20_000, i)))
})

test('a range is removed', async t => {
  const db = await filled(t, 2500)
  assert.equal(await db.deleteRange({ gte: key(100), lt: key(2400) }), 2300)
  assert.equal(db.deleteRangeSync({ reverse: true, limit: 50 }), 50)
  assert.equal(await db.count(), 150)
  const tx = db.transaction()
  assert.equal(tx.deleteRangeSync({ limit: 100 }), 100)
  assert.equal(tx.countSync(), 50)
  assert.equal(db.countSync(), 150)
  await tx.commit()
  assert.equal(db.countSync(), 50)
})

test('options that make no sense', async t => {
  const db = await filled(t, 10)
  assert.throws(() => db.range({ limit: -5 }), code('USAGE'))
  assert.throws(() => db.range({ encoding: 'utf16' }), code('USAGE'))
  assert.throws(() => db.range({ gt: 5 }))
  assert.throws(() => db.range({ prefix: {} }), code('USAGE'))
  assert.throws(() => db.range({ at: 10_000_000 }).allSync === undefined || db.range({ at: 'x' }), code('USAGE'))
})
