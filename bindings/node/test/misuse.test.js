'use strict'
// What a program does wrong, or in a hurry: clear errors, no crash, nothing lost.

const { test } = require('node:test')
const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const { join } = require('node:path')
const { Worker } = require('node:worker_threads')
const { native } = require('../lib/native')
const { open, openSync, Store, Snapshot, Transaction, KvError, directory, store, code } = require('./support')

// A process of its own, whose end is looked at. --expose-gc.
function run (source, ...args) {
  const code = `const kvstore = require(${JSON.stringify(join(__dirname, '..'))}); const path = process.argv[1];\n${source}`
  return spawnSync(process.execPath, ['--expose-gc', '-e', code, ...args], { encoding: 'utf8', timeout: 60_000 })
}

test('no key, no value, no options', async t => {
  const db = await store(t)
  for (const wrong of [undefined, null, 5, {}, [], true, 5n, Symbol('s'), () => {}]) {
    assert.throws(() => db.getSync(wrong), code('USAGE'))
    await assert.rejects(db.get(wrong), code('USAGE'))
    assert.throws(() => db.putSync('key', wrong), code('USAGE'))
    await assert.rejects(db.put('key', wrong), code('USAGE'))
    await assert.rejects(db.getMany([wrong]), code('USAGE'))
    await assert.rejects(db.batch([{ type: 'put', key: wrong, value: 'x' }]), code('USAGE'))
  }
  // A call that was refused leaves nothing behind for the next one.
  await assert.rejects(db.put('left', undefined), code('USAGE'))
  await db.put('right', 'value')
  assert.deepEqual(await db.keys().all(), ['right'])
  await assert.rejects(db.read('right', 0.5, 1), code('USAGE'))
  await assert.rejects(db.read('right', 0, -1), code('USAGE'))
  await assert.rejects(db.read('right', NaN, 1), code('USAGE'))
  await assert.rejects(db.put('k'.repeat(65536), 'x'), code('TOOBIG'))
  assert.throws(() => db.putSync('k'.repeat(65536), 'x'), code('TOOBIG'))
  assert.equal(await db.get('right', { encoding: 'utf8' }), 'value')
})

test('a detached Buffer is empty, and a resized one what it is then', async t => {
  const db = await store(t)
  const memory = new ArrayBuffer(100)
  const view = new Uint8Array(memory)
  structuredClone(memory, { transfer: [memory] })
  await db.put('detached', view)
  assert.equal((await db.get('detached')).length, 0)
})

test('handles of another kind, of nothing, and of others', async t => {
  const db = await store(t)
  for (const method of ['get', 'getSync', 'put', 'putSync', 'range', 'snapshot', 'transaction', 'statsSync', 'closeSync']) {
    for (const receiver of [{}, Object.create(db.constructor.prototype), 5]) {
      const call = async () => Store.prototype[method].call(receiver, 'a', 'b')
      await assert.rejects(call, error => error instanceof KvError || error instanceof TypeError, method)
    }
  }
  for (const Class of [Store, Snapshot, Transaction]) assert.throws(() => new Class('path'), code('USAGE'))
  const cancel = native.newCancel()
  for (const handle of [cancel, undefined, null, {}, 5, 'x']) {
    assert.throws(() => native.getSync(handle, 'a', 0), code('USAGE'))
    assert.throws(() => native.fillSync(handle, 1, 1, 0), code('USAGE'))
    assert.throws(() => native.closeFeed(handle), code('USAGE'))
    assert.throws(() => native.commitSync(handle), code('USAGE'))
    assert.throws(() => native.closeSync(handle), code('USAGE'))
  }
  const snapshot = db.snapshot()
  assert.throws(() => Store.prototype.compactSync.call(snapshot), code('USAGE'))
  assert.throws(() => Store.prototype.batchSync.call(snapshot, []), code('USAGE'))
  assert.throws(() => Transaction.prototype.commitSync.call(db), code('USAGE'))
  assert.throws(() => Store.prototype.putSync.call(snapshot, 'a', 'b'), code('READONLY'))
  await assert.rejects(Store.prototype.undo.call(snapshot, 'a'), code('READONLY'))
})

