// What the types promise: compiled, not run, by types.test.js.
import { open, openSync, KvError, Store, Change } from 'kvstore'
import { KvLevel } from 'kvstore/level'

async function use (): Promise<void> {
  const db: Store = await open('data.kvs', { sync: 'none', memory: 1 << 25 })
  const bytes: Buffer | undefined = await db.get('key')
  const text: string | undefined = db.getSync('key', { encoding: 'utf8', at: new Date() })
  const version: number = await db.put('key', new Uint8Array(3), { ttl: 60, ifAbsent: true })
  for await (const [key, value] of db.range({ prefix: 'a', reverse: true })) {
    const k: string = key
    const v: Buffer | undefined = value
    console.log(k, v)
  }
  for (const key of db.keys({ gte: 'a', limit: 3 })) key.toUpperCase()
  const texts: Store<'utf8', 'utf8'> = openSync('other.kvs', { encoding: 'utf8' })
  const all: Array<[string, string | undefined]> = await texts.range().all()
  const controller = new AbortController()
  for await (const change of texts.follow({ prefix: 'x', signal: controller.signal })) {
    const seen: Change<'utf8', 'utf8'> = change
    seen.value?.toUpperCase()
  }
  for await (const event of db.followKey('log')) {
    if (event.kind === 'bytes') event.value.readUInt8(0)
  }
  const answer: number = await db.transact(async transaction => {
    await transaction.put('a', '1')
    return (await transaction.count()) + 1
  })
  await db.batch([{ type: 'put', key: 'a', value: 'b', ttl: 1 }, { type: 'delete', key: Buffer.of(1) }])
  const snapshot = db.snapshot()
  snapshot.getSync('a')
  try { db.closeSync() } catch (error) { if (error instanceof KvError) console.log(error.code, error.hint) }
  console.log(bytes, text, version, all, answer)

  // @ts-expect-error a key is no number
  await db.get(5)
  // @ts-expect-error a snapshot cannot be written
  snapshot.putSync('a', 'b')
  // @ts-expect-error a store is opened, not made
  new Store()

  const level = new KvLevel<string, { n: number }>('level', { valueEncoding: 'json' })
  await level.put('a', { n: 1 })
  const n: number | undefined = (await level.get('a'))?.n
  await level.sublevel('sub').put('a', 'b')
  for await (const key of level.keys({ gt: 'a' })) key.toUpperCase()
  console.log(n)
}
use()
