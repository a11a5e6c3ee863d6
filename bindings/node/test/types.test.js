'use strict'

const { test } = require('node:test')
const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { join } = require('node:path')

test('the types say what the module does', () => {
  const compiler = require.resolve('typescript/bin/tsc')
  const { stdout, status } = spawnSync(process.execPath, [compiler, '-p', join(__dirname, 'types')], { encoding: 'utf8' })
  assert.equal(status, 0, stdout)
})
