import express from 'express'
import type { Config } from 'typescript'
import { join } from 'node:path'
