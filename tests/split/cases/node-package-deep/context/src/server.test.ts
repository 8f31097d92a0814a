import test from 'typescript'
