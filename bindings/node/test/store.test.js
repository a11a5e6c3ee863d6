'use strict'

const { test } = require('node:test')
const assert = require('node:assert/strict')
const { join } = require('node:path')
const { open, openSync, KvError, directory, store, code } = require('./support')

test('each call and its twin answer the same', async t => {
  const db = await store(t, { encoding: 'utf8' })
  assert.equal(await db.put('a', 'one'), 1)
  assert.equal(db.putSync('b', 'two'), 2)
  for (const key of ['a', 'b', 'missing', '']) {
    assert.equal(await db.get(key), db.getSync(key))
    assert.equal(await db.has(key), db.hasSync(key))
    assert.deepEqual(await db.stat(key), db.statSync(key))
    assert.deepEqual(await db.history(key), db.historySync(key))
    assert.equal(await db.read(key, 1, 2), db.readSync(key, 1, 2))
  }
  assert.equal(await db.append('a', '+'), 4)
  assert.equal(db.appendSync('a', '+'), 5)
  assert.deepEqual(await db.getMany(['a', 'x', 'b']), ['one++', undefined, 'two'])
  assert.deepEqual(db.getManySync(['a', 'x', 'b']), ['one++', undefined, 'two'])
  assert.equal(await db.read('a', -2, 10), '++')
  assert.equal(await db.delete('a'), true)
  assert.equal(db.deleteSync('a'), false)
  assert.equal(await db.count(), 1)
  assert.equal(db.countSync(), 1)
  assert.equal(db.version, 5)
})

test('keys and values are any bytes', async t => {
  const db = await store(t)
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  await db.put(all, all)
  assert.deepEqual(await db.get(all), all)
  assert.deepEqual(db.getSync(new Uint8Array(all)), all)
  assert.deepEqual(await db.get(all.buffer.slice(all.byteOffset, all.byteOffset + 256)), all)
  assert.deepEqual(await db.keys({ keyEncoding: 'buffer' }).all(), [all])
  await db.put('', '')
  assert.deepEqual(await db.get(''), Buffer.alloc(0))
  const text = 'aé漢😀'.repeat(100)
  db.putSync(text, text)
  assert.equal(db.getSync(text, { encoding: 'utf8' }), text)
  assert.equal(await db.get(text, { encoding: 'utf8' }), text)
  assert.deepEqual((await db.range({ prefix: 'a', encoding: 'utf8' }).all()), [[text, text]])
  db.putSync('view', new DataView(all.buffer, all.byteOffset + 1, 3))
  assert.deepEqual(db.getSync('view'), all.subarray(1, 4))
})

test('a get is answered at once, or by the pool, and sees what was written before it', async t => {
  const db = await store(t, { encoding: 'utf8', sync: 'none' })
  const snapshot = db.snapshot()
  for (let i = 0; i < 300; i++) {
    db.put('k', `${i}`)
    const together = [db.get('k'), db.get('missing'), db.append('k', '+'), db.get('k')]
    assert.deepEqual(await Promise.all(together), [`${i}`, undefined, `${i}+`.length, `${i}+`])
    assert.equal(await db.get('k'), `${i}+`)
    assert.equal(String(await db.get('k', { encoding: 'buffer' })), `${i}+`)
    assert.equal(await snapshot.get('k'), undefined)
  }
  // In the order of the calls, whoever answers.
  const order = []
  const note = name => () => order.push(name)
  await Promise.all([
    db.get('k').then(note(1)), db.get('k').then(note(2)), db.put('a', 'b').then(note(3)), db.get('a').then(note(4)),
    db.get('k').then(note(5)), db.getMany(['k']).then(note(6)), db.get('k').then(note(7))
  ])
  assert.deepEqual(order, [1, 2, 3, 4, 5, 6, 7])
  await db.transact(async tx => {
    await tx.put('k', 'in it')
    assert.equal(await tx.get('k'), 'in it')
    assert.equal(await db.get('k'), '299+')
  })
  snapshot.close()
})

