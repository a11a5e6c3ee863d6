'use strict'
// A directory of its own for each test, and the module.

const fs = require('node:fs')
const os = require('node:os')
const { join } = require('node:path')
const kvstore = require('..')

// In memory where there is enough: the tests are not about how long a disk takes.
function inMemory () {
  try {
    const { bavail, bsize } = fs.statfsSync('/dev/shm')
    return bavail * bsize > 2 ** 29
  } catch {
    return false
  }
}
const base = inMemory() ? '/dev/shm' : os.tmpdir()

const make = () => fs.mkdtempSync(join(base, 'kvstore-node-'))
const remove = made => fs.rmSync(made, { recursive: true, force: true })

function directory (t) {
  const made = make()
  t.after(() => remove(made))
  return made
}

async function store (t, options) {
  const made = make()
  const db = await kvstore.open(join(made, 'data.kvs'), options)
  t.after(async () => {
    await db.close()
    remove(made)
  })
  return db
}

const code = expected => error => {
  if (error.code === expected) return true
  throw error
}

module.exports = { ...kvstore, directory, store, code }
