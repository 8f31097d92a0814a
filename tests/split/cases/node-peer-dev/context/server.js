require('react')
