const a = require('./lib/log')
