import fc from 'fast-check'
import { seed } from './harness/seeds.ts'

fc.configureGlobal({ seed })
