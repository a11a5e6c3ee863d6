// Sessions of node's clients with their defaults: strings, expiry, transactions, pipelines, binary
// data, reconnects.
//
//   NODE_PATH=.../node_modules node node_session.cjs PORT CLIENT
'use strict';
const assert = require('assert').strict;
const port = Number(process.argv[2]);
const which = process.argv[3];
const everything = Buffer.from([...Array(256).keys()]);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function nodeRedis(options) {
  const { createClient } = require('redis');
  const client = createClient({ socket: { port }, ...options });
  client.on('error', () => {});
  await client.connect();
  assert.equal(await client.set('a', '1'), 'OK');
  assert.equal(await client.incr('a'), 2);
  assert.deepEqual(await client.mGet(['a', 'none']), ['2', null]);
  await client.set('t', 'v', { EX: 100 });
  assert((await client.ttl('t')) > 0);
  await client.set('t', 'v', { PX: 30 });
  await pause(60);
  assert.equal(await client.get('t'), null);
  assert.deepEqual(await client.multi().set('m', '1').incr('m').get('m').exec(), ['OK', 2, '2']);
  await client.watch('a');
  const other = client.duplicate();
  other.on('error', () => {});
  await other.connect();
  await other.set('a', '5');
  await assert.rejects(client.multi().set('q', '1').exec());
  await client.set('bin', everything);
  assert.equal(await client.strLen('bin'), 256);
  assert.equal(await client.getRange('bin', 97, 99), 'abc');
  await Promise.all([...Array(2000).keys()].map((i) => client.set(`node:${i}`, `v${i}`)));
  assert.equal(await client.get('node:1999'), 'v1999');
  let keys = 0;
  for await (const found of client.scanIterator({ MATCH: 'node:*', COUNT: 300 })) keys += found.length;
  assert.equal(keys, 2000);
  const listener = client.duplicate();
  listener.on('error', () => {});
  await listener.connect();
  const heard = [];
  await listener.subscribe('news', (message, channel) => heard.push([channel, message]));
  await listener.pSubscribe('n*', (message, channel) => heard.push([channel, message]));
  assert.equal(await client.publish('news', 'hello'), 2);
  await listener.unsubscribe('news');
  await listener.pUnsubscribe('n*');
  assert.deepEqual(heard, [['news', 'hello'], ['news', 'hello']]);
  assert.equal(await client.publish('news', 'unheard'), 0);
  if (listener.close) await listener.close(); else await listener.quit();
  assert((await client.info()).includes('redis_version'));
  await assert.rejects(client.hSet('h', 'f', 'v'), /unknown command/);
  const id = await client.clientId();
  await other.sendCommand(['CLIENT', 'KILL', 'ID', String(id)]);
  await pause(100);
  assert.equal(await client.get('a'), '5');  // over a new connection
  assert.notEqual(await client.clientId(), id);
  for (const one of [client, other]) await (one.close ? one.close() : one.quit());
}

async function ioredis(name) {
  const Redis = require(name);
  const client = new Redis(port);
  client.on('error', () => {});
  assert.equal(await client.set('x', '1', 'EX', 100, 'NX'), 'OK');
  assert.equal(await client.incr('x'), 2);
  assert((await client.pttl('x')) > 0);
  assert.deepEqual(await client.multi().set('y', '1').incr('y').get('y').exec(),
                   [[null, 'OK'], [null, 2], [null, '2']]);
  const pipeline = client.pipeline();
  for (let i = 0; i < 2000; ++i) pipeline.set(`io:${i}`, `${i}`);
  assert.equal((await pipeline.exec()).filter(([error]) => error).length, 0);
  await client.set('bin', everything);
  assert.deepEqual(await client.getBuffer('bin'), everything);
  let keys = 0;
  for await (const found of client.scanStream({ match: 'io:*', count: 500 })) keys += found.length;
  assert.equal(keys, 2000);
  const listener = client.duplicate();
  const heard = new Promise((done) => listener.on('message', (...message) => done(message)));
  assert.equal(await listener.subscribe('news', 'other'), 2);
  assert.equal(await client.publish('news', 'hello'), 1);
  assert.deepEqual(await heard, ['news', 'hello']);
  assert.equal(await listener.unsubscribe(), 0);
  assert.equal(await listener.get('x'), '2');
  listener.disconnect();
  const other = client.duplicate();
  await client.watch('x');
  await other.set('x', '9');
  assert.equal(await client.multi().set('q', '1').exec(), null);
  await assert.rejects(client.lpush('l', 'x'), /unknown command/);
  assert.equal(await client.object('encoding', 'x'), 'int');
  const id = await client.client('ID');
  await other.client('KILL', 'ID', id);
  await pause(300);
  assert.equal(await client.get('x'), '9');
  client.disconnect();
  other.disconnect();
}

(async () => {
  if (which === 'redis') {
    await nodeRedis({});
    await nodeRedis({ RESP: 3 });
  } else {
    await ioredis(which);
  }
  console.log(which, require(`${which}/package.json`).version, 'ok');
  process.exit(0);
})().catch((error) => {
  console.log('FAILED', which, error);
  process.exit(1);
});