test('use after close, and close amid use', async t => {
  const db = await store(t, { sync: 'none' })
  for (let i = 0; i < 5000; i++) db.putSync(`${i}`, 'x'.repeat(50))
  const snapshot = db.snapshot()
  const transaction = db.transaction()
  transaction.putSync('never', 'committed')
  const range = db.range()
  await range.next()
  const iterator = db.keys()[Symbol.iterator]()
  iterator.next()
  const changes = db.follow()
  const before = Promise.all(Array.from({ length: 2000 }, (_, i) => db.put(`late ${i}`, 'x')))
  const filling = range.all().catch(error => error)
  const closing = db.close()
  await assert.rejects(db.put('after', 'x'), code('FAILED'))
  assert.throws(() => db.putSync('after', 'x'), code('FAILED'))
  await before
  await closing
  await filling
  const refused = [
    () => db.get('1'), () => db.getMany(['1']), () => db.stat('1'), () => db.compact(), () => db.backup('/nowhere'),
    () => snapshot.get('1'), () => transaction.get('1'), () => transaction.commit(), () => db.batch([]), () => db.sync()
  ]
  for (const call of refused) await assert.rejects(call, code('FAILED'))
  for (const call of [() => db.range(), () => db.snapshot(), () => db.transaction(), () => db.follow(), () => db.getSync('1'), () => db.version]) {
    assert.throws(call, code('FAILED'))
  }
  assert.equal((await changes.next()).done, true)
  assert.throws(() => iterator.next(), code('FAILED'))
  snapshot.close()
  range.close()
  await db.close()
  const again = openSync(db.path)
  assert.equal(again.countSync(), 7000)
  assert.equal(again.hasSync('never'), false)
  again.closeSync()
})

test('closeSync() amid calls: they are carried out, or refused, and all answered', async t => {
  const db = await store(t, { sync: 'none' })
  const calls = Array.from({ length: 3000 }, (_, i) => db.put(`${i}`, 'x'))
  const ranges = Array.from({ length: 20 }, () => db.range().all())
  db.closeSync()
  const settled = await Promise.allSettled([...calls, ...ranges])
  for (const { status, reason } of settled) if (status === 'rejected') assert.ok(['FAILED', 'STATE'].includes(reason.code), reason)
  const again = openSync(db.path)
  assert.ok(again.countSync() >= settled.slice(0, 3000).filter(({ status }) => status === 'fulfilled').length)
  again.closeSync()
})

test('exceptions thrown in callbacks and loops', async t => {
  const db = await store(t, { sync: 'none' })
  for (let i = 0; i < 1000; i++) db.putSync(`${i}`, 'x')
  const thrown = new Error('mine')
  const mine = error => error === thrown
  await assert.rejects(async () => { for await (const _ of db.range()) throw thrown }, mine)
  assert.throws(() => { for (const _ of db.range()) throw thrown }, mine)
  await assert.rejects(async () => { for await (const _ of db.follow({ from: 1 })) throw thrown }, mine)
  await assert.rejects(db.transact(() => { throw thrown }), mine)
  await assert.rejects(db.transact(null), TypeError)
  // Options that throw when they are looked at.
  const options = { get encoding () { throw thrown }, get keepHistory () { throw thrown } }
  assert.throws(() => db.getSync('1', options), mine)
  await assert.rejects(async () => db.compact(options), mine)
  const list = ['1', '2']
  Object.defineProperty(list, 1, { get () { throw thrown } })
  await assert.rejects(db.getMany(list), mine)
  assert.equal(await db.count(), 1000)
})

test('an exception from a resolved call is the caller\'s own', t => {
  const { stdout, status } = run(`
    const db = kvstore.openSync(path)
    process.on('uncaughtException', error => { console.log('uncaught', error.message); db.closeSync() })
    db.put('a', '1').then(() => { throw new Error('after the put') }).catch(error => { process.nextTick(() => { throw error }) })
  `, join(directory(t), 'x'))
  assert.equal(status, 0)
  assert.equal(stdout, 'uncaught after the put\n')
})

