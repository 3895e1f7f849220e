/** In a page: compiles the jobs. What the compiler takes from Node comes from `builtins.ts`. */
import { compileJobs } from '../jobs.ts'
import { report } from './page.ts'

await report('jobs', async inputs => [...(await compileJobs(inputs))])
