require('analyzer')