test('gets one after the other leave the other events their turn', async t => {
  const db = await store(t, { encoding: 'utf8', sync: 'none' })
  await db.put('k', 'v')
  let turns = 0
  let goes = true
  const turn = () => { turns++; if (goes) setImmediate(turn) }
  setImmediate(turn)
  for (let i = 0; i < 5000; i++) assert.equal(await db.get('k'), 'v')
  goes = false
  assert.ok(turns >= 5000 / 100, `${turns} turns`)
})

test('what is wrong of a get alone rejects its promise', async t => {
  const db = await store(t)
  await db.command('ZADD', 'scores', '1', 'ann')
  await assert.rejects(db.get('scores'), code('TYPE'))
  for (const wrong of [null, undefined, 5, {}]) await assert.rejects(db.get(wrong), { code: 'USAGE' })
  await assert.rejects(db.get('k', { encoding: 'utf9' }), code('USAGE'))
  await assert.rejects(db.get('k', null))
  await db.close()
  await assert.rejects(db.get('k'), code('FAILED'))
})

test('values of every size come back, and what was answered before stays', async t => {
  const db = await store(t, { sync: 'none' })
  const sizes = [0, 1, 7, 8, 4095, 4096, 4097, 16383, 16384, 16385, 32768, 65535, 65536, 1 << 20]
  const value = size => Buffer.alloc(size, size % 251)
  const answered = []
  for (const size of sizes) {
    await db.put(`${size}`, value(size))
    answered.push([size, await db.get(`${size}`)], [size, db.getSync(`${size}`)])
  }
  for (let i = 0; i < 3000; i++) answered.push([4096, db.getSync('4096')])
  for (const many = await Promise.all(Array(3000).fill('4095').map(key => db.get(key))); many.length > 0;) {
    answered.push([4095, many.pop()])
  }
  for (const [size, bytes] of answered) assert.ok(value(size).equals(bytes), `${size}`)
  for (const size of sizes) assert.equal((await db.get(`${size}`, { encoding: 'utf8' })).length > 0, size > 0)
})

test('a Buffer that is changed after a call does not change what is written', async t => {
  const db = await store(t)
  const value = Buffer.alloc(100_000, 1)
  const writing = db.put('key', value)
  value.fill(2)
  await writing
  const read = await db.get('key')
  assert.ok(read.equals(Buffer.alloc(100_000, 1)))
  // Nor does one that was answered change what is stored.
  read.fill(3)
  assert.ok(db.getSync('key').equals(Buffer.alloc(100_000, 1)))
  const shared = new Uint8Array(new SharedArrayBuffer(10_000)).fill(7)
  db.putSync('shared', shared)
  assert.ok(db.getSync('shared').equals(Buffer.alloc(10_000, 7)))
})

test('calls are carried out in their order, many with one hop', async t => {
  const db = await store(t, { sync: 'none', encoding: 'utf8' })
  const calls = []
  for (let i = 0; i < 5000; i++) {
    calls.push(db.put('n', `${i}`), db.get('n'))
  }
  const answers = await Promise.all(calls)
  for (let i = 0; i < 5000; i++) assert.equal(answers[2 * i + 1], `${i}`)
  assert.equal(await db.get('n', { at: 1 }), '0')
})

test('expiry', async t => {
  const db = await store(t, { encoding: 'utf8' })
  await db.put('soon', 'x', { ttl: 0.03 })
  await db.put('later', 'x', { expiresAt: new Date(Date.now() + 60_000) })
  const { expiresAt } = await db.stat('later')
  assert.ok(Math.abs(expiresAt - Date.now() - 60_000) < 10_000)
  assert.equal(await db.expire('later', null), true)
  assert.equal((await db.stat('later')).expiresAt, undefined)
  assert.equal(db.expireSync('later', 100), true)
  assert.equal(db.expireSync('missing', 100), false)
  while (await db.has('soon')) await new Promise(resolve => setTimeout(resolve, 5))
  assert.equal(db.getSync('soon'), undefined)
  await assert.rejects(db.put('a', 'b', { ttl: 0 }), code('USAGE'))
  await assert.rejects(db.put('a', 'b', { ttl: 1, expiresAt: 1 }), code('USAGE'))
  await db.batch([{ type: 'put', key: 'batch', value: 'x', ttl: 100 }])
  assert.ok((await db.stat('batch')).expiresAt > new Date())
})

