'use strict'
// What a call's options ask for is done, or refused: of a store, a snapshot and a transaction.

const { test } = require('node:test')
const assert = require('node:assert/strict')
const { join } = require('node:path')
const { open, openSync, Store, directory, store, code } = require('./support')

test('a put on a condition is a write of its transaction, and its condition a read', async t => {
  const db = await store(t, { sync: 'none', encoding: 'utf8' })
  const tx = db.transaction()
  assert.equal(await tx.put('a', '1', { ifVersion: 0 }), 0)
  assert.equal(tx.putSync('b', '1', { ifVersion: 0 }), 0)
  assert.equal(db.hasSync('a') || db.hasSync('b'), false)
  assert.deepEqual(await tx.getMany(['a', 'b']), ['1', '1'])
  // It is there, and of no version yet.
  await assert.rejects(tx.put('a', '2', { ifVersion: 0 }), code('CONFLICT'))
  tx.rollbackSync()
  assert.equal(db.hasSync('a') || db.hasSync('b'), false)

  const version = db.putSync('k', 'old')
  const first = db.transaction()
  const second = db.transaction()
  await first.put('k', 'first', { ifVersion: version })
  second.putSync('k', 'second', { ifVersion: version })
  assert.throws(() => first.putSync('k', 'x', { ifVersion: version }), code('CONFLICT'))
  await first.commit()
  await assert.rejects(second.commit(), code('CONFLICT'))
  assert.equal(db.getSync('k'), 'first')
})

test('a transaction for reading, and a snapshot, write nothing on a condition either', async t => {
  const db = await store(t, { sync: 'none', encoding: 'utf8' })
  const reading = db.transaction({ readOnly: true })
  await assert.rejects(reading.put('a', '1', { ifVersion: 0 }), code('READONLY'))
  assert.throws(() => reading.putSync('a', '1', { ifVersion: 0 }), code('READONLY'))
  const snapshot = db.snapshot()
  const { putSync, appendSync, deleteSync, expireSync, clearSync, deleteRangeSync, undoSync, batchSync } = Store.prototype
  db.putSync('there', '1')
  for (const write of [
    () => putSync.call(snapshot, 'a', '1', { ifVersion: 0 }), () => putSync.call(snapshot, 'a', '1'),
    () => appendSync.call(snapshot, 'a', '1'), () => deleteSync.call(snapshot, 'a'),
    () => expireSync.call(snapshot, 'there', 60), () => clearSync.call(snapshot), () => undoSync.call(snapshot, 'there')
  ]) assert.throws(write, code('READONLY'))
  assert.throws(() => batchSync.call(snapshot, []), code('USAGE'))
  assert.equal(deleteRangeSync.call(snapshot, { prefix: '' }), 0)
  assert.deepEqual(db.range().allSync(), [['there', '1']])
  assert.equal(db.version, 1)
})

test('{ sync: true } is a sync, whatever is written, and in a transaction its commit', async t => {
  const db = await store(t, { sync: 'none' })
  const sync = { sync: true }
  const syncs = () => db.statsSync().syncs
  for (const [name, ...args] of [
    ['put', 'a', '2', sync], ['put', 'c', '3', { ...sync, ifAbsent: true }], ['put', 'c', '3', { ...sync, ifVersion: 0 }],
    ['append', 'a', '4', sync], ['expire', 'a', 60, sync], ['undo', 'a', sync],
    ['batch', [{ type: 'put', key: 'b', value: '1' }], sync], ['delete', 'a', sync],
    ['deleteRange', { prefix: 'b', ...sync }], ['clear', sync]
  ]) {
    for (const twin of [name, name + 'Sync']) {
      db.batchSync([{ type: 'put', key: 'a', value: '1' }, { type: 'put', key: 'b', value: '1' }, { type: 'delete', key: 'c' }])
      const before = syncs()
      await db[twin](...args)
      assert.ok(syncs() > before, `${twin}(${JSON.stringify(args)}) has not synced`)
    }
  }
  db.putSync('a', '1')
  for (const write of [
    tx => tx.put('a', '2', sync), tx => tx.putSync('a', '2', sync), tx => tx.putSync('a', '2', { ...sync, ifVersion: db.statSync('a').version }),
    tx => tx.appendSync('a', '2', sync), tx => tx.deleteSync('a', sync), tx => tx.clear(sync)
  ]) {
    const tx = db.transaction()
    await write(tx)
    const before = syncs()
    await tx.commit()
    assert.ok(syncs() > before, `${write}: the commit has not synced`)
    db.putSync('a', '1')
  }
  const before = syncs()
  await db.transact(tx => tx.put('a', '3'), sync)
  db.transactSync(tx => tx.putSync('a', '4'), sync)
  const tx = db.transaction()
  tx.putSync('a', '5')
  tx.commitSync(sync)
  assert.ok(syncs() >= before + 3)
})