test('iterators, snapshots and stores that are collected while compactions swap the file', t => {
  const { stdout, stderr, status } = run(`
    (async () => {
      const db = await kvstore.open(path, { sync: 'none' })
      for (let i = 0; i < 2000; i++) db.putSync('key' + i, 'x'.repeat(200))
      let kept = db.range()
      await kept.next()
      for (let round = 0; round < 15; round++) {
        for (let i = 0; i < 20; i++) {
          db.range().next(); db.keys()[Symbol.iterator]().next(); db.snapshot().get('key1'); db.transaction().putSync('a', 'b')
          db.values().all().catch(() => {})
        }
        const compaction = db.compact({ keepHistory: 'none' }).catch(error => { if (error.code !== 'SKIPPED') throw error })
        for (let i = 0; i < 300; i++) db.putSync('key' + i, 'y'.repeat(100 + round))
        gc()
        await new Promise(setImmediate)
        gc()
        await compaction
      }
      const { length } = await kept.all()
      const first = db.getSync('key1')
      // A store that nobody has any more closes itself.
      let other = kvstore.openSync(path + '2'); other.putSync('a', 'b'); other = null
      for (let i = 0; i < 10; i++) { gc(); await new Promise(setImmediate) }
      const again = kvstore.openSync(path + '2')
      console.log(length, first.length, db.countSync(), again.countSync())
    })()
  `, join(directory(t), 'x'))
  assert.equal(stderr, '')
  assert.equal(stdout, '1999 114 2000 1\n')
  assert.equal(status, 0)
})

const leavings = {
  'process.exit()': 'process.exit(0)',
  'an exception': 'throw new Error("left")',
  'an exit handler that writes': "process.on('exit', () => db.putSync('last', 'x')); process.exit(0)",
  'a running compaction': "db.compact({ keepHistory: 'none' }); db.backup(path + '.copy').catch(() => {}); process.exit(0)",
  'nothing left to do': ''
}
for (const [name, leave] of Object.entries(leavings)) {
  test(`a process that ends with calls in flight: ${name}`, t => {
    const path = join(directory(t), 'x')
    const { status, signal, stderr } = run(`
      const db = kvstore.openSync(path, { sync: 'none' })
      for (let i = 0; i < 3000; i++) db.putSync('sync' + i, 'x')
      const range = db.range(); range.next()
      ${name === 'nothing left to do' ? '' : "const changes = db.follow(); changes.next()"}
      for (let i = 0; i < 5000; i++) db.put('async' + i, 'x'.repeat(100))
      db.range().all()
      ${leave}
    `, path)
    assert.equal(signal, null, stderr)
    assert.equal(status, name === 'an exception' ? 1 : 0, stderr)
    const db = openSync(path)
    assert.equal(db.openReport.how, 'clean')
    for (let i = 0; i < 3000; i++) assert.ok(db.hasSync(`sync${i}`))
    if (name === 'nothing left to do') assert.equal(db.countSync(), 8000)
    if (name === 'an exit handler that writes') assert.ok(db.hasSync('last'))
    db.closeSync()
  })
}

test('kill -9: what was acknowledged is there', t => {
  const path = join(directory(t), 'x')
  const { signal, stdout } = run(`
    const db = kvstore.openSync(path, { sync: 'none' })
    ;(async () => {
      for (let i = 0; ; i++) {
        await Promise.all([db.put('a' + i, 'x'), db.put('b' + i, 'x')])
        if (i === 500) { require('fs').writeSync(1, String(i)); process.kill(process.pid, 'SIGKILL') }
      }
    })()
  `, path)
  assert.equal(signal, 'SIGKILL')
  const db = openSync(path)
  for (let i = 0; i <= Number(stdout); i++) assert.ok(db.hasSync(`b${i}`))
  db.closeSync()
})

