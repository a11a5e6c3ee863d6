'use strict'
// samples/express, run as its README says, by real requests.

const { test } = require('node:test')
const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const { dirname, join } = require('node:path')
const { directory } = require('./support')

async function start (t, here) {
  fs.mkdirSync(join(here, 'node_modules'), { recursive: true })
  for (const [name, place] of [['kvstore', join(__dirname, '..')], ['express', dirname(require.resolve('express/package.json'))]]) {
    fs.symlinkSync(place, join(here, 'node_modules', name))
  }
  fs.copyFileSync(join(__dirname, '../../../samples/express/app.js'), join(here, 'app.js'))
  const app = spawn(process.execPath, ['app.js', 'events.kvs', '0'], { cwd: here, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(app, 'exit')
  t.after(() => app.kill('SIGKILL'))
  const [line] = await once(app.stdout, 'data')
  return { base: String(line).trim().replace('listening on ', ''), stop: async () => { app.kill('SIGTERM'); return (await exited)[0] } }
}

const json = (method, body) => ({ method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } })

// The first events of a stream; then it is left.
async function events (url, count, headers = {}) {
  const controller = new AbortController()
  const response = await fetch(url, { headers, signal: controller.signal })
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  const found = []
  let text = ''
  for await (const part of response.body) {
    text += Buffer.from(part)
    for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
      const fields = Object.fromEntries(text.slice(0, end).split('\n').map(line => line.split(/: (.*)/s)))
      found.push({ ...fields, data: JSON.parse(fields.data) })
    }
    if (found.length >= count) break
  }
  controller.abort()
  return found
}

test('events in, values and live tails out', async t => {
  const { base, stop } = await start(t, directory(t))
  const post = async n => (await fetch(`${base}/events/web`, json('POST', { n }))).json()

  assert.equal((await fetch(`${base}/events/web`)).status, 404)
  assert.equal((await post(0)).offset, 0)
  const { length } = await post(1)
  const tail = events(`${base}/events/web/tail`, 5)
  const resumed = events(`${base}/events/web/tail`, 1, { 'Last-Event-ID': length })
  for (let n = 2; n < 5; n++) await post(n)
  assert.deepEqual((await tail).map(({ data }) => data.n), [0, 1, 2, 3, 4])
  assert.equal((await resumed)[0].data.n, 2)
  const lines = (await (await fetch(`${base}/events/web`)).text()).trim().split('\n')
  assert.deepEqual(lines.map(line => JSON.parse(line).n), [0, 1, 2, 3, 4])
  const part = await fetch(`${base}/events/web?offset=${length}&length=10`)
  assert.equal((await part.text()).length, 10)

  const changes = events(`${base}/changes?prefix=a`, 3)
  await new Promise(resolve => setTimeout(resolve, 100))
  const { version } = await (await fetch(`${base}/values/a/1`, json('PUT', { value: 'one', ttl: 60 }))).json()
  await fetch(`${base}/values/b`, json('PUT', { value: 'other' }))
  assert.equal((await fetch(`${base}/values/a/1`, json('PUT', { value: 'x', version: version + 1 }))).status, 409)
  await fetch(`${base}/values/a/1`, json('PUT', { value: 'two', version }))
  const got = await (await fetch(`${base}/values/a/1`)).json()
  assert.equal(got.value, 'two')
  assert.equal((await (await fetch(`${base}/values/a/1?at=${version}`)).json()).value, 'one')
  assert.deepEqual((await (await fetch(`${base}/values?prefix=a`)).json()).items, [{ key: 'a/1', value: 'two' }])
  assert.deepEqual((await (await fetch(`${base}/values?after=a/1`)).json()).items, [{ key: 'b', value: 'other' }])
  assert.equal((await fetch(`${base}/values/a/1`, { method: 'DELETE' })).status, 204)
  assert.equal((await fetch(`${base}/values/a/1`, { method: 'DELETE' })).status, 404)
  assert.deepEqual((await changes).map(({ event, data }) => [event, data.value]), [['set', 'one'], ['set', 'two'], ['delete', undefined]])

  // What clients do wrong.
  assert.equal((await fetch(`${base}/values/a`, { ...json('PUT'), body: '{"value":' })).status, 400)
  assert.equal((await fetch(`${base}/values/a`, json('PUT', { value: 5 }))).status, 400)
  assert.equal((await fetch(`${base}/values/a`, json('PUT', { value: 'x', ttl: -1 }))).status, 400)
  assert.equal((await fetch(`${base}/values/${'k'.repeat(5000)}?at=never`)).status, 400)
  assert.equal((await fetch(`${base}/values/a`, json('PUT', { value: 'x'.repeat(2 << 20) }))).status, 413)

  // A tail that is open does not keep it from ending.
  const open = await fetch(`${base}/events/web/tail`)
  assert.equal(await stop(), 0)
  await open.text()
})
