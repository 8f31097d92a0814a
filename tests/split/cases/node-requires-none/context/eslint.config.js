require('eslint')
