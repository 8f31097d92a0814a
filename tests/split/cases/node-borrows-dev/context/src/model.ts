import _ from 'lodash'
