'use strict'
// abstract-level's own tests, for KvLevel. Not one of node --test's: tape's. level.test.js runs it.

const test = require('tape')
const suite = require('abstract-level/test')
const fs = require('node:fs')
const { join } = require('node:path')
const { KvLevel } = require('../level')

const directory = process.argv[2]
let count = 0

suite({
  test,
  factory: options => new KvLevel(join(directory, `${++count}.kvs`), options)
})

test.onFinish(() => fs.rmSync(directory, { recursive: true, force: true }))
