module.exports = require('morgan/index')
