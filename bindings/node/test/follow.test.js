'use strict'

const { test } = require('node:test')
const assert = require('node:assert/strict')
const { open, store } = require('./support')

async function take (iterator, count) {
  const taken = []
  for (; count > 0; --count) {
    const { done, value } = await iterator.next()
    assert.equal(done, false)
    taken.push(value)
  }
  return taken
}

test('changes are followed from a version on, and as they are written', async t => {
  const db = await store(t, { encoding: 'utf8' })
  await db.put('a1', 'one')
  await db.put('b', 'no')
  await db.append('a1', '+')
  const changes = db.follow({ prefix: 'a', from: 1 })
  assert.deepEqual((await take(changes, 2)).map(({ kind, key, value, offset }) => [kind, key, value, offset]),
    [['set', 'a1', 'one', 0], ['append', 'a1', '+', 3]])
  const waiting = take(changes, 3)
  await db.delete('a1')
  db.putSync('a2', 'x'.repeat(200_000))
  await db.batch([{ type: 'put', key: 'a3', value: '3', ttl: 100 }])
  const [deleted, long, batched] = await waiting
  assert.equal(deleted.kind, 'delete')
  assert.equal(long.value.length, 200_000)
  assert.ok(batched.expiresAt > new Date() && batched.time <= new Date(Date.now() + 1000))
  await changes.return()
  assert.equal((await changes.next()).done, true)
})

test('without a version, what is written from now on', async t => {
  const db = await store(t, { encoding: 'utf8' })
  await db.put('a', 'before')
  const changes = db.follow()
  const first = changes.next()
  await new Promise(resolve => setTimeout(resolve, 20))
  for (let i = 0; i < 1000; i++) db.putSync('a', `${i}`)
  const seen = [(await first).value, ...await take(changes, 999)]
  assert.deepEqual(seen.map(({ value }) => value), Array.from({ length: 1000 }, (_, i) => `${i}`))
  await changes.return()
})

test('a value is followed as it grows, is set anew, and goes', async t => {
  const db = await store(t, { encoding: 'utf8' })
  await db.put('log', 'abc')
  const events = db.followKey('log', { offset: 1 })
  assert.deepEqual(await take(events, 1), [{ kind: 'bytes', offset: 1, value: 'bc' }])
  const next = take(events, 1)
  await db.append('log', 'def')
  assert.deepEqual(await next, [{ kind: 'bytes', offset: 3, value: 'def' }])
  const anew = take(events, 2)
  await db.put('log', 'x')
  assert.deepEqual(await anew, [{ kind: 'anew' }, { kind: 'bytes', offset: 0, value: 'x' }])
  const removed = take(events, 1)
  await db.delete('log')
  assert.deepEqual(await removed, [{ kind: 'removed' }])
  await events.return()
})

test('following ends with the store, and with its signal', async t => {
  const db = await store(t)
  const changes = db.follow()
  const waiting = changes.next()
  const controller = new AbortController()
  const aborted = db.followKey('a', { signal: controller.signal })
  const rejected = assert.rejects(aborted.next(), { name: 'AbortError' })
  await new Promise(resolve => setTimeout(resolve, 20))
  controller.abort()
  await rejected
  await db.close()
  assert.equal((await waiting).done, true)
})

test('a store that is open for reading sees what another writes', async t => {
  const db = await store(t, { encoding: 'utf8' })
  await db.put('a', '1')
  const reader = await open(db.path, { readOnly: true, encoding: 'utf8' })
  const changes = reader.follow({ from: 1 })
  const [first] = await take(changes, 1)
  assert.equal(first.value, '1')
  const second = take(changes, 1)
  await db.put('a', '2')
  assert.equal((await second)[0].value, '2')
  await reader.close()
})

test('a thousand followers that are forgotten, and compactions beneath them', async t => {
  const db = await store(t, { sync: 'none' })
  const kept = db.follow()
  for (let i = 0; i < 1000; i++) db.follow({ prefix: `${i}` })
  for (let i = 0; i < 100; i++) db.putSync(`${i}`, 'x')
  await db.compact({ keepHistory: 'day' }).catch(() => db.compact())
  db.putSync('last', 'x')
  assert.equal((await take(kept, 101)).at(-1).key, 'last')
})
