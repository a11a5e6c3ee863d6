'use strict'

const { KvError } = require('./lib/native')
const { open, openSync, Store, Snapshot, Transaction } = require('./lib/store')

module.exports = { open, openSync, Store, Snapshot, Transaction, KvError }