test('writes that depend on what is there', async t => {
  const db = await store(t, { encoding: 'utf8' })
  assert.equal(await db.put('a', '1', { ifAbsent: true }), 1)
  await assert.rejects(db.put('a', '2', { ifAbsent: true }), code('EXISTS'))
  assert.equal(await db.put('a', '2', { ifVersion: 1 }), 2)
  await assert.rejects(db.put('a', '3', { ifVersion: 1 }), code('CONFLICT'))
  assert.throws(() => db.putSync('a', '3', { ifVersion: 0 }), code('CONFLICT'))
  assert.equal(db.putSync('b', '3', { ifVersion: 0 }), 3)
  assert.equal(db.getSync('a'), '2')
})

test('the past: at a version, at a time, history, undo', async t => {
  const db = await store(t, { encoding: 'utf8' })
  await db.put('a', 'one')
  await db.put('a', 'two')
  await db.delete('a')
  assert.equal(await db.get('a', { at: 1 }), 'one')
  assert.equal(db.getSync('a', { at: 2n }), 'two')
  assert.equal(await db.has('a', { at: 3 }), false)
  assert.deepEqual(await db.keys({ at: 1 }).all(), ['a'])
  assert.deepEqual((await db.history('a')).map(({ kind, version }) => [kind, version]), [['delete', 3], ['set', 2], ['set', 1]])
  assert.equal((await db.history('a', { limit: 1 })).length, 1)
  const { time } = (await db.history('a'))[2]
  assert.ok(time instanceof Date && Math.abs(Date.now() - time) < 60_000)
  assert.equal(await db.get('a', { at: new Date(Date.now() + 1000) }), undefined)
  assert.equal(await db.get('a', { at: '2001-01-01' }), undefined)
  await assert.rejects(async () => db.get('a', { at: 'yesterday' }), code('USAGE'))
  assert.equal((await db.undo('a')).written, true)
  assert.equal(await db.get('a'), 'two')
  assert.equal(db.undoSync('a', { to: 1 }).restored, 1)
  assert.equal(await db.get('a'), 'one')
})

test('batches are whole', async t => {
  const db = await store(t, { encoding: 'utf8' })
  await db.put('old', 'x')
  await db.batch([
    { type: 'put', key: 'a', value: '1' },
    { type: 'append', key: 'a', value: '2' },
    { type: 'delete', key: 'old' }
  ])
  assert.deepEqual(await db.range().all(), [['a', '12']])
  assert.equal((await db.stat('a')).version, 2)
  await assert.rejects(db.batch([{ type: 'put', key: 'b', value: 'x' }, { type: 'frob' }]), code('USAGE'))
  await assert.rejects(db.batch([{ type: 'put', key: 'b', value: 'x' }, { type: 'put', key: 'c' }]), code('USAGE'))
  await assert.rejects(db.batch('x'), code('USAGE'))
  assert.equal(await db.has('b'), false)
  db.batchSync([{ type: 'clear' }, { type: 'put', key: 'z', value: '1' }])
  assert.deepEqual(db.keys().allSync(), ['z'])
  await db.clear()
  assert.equal(db.countSync(), 0)
})

