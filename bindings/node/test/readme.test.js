'use strict'

const { test } = require('node:test')
const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const { join } = require('node:path')
const { directory } = require('./support')

const module_ = join(__dirname, '..')
const text = fs.readFileSync(join(module_, 'README.md'), 'utf8')
const blocks = [...text.matchAll(/^```js\n([^]*?)^```/gm)].map(([, code]) => code)

const printed = [
  'Ada\nline\nuser:1 Ada\nuser:2 Grace\n',
  "70 100\n[ 'set', 'set' ]\n100\n100\nset ann 100\n",
  'ada { born: 1815 }\n'
]

test('what README shows is what happens', t => {
  assert.equal(blocks.length, printed.length)
  blocks.forEach((code, i) => {
    const here = directory(t)
    fs.mkdirSync(join(here, 'node_modules'))
    fs.symlinkSync(module_, join(here, 'node_modules/kvstore'))
    fs.writeFileSync(join(here, 'block.mjs'), code)
    const { stdout, stderr } = spawnSync(process.execPath, ['block.mjs'], { cwd: here, encoding: 'utf8' })
    assert.equal(stderr, '')
    assert.equal(stdout, printed[i])
  })
})