test('worker threads: readers beside the writer, and ends at any time', async t => {
  const path = join(directory(t), 'x')
  const db = await open(path, { sync: 'none', encoding: 'utf8' })
  for (let i = 0; i < 2000; i++) db.putSync(`${i}`, 'x'.repeat(100))
  const source = `
    const { parentPort, workerData } = require('node:worker_threads')
    const kvstore = require(${JSON.stringify(join(__dirname, '..'))})
    ;(async () => {
      try { kvstore.openSync(workerData) } catch (error) { parentPort.postMessage(error.code) }
      const db = await kvstore.open(workerData, { readOnly: true, encoding: 'utf8' })
      parentPort.postMessage((await db.range().all()).length)
      const own = await kvstore.open(workerData + Math.random(), { sync: 'none' })
      own.follow().next()
      for (;;) { await Promise.all([own.put('a', 'b'), own.range().all(), db.range().all(), db.getMany(['1', '2'])]) }
    })()`
  const workers = Array.from({ length: 4 }, () => new Worker(source, { eval: true, workerData: path }))
  await Promise.all(workers.map((worker, i) => new Promise((resolve, reject) => {
    const messages = []
    worker.on('error', reject)
    worker.on('message', async message => {
      messages.push(message)
      if (messages.length < 2) return
      assert.deepEqual(messages, ['LOCKED', 2000])
      for (let n = 0; n < 50 * i; n++) db.putSync('1', 'x')
      await worker.terminate()
      resolve()
    })
  })))
  await db.close()
})

test('a process ends while its workers are at it', t => {
  const { status, signal, stderr } = run(`
    const { Worker } = require('worker_threads')
    for (let i = 0; i < 3; i++) {
      new Worker(\`
        const kvstore = require(\${JSON.stringify(${JSON.stringify(join(__dirname, '..'))})})
        const db = kvstore.openSync(\${JSON.stringify(path + i)}, { sync: 'none' })
        ;(async () => { for (;;) await Promise.all([db.put('a', 'b'), db.range().all(), db.stat('a')]) })()\`, { eval: true })
    }
    setTimeout(() => process.exit(0), 300)
  `, join(directory(t), 'x'))
  assert.equal(signal, null, stderr)
  assert.equal(status, 0, stderr)
})

test('a file that is damaged, cut, or no database', async t => {
  const path = join(directory(t), 'x')
  const db = openSync(path, { sync: 'none' })
  db.putSync('good', 'a'.repeat(5000))
  db.putSync('bad', 'b'.repeat(5000))
  db.putSync('last', 'c'.repeat(5000))
  db.closeSync()
  const bytes = fs.readFileSync(path)
  bytes[bytes.indexOf('bbbbbb') + 2000] ^= 1
  fs.writeFileSync(path, bytes)
  const damaged = await open(path, { readOnly: true })
  assert.equal((await damaged.get('good')).length, 5000)
  await assert.rejects(damaged.get('bad'), code('CORRUPT'))
  assert.throws(() => damaged.getSync('bad'), code('CORRUPT'))
  await assert.rejects(damaged.range().all(), code('CORRUPT'))
  assert.throws(() => damaged.values().allSync(), code('CORRUPT'))
  await damaged.close()
  fs.writeFileSync(path, 'this is no database, and was none before, whatever its name says'.repeat(100))
  await assert.rejects(open(path), code('FORMAT'))
})

test('memory of an answer that is given away takes no other one with it', async t => {
  const db = await store(t, { sync: 'none' })
  const give = bytes => {
    try {
      structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
      bytes.buffer.transfer?.()
    } catch (error) {
      assert.equal(error.name, 'DataCloneError')
      bytes.buffer.transfer?.()
    }
  }
  for (let i = 0; i < 100; i++) db.putSync('k' + i, '0123456789')
  give(db.getSync('k0'))
  assert.equal(String(db.getSync('k0')), '0123456789')
  const asked = Array.from({ length: 500 }, () => db.get('k0'))
  give(db.getSync('k1'))
  for (const value of await Promise.all(asked)) assert.equal(String(value), '0123456789')
  for (const value of db.values()) {
    assert.equal(String(value), '0123456789')
    structuredClone(value.buffer, { transfer: [] })
  }
})