test('options that a call would not look at are refused, and nothing is written', async t => {
  const db = await store(t, { sync: 'none', encoding: 'utf8' })
  db.putSync('k', 'v')
  for (const [name, ...args] of [
    ['put', 'k', 'w', { ifAbsent: true, ifVersion: 1 }],
    ['append', 'k', 'w', { ifVersion: 9 }], ['append', 'k', 'w', { ifAbsent: true }], ['append', 'k', 'w', { ttl: 1 }],
    ['delete', 'k', { ifVersion: 9 }], ['expire', 'k', 60, { ifVersion: 9 }],
    ['batch', [{ type: 'put', key: 'k', value: 'w', ifVersion: 9 }]], ['batch', [{ type: 'put', key: 'k', value: 'w', ifAbsent: true }]],
    ['batch', [{ type: 'delete', key: 'k', ifVersion: 9 }]], ['batch', [{ type: 'append', key: 'k', value: 'w', ttl: 1 }]],
    ['expire', 'k', { ttl: undefined }], ['expire', 'k', { expiresAt: undefined }], ['count', { at: 1 }]
  ]) {
    await assert.rejects(async () => db[name](...args), code('USAGE'))
    assert.throws(() => db[name + 'Sync'](...args), code('USAGE'))
  }
  assert.deepEqual(db.historySync('k').map(version => version.kind), ['set'])
  assert.equal(db.getSync('k'), 'v')
})

test('an option that a call does not know is refused, whatever the call, and nothing is done', async t => {
  const db = await store(t, { sync: 'none', encoding: 'utf8' })
  db.putSync('k', 'v')
  const typo = { encodng: 'utf8' }
  const unknown = [
    ['get', 'k', typo], ['get', 'k', { encoding: 'utf8', ...typo }], ['getMany', ['k'], typo], ['read', 'k', 0, 1, typo], ['has', 'k', typo],
    ['stat', 'k', typo], ['history', 'k', typo], ['count', typo], ['put', 'k', 'w', typo], ['put', 'k', 'w', { tll: 5 }],
    ['append', 'k', 'w', typo], ['delete', 'k', typo], ['expire', 'k', 60, typo], ['expire', 'k', { ttl: 60, ...typo }], ['clear', typo],
    ['deleteRange', { start: 'a', end: 'b' }], ['deleteRange', { prefxi: 'a' }], ['batch', [], typo],
    ['batch', [{ type: 'put', key: 'k', value: 'w', tll: 5 }]], ['undo', 'k', typo], ['transact', () => {}, typo], ['compact', typo],
    ['backup', join(directory(t), 'copy'), { snice: 1 }], ['command', 'DEL', 'k', typo]
  ]
  const otherwise = [['put', 'k', 'w', () => {}], ['put', 'k', 'w', 5], ['get', 'k', 'utf8'], ['get', 'k', null], ['deleteRange', 'k']]
  for (const [name, ...args] of [...unknown, ...otherwise]) {
    await assert.rejects(async () => db[name](...args), code('USAGE'), `${name}(${JSON.stringify(args)})`)
    assert.throws(() => db[name + 'Sync'](...args), code('USAGE'), `${name}Sync(${JSON.stringify(args)})`)
  }
  for (const walk of ['range', 'keys', 'values', 'transaction', 'follow']) assert.throws(() => db[walk](typo), code('USAGE'))
  assert.throws(() => db.followKey('k', typo), code('USAGE'))
  const tx = db.transaction()
  await assert.rejects(tx.commit(typo), code('USAGE'))
  tx.rollbackSync()
  const path = join(directory(t), 'other.kvs')
  await assert.rejects(open(path, { readonly: true }), code('USAGE'))
  assert.throws(() => openSync(path, { readonly: true }), code('USAGE'))
  assert.deepEqual(db.historySync('k').map(version => version.kind), ['set'])
  assert.deepEqual(await db.get('k', { encoding: 'utf8', at: undefined, encodng: undefined }), 'v')
})

test('a range that has no bound is not removed: clear() is for all keys', async t => {
  const db = await store(t, { sync: 'none' })
  for (const key of ['a', 'b', 'c', 'd']) db.putSync(key, '1')
  for (const options of [undefined, {}, { prefix: undefined }, { gte: undefined, lt: null }, { reverse: true }, { sync: true }]) {
    await assert.rejects(db.deleteRange(options), code('USAGE'))
    assert.throws(() => db.deleteRangeSync(options), code('USAGE'))
  }
  assert.equal(db.countSync(), 4)
  assert.equal(await db.deleteRange({ limit: 1, reverse: true }), 1)
  assert.equal(db.deleteRangeSync({ gte: 'b', lt: undefined }), 2)
  assert.equal(db.deleteRangeSync({ prefix: '' }), 1)
})