test('snapshots', async t => {
  const db = await store(t, { encoding: 'utf8' })
  await db.put('a', '1')
  const snapshot = db.snapshot()
  assert.equal(snapshot.version, 1)
  await db.put('a', '2')
  await db.put('b', '2')
  assert.equal(snapshot.getSync('a'), '1')
  assert.deepEqual(await snapshot.range().all(), [['a', '1']])
  assert.equal(await snapshot.count(), 1)
  assert.equal(db.snapshot(2).getSync('a'), '2')
  assert.equal(snapshot.put, undefined)
  snapshot.close()
  assert.throws(() => snapshot.getSync('a'), code('STATE'))
  await assert.rejects(snapshot.get('a'), code('STATE'))
})

test('transactions', async t => {
  const db = await store(t, { encoding: 'utf8' })
  await db.put('n', '1')
  const tx = db.transaction()
  await tx.put('n', '2')
  assert.equal(await tx.append('list', 'x'), 1)
  assert.equal(tx.getSync('n'), '2')
  assert.equal(db.getSync('n'), '1')
  assert.deepEqual(await tx.range().all(), [['list', 'x'], ['n', '2']])
  assert.deepEqual(await tx.range({ reverse: true, lt: 'n' }).all(), [['list', 'x']])
  assert.equal(await tx.commit(), 2)
  assert.deepEqual(await db.range().all(), [['list', 'x'], ['n', '2']])
  await assert.rejects(tx.get('n'), code('USAGE'))

  const loser = db.transaction()
  loser.getSync('n')
  db.putSync('n', '3')
  loser.putSync('n', '4')
  assert.throws(() => loser.commitSync(), code('CONFLICT'))
  assert.equal(db.getSync('n'), '3')

  const dropped = db.transaction()
  dropped.putSync('n', '5')
  await dropped.rollback()
  assert.equal(db.getSync('n'), '3')
})

test('transact() commits, begins anew after a conflict, and rolls back what throws', async t => {
  const db = await store(t, { encoding: 'utf8' })
  await db.put('n', '0')
  const add = () => db.transact(async tx => {
    const n = Number(await tx.get('n')) + 1
    await tx.put('n', `${n}`)
    return n
  }, { retries: 1000 })
  await Promise.all(Array.from({ length: 20 }, add))
  assert.equal(await db.get('n'), '20')
  assert.equal(db.transactSync(tx => { tx.putSync('n', 'sync'); return 7 }), 7)

  const thrown = new Error('from the callback')
  await assert.rejects(db.transact(async tx => { await tx.put('n', 'x'); throw thrown }), error => error === thrown)
  assert.throws(() => db.transactSync(tx => { tx.putSync('n', 'x'); throw thrown }), error => error === thrown)
  assert.throws(() => db.transactSync(async () => {}), code('USAGE'))
  assert.equal(await db.get('n'), 'sync')
})

test('what survives a close, and what is in the way of an open', async t => {
  const path = join(directory(t), 'data.kvs')
  const db = openSync(path, { encoding: 'utf8' })
  assert.equal(db.openReport.how, 'absent')
  await db.put('a', '1')
  await assert.rejects(open(path), code('LOCKED'))
  const reader = await open(path, { readOnly: true, encoding: 'utf8' })
  assert.equal(await reader.get('a'), '1')
  await assert.rejects(reader.put('a', '2'), error => error instanceof KvError && error.code === 'READONLY' && error.hint !== undefined)
  await reader.close()
  // What was called before close() is carried out.
  const last = db.put('b', '2')
  await db.close()
  await last
  await db.close()
  const again = openSync(path, { encoding: 'utf8' })
  assert.equal(again.openReport.how, 'clean')
  assert.equal(again.getSync('b'), '2')
  again.closeSync()
  again.closeSync()
  assert.throws(() => openSync('/missing/directory/x', { readOnly: true }), code('NOTFOUND'))
  await assert.rejects(open(path, { sync: 'sometimes' }), KvError)
  await assert.rejects(open(path, { memory: -1 }), code('USAGE'))
  await assert.rejects(open(5), code('USAGE'))
})