test('what is no time, no bound and no path is refused, and changes nothing', async t => {
  const db = await store(t, { sync: 'none' })
  for (const wrong of ['3600', {}, [], true]) {
    db.putSync('key', 'value', { ttl: 60 })
    await assert.rejects(db.expire('key', wrong), code('USAGE'))
    assert.throws(() => db.expireSync('key', wrong), code('USAGE'))
    assert.ok(db.statSync('key').expiresAt)
  }
  assert.equal(await db.expire('key', new Date(Date.now() + 90_000)), true)
  assert.ok(db.statSync('key').expiresAt > Date.now() + 60_000)
  assert.equal(await db.expire('key', null), true)
  assert.equal(db.statSync('key').expiresAt, undefined)
  for (const name of ['gt', 'gte', 'lt', 'lte']) {
    for (const wrong of [[], { length: 0 }, 5, new SharedArrayBuffer(1)]) {
      await assert.rejects(db.deleteRange({ [name]: wrong }), code('USAGE'))
    }
  }
  for (const at of ['2', '5000', '2024', 'x', -1]) {
    await assert.rejects(db.get('key', { at }), code('USAGE'))
    await assert.rejects(db.undo('key', { to: at }), code('USAGE'))
  }
  assert.equal(db.getSync('key', { encoding: 'utf8', at: '2999-01-01T00:00:00Z' }), 'value')
  await assert.rejects(open(db.path + '\0x'), code('USAGE'))
  assert.throws(() => openSync(db.path + '\0x'), code('USAGE'))
  await assert.rejects(db.backup(db.path + '.copy\0x'), code('USAGE'))
  await assert.rejects(open(db.path + '2', { compactAt: 101 }), code('NUMBER'))
})

test('closeSync carries out what was called before', async t => {
  const path = join(directory(t), 'x')
  const db = openSync(path, { sync: 'none' })
  const puts = Array.from({ length: 1000 }, (_, i) => db.put('k' + i, 'v'))
  db.closeSync()
  assert.deepEqual(await Promise.all(puts), Array.from({ length: 1000 }, (_, i) => i + 1))
  const again = openSync(path)
  assert.equal(again.countSync(), 1000)
  again.closeSync()
})

test('a signal ends a transaction before its commit, and many calls have one', async t => {
  const db = await store(t, { sync: 'none' })
  const warnings = []
  const warn = warning => warnings.push(warning)
  process.on('warning', warn)
  t.after(() => process.off('warning', warn))
  const one = new AbortController()
  await Promise.all(Array.from({ length: 20 }, () => db.get('q', { signal: one.signal })))
  const changing = db.transact(async transaction => {
    await transaction.put('q', '1')
    one.abort(new Error('mine'))
  }, { signal: one.signal })
  await assert.rejects(changing, { message: 'mine' })
  assert.equal(db.hasSync('q'), false)
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(warnings, [])
})

test('the process and a worker end while a command waits', async t => {
  const path = join(directory(t), 'x')
  const ended = run(`
    kvstore.openSync(path, { sync: 'none' }).command('BZPOPMIN', 'zz', 0).catch(() => {})
    setTimeout(() => process.exit(7), 20)`, path)
  assert.equal(ended.status, 7, ended.stderr)
  const worker = new Worker(`
    const db = require(${JSON.stringify(join(__dirname, '..'))}).openSync(${JSON.stringify(path)}, { sync: 'none' })
    db.command('BZPOPMIN', 'zz', 0)
    require('node:worker_threads').parentPort.postMessage('waits')`, { eval: true })
  await new Promise(resolve => worker.once('message', resolve))
  await worker.terminate()
  // It has let go of the file.
  openSync(path).closeSync()
})