test('what is no AbortSignal is USAGE, and a promise is rejected with it', async t => {
  const db = await store(t, { sync: 'none' })
  const signal = {}
  for (const call of [
    () => db.get('a', { signal }), () => db.put('a', 'b', { signal }), () => db.compact({ signal }), () => db.command('GET', 'a', { signal }),
    () => db.transact(() => {}, { signal }), () => open(join(directory(t), 'a.kvs'), { signal })
  ]) await assert.rejects(call(), code('USAGE'))
  assert.throws(() => db.range({ signal }), code('USAGE'))
  assert.throws(() => db.follow({ signal }), code('USAGE'))
  assert.equal(db.countSync(), 0)
})

test('the past of a transaction is not the present', async t => {
  const db = await store(t, { sync: 'none', encoding: 'utf8' })
  const at = db.putSync('k', 'old')
  db.putSync('k', 'new')
  const tx = db.transaction()
  assert.equal(tx.getSync('k', { at }), 'old')
  for (const walk of ['range', 'keys', 'values']) {
    await assert.rejects(tx[walk]({ at }).all(), code('USAGE'))
    assert.throws(() => tx[walk]({ at }).allSync(), code('USAGE'))
  }
  await assert.rejects(tx.deleteRange({ at }), code('USAGE'))
  assert.deepEqual(tx.range().allSync(), [['k', 'new']])
  assert.deepEqual(db.range({ at }).allSync(), [['k', 'old']])
  tx.rollbackSync()
})

test('a version that is yet to come is NUMBER, and no present', async t => {
  const db = await store(t, { sync: 'none', encoding: 'utf8' })
  db.putSync('k', 'v')
  const options = { at: 2 }
  for (const [name, ...args] of [
    ['get', 'k', options], ['getMany', ['k'], options], ['read', 'k', 0, 1, options], ['has', 'k', options],
    ['stat', 'k', options], ['undo', 'k', { to: 2 }], ['get', 'k', { at: 2n ** 64n }]
  ]) {
    await assert.rejects(db[name](...args), code('NUMBER'))
    assert.throws(() => db[name + 'Sync'](...args), code('NUMBER'))
  }
  await assert.rejects(db.range(options).all(), code('NUMBER'))
  assert.throws(() => db.keys(options).allSync(), code('NUMBER'))
  assert.throws(() => db.snapshot(2), code('NUMBER'))
  // One that a call before it makes is there.
  const [version, value] = await Promise.all([db.put('k', 'w'), db.get('k', options)])
  assert.deepEqual([version, value], [2, 'w'])
  assert.equal(db.snapshot(2).getSync('k'), 'w')
})

test('a time to live where a time is asked for is NUMBER', async t => {
  const db = await store(t, { sync: 'none', encoding: 'utf8' })
  db.putSync('k', 'v')
  for (const expiresAt of [3600, new Date(3600)]) {
    await assert.rejects(db.put('k', 'w', { expiresAt }), code('NUMBER'))
    assert.throws(() => db.putSync('k', 'w', { expiresAt, ifVersion: 1 }), code('NUMBER'))
    await assert.rejects(db.expire('k', { expiresAt }), code('NUMBER'))
    assert.throws(() => db.batchSync([{ type: 'put', key: 'k', value: 'w', expiresAt }]), code('NUMBER'))
  }
  assert.equal(db.getSync('k'), 'v')
})

test('numbers that do not fit are NUMBER', async t => {
  const path = join(directory(t), 'x')
  for (const options of [{ memory: 1 }, { memory: 0 }, { lockWaitMs: 2 ** 32 }, { compactAt: 101 }]) {
    await assert.rejects(open(path, options), code('NUMBER'))
    assert.throws(() => openSync(path, options), code('NUMBER'))
  }
  const db = await open(path, null)
  assert.throws(() => db.transaction({ maxMs: 2 ** 32 + 1 }), code('NUMBER'))
  await assert.rejects(db.transact(() => {}, { maxMs: 2 ** 32 }), code('NUMBER'))
  db.transaction({ maxMs: 2 ** 32 - 1 }).rollbackSync()
  db.closeSync()
})

test('a snapshot that is closed carries out what was called before', async t => {
  const db = await store(t, { sync: 'none', encoding: 'utf8' })
  db.putSync('k', 'v')
  const snapshot = db.snapshot()
  const before = [db.put('k', 'w'), snapshot.get('k'), snapshot.getMany(['k']), snapshot.stat('k'), snapshot.range().all()]
  snapshot.close()
  const after = snapshot.get('k')
  await assert.rejects(after, code('STATE'))
  assert.throws(() => snapshot.getSync('k'), code('STATE'))
  const [, value, values, { version }, entries] = await Promise.all(before)
  assert.deepEqual([value, values, version, entries], ['v', ['v'], 1, [['k', 'v']]])
  snapshot.close()
  await new Promise(resolve => setImmediate(resolve))
  assert.equal(db.statsSync().snapshots, 0)
})
