'use strict'
// An Express app on one file: events in, values and live tails out.
//
//   node app.js [FILE] [PORT]
//
//   curl -X POST localhost:3000/events/web -d '{"path":"/"}' -H 'Content-Type: application/json'
//   curl localhost:3000/events/web                 all of them, a line each
//   curl -N localhost:3000/events/web/tail         and as they come, as server-sent events
//   curl -X PUT localhost:3000/values/a -d '{"value":"1","ttl":60}' -H 'Content-Type: application/json'
//   curl -N 'localhost:3000/changes?prefix=a'      every change of these keys

const { once } = require('node:events')
const express = require('express')
const { open, KvError } = require('kvstore')

// What our codes are as HTTP's; whatever else, the server is at fault.
const statuses = { USAGE: 400, TOOBIG: 413, NUMBER: 400, EXISTS: 409, CONFLICT: 409, TYPE: 409, PURGED: 410, READONLY: 403, FULL: 507, FAILED: 503 }

const eventsKey = name => `events/${name}`
const valueKey = key => `values/${key}`

/** Server-sent events until the client goes, or there are none any more: `send` is given a function that writes one. */
async function stream (request, response, send) {
  const controller = new AbortController()
  response.on('close', () => controller.abort())
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  response.flushHeaders()
  try {
    await send(controller.signal, async (id, event, data) => {
      const text = `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
      // A client that does not read is waited for, and nothing piles up.
      if (!response.write(text)) await once(response, 'drain', { signal: controller.signal })
    })
  } catch (error) {
    if (!controller.signal.aborted) response.write(`event: error\ndata: ${JSON.stringify({ code: error.code, detail: error.message })}\n\n`)
  }
  response.end()
}

function createApp (db) {
  const app = express()
  app.disable('x-powered-by')
  app.use(express.json({ limit: '1mb' }))

  // An event is a line at the end of a value: however long that has grown, it costs the same.
  app.post('/events/:name', async (request, response) => {
    const line = JSON.stringify({ time: new Date(), ...request.body }) + '\n'
    const length = await db.append(eventsKey(request.params.name), line)
    response.status(201).json({ offset: length - Buffer.byteLength(line), length })
  })

  app.get('/events/:name', async (request, response) => {
    const { offset = 0, length = 1 << 20 } = request.query
    const part = await db.read(eventsKey(request.params.name), Number(offset), Number(length))
    if (part === undefined) return response.status(404).json({ code: 'NIL', detail: 'no such events' })
    response.type('application/x-ndjson').send(part)
  })

  // Last-Event-ID, which browsers send when they come back, is where the next event begins.
  app.get('/events/:name/tail', (request, response) => stream(request, response, async (signal, send) => {
    const key = eventsKey(request.params.name)
    let at = Number(request.get('Last-Event-ID') ?? request.query.offset ?? 0)
    let rest = Buffer.alloc(0)
    for await (const part of db.followKey(key, { offset: at, signal })) {
      if (part.kind !== 'bytes') {
        at = 0
        rest = Buffer.alloc(0)
        await send(0, part.kind, {})
        continue
      }
      rest = Buffer.concat([rest, part.value])
      for (let end; (end = rest.indexOf('\n')) >= 0; rest = rest.subarray(end + 1)) {
        at += end + 1
        await send(at, 'message', JSON.parse(rest.subarray(0, end)))
      }
    }
  }))

  app.put('/values/*key', async (request, response) => {
    const key = valueKey(request.params.key.join('/'))
    const { value, ttl, version } = request.body ?? {}
    if (typeof value !== 'string') return response.status(400).json({ code: 'USAGE', detail: 'a value is a string', hint: '{"value": "..."}' })
    response.json({ version: await db.put(key, value, { ttl, ifVersion: version }) })
  })

  app.get('/values/*key', async (request, response) => {
    const key = valueKey(request.params.key.join('/'))
    const at = request.query.at === undefined ? undefined : /^\d+$/.test(request.query.at) ? Number(request.query.at) : request.query.at
    const [value, info] = await Promise.all([db.get(key, { at, encoding: 'utf8' }), db.stat(key, { at })])
    if (value === undefined || info === undefined) return response.status(404).json({ code: 'NIL', detail: 'no such key' })
    response.json({ value, version: info.version, expiresAt: info.expiresAt ?? null })
  })

  app.delete('/values/*key', async (request, response) => {
    const there = await db.delete(valueKey(request.params.key.join('/')))
    response.status(there ? 204 : 404).end()
  })

  app.get('/values', async (request, response) => {
    const { prefix = '', after, limit = 100 } = request.query
    const items = []
    const range = { prefix: valueKey(prefix), gt: after === undefined ? undefined : valueKey(after), limit: Math.min(Number(limit), 1000), encoding: 'utf8' }
    for await (const [key, value] of db.range(range)) items.push({ key: key.slice(valueKey('').length), value })
    response.json({ items })
  })

  app.get('/changes', (request, response) => stream(request, response, async (signal, send) => {
    const last = request.get('Last-Event-ID')
    const from = last === undefined ? undefined : Number(last) + 1
    for await (const change of db.follow({ prefix: valueKey(request.query.prefix ?? ''), from, signal, encoding: 'utf8' })) {
      await send(change.version, change.kind, { key: change.key?.slice(valueKey('').length), value: change.value })
    }
  }))

  app.use((error, request, response, next) => {
    if (response.headersSent) return next(error)
    const status = error instanceof KvError ? statuses[error.code] ?? 500 : error.status ?? 500
    response.status(status).json({ code: error.code, detail: error.message, hint: error.hint })
  })
  return app
}

async function main (file = 'events.kvs', port = 3000) {
  const db = await open(file, { sync: '100ms' })
  const server = createApp(db).listen(Number(port), '127.0.0.1', () => {
    console.log(`listening on http://127.0.0.1:${server.address().port}`)
  })
  const stop = async () => {
    server.close()
    await db.close() // ends the tails, too
    server.closeIdleConnections()
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

module.exports = { createApp }
if (require.main === module) main(...process.argv.slice(2))