test('compaction, backup, sync and stats', async t => {
  const db = await store(t, { sync: 'none', encoding: 'utf8' })
  for (let i = 0; i < 1000; i++) db.putSync(`${i % 10}`, 'x'.repeat(100))
  const before = (await db.stats()).fileSize
  await db.compact({ keepHistory: 'none' })
  const stats = db.statsSync()
  assert.ok(stats.fileSize < before)
  assert.equal(stats.keys, 10)
  await db.sync()
  db.syncSync()
  const copy = `${db.path}.copy`
  const report = await db.backup(copy)
  assert.equal(report.version, 1000)
  await assert.rejects(db.backup(copy), code('EXISTS'))
  const copied = openSync(copy, { readOnly: true })
  assert.equal(copied.countSync(), 10)
  copied.closeSync()
})

test('compressed values come back', async t => {
  const db = await store(t, { sync: 'none', encoding: 'utf8', compress: 'zstd' })
  const value = i => JSON.stringify({ id: i, name: `user number ${i}`, mail: `u${i}@example.org` })
  for (let i = 0; i < 3000; i++) db.putSync(`key${i}`, value(i))
  db.putSync('long', 'abc'.repeat(100_000))
  const before = db.statsSync().fileSize
  await db.compact({ keepHistory: 'none' })
  assert.ok(db.statsSync().fileSize < before - 200_000)
  for (let i = 0; i < 3000; i++) assert.equal(db.getSync(`key${i}`), value(i))
  assert.equal(await db.get('long'), 'abc'.repeat(100_000))
})

test('any command of the shell', async t => {
  const db = await store(t, { encoding: 'utf8' })
  assert.equal(await db.command('SET', 'a', 'one'), 'OK')
  assert.equal(await db.command('get', 'a'), 'one')
  assert.deepEqual(await db.command('GET', Buffer.from('a'), { encoding: 'buffer' }), Buffer.from('one'))
  assert.equal(await db.command('GET', 'missing'), undefined)
  assert.equal(db.commandSync('INCR', 'n'), 1)
  assert.equal(db.commandSync('SET', 'large', '9223372036854775806'), 'OK')
  assert.equal(db.commandSync('INCR', 'large'), 9223372036854775807n)
  assert.equal(await db.command('ZADD', 'scores', 2, 'bob', 1.5, 'ann'), 2)
  assert.deepEqual(await db.command('ZRANGE', 'scores', 0, -1), ['ann', 'bob'])
  assert.equal((await db.stat('scores')).type, 'zset')
  assert.deepEqual(await db.range({ prefix: 's' }).all(), [['scores', undefined]])
  await assert.rejects(db.get('scores'), code('TYPE'))
  await assert.rejects(db.command('FROB'), code('UNKNOWN'))
  await assert.rejects(db.command('GET'), code('ARITY'))
  await assert.rejects(db.command(), code('USAGE'))
  await assert.rejects(db.command('GET', {}, {}), code('USAGE'))
  for (const word of ['BEGIN', 'multi', 'FOLLOW', 'WATCH', 'EXIT', 'HELLO', 'MONITOR']) await assert.rejects(db.command(word, 'x'), code('STATE'))
  // One that waits is woken, given up, or ends with the store; at once it does not wait.
  const popped = db.command('BZPOPMIN', 'queue', 0)
  await db.command('ZADD', 'queue', 1, 'job')
  assert.deepEqual(await popped, ['queue', 'job', 1])
  assert.equal(db.commandSync('BZPOPMIN', 'queue', 0), undefined)
  const controller = new AbortController()
  const aborted = db.command('BZPOPMIN', 'queue', 0, { signal: controller.signal })
  setTimeout(() => controller.abort(), 20)
  await assert.rejects(aborted, { name: 'AbortError' })
  const last = db.command('BZPOPMIN', 'queue', 0)
  await new Promise(resolve => setTimeout(resolve, 20))
  await db.close()
  assert.equal(await last, undefined)
})
