import { isMap, type Ipld } from '../dag/ipld.ts'
import { holeOf, type Hole } from '../dag/job.ts'

/** Which results of a run are secrets. What is computed from one is one. */
export interface Secrets {
  /** There are some at all. */
  any(): boolean
  has(hole: Hole): boolean
}

/** Whether a value with holes takes a secret. */
export function takesSecret(value: Ipld, secrets: Secrets): boolean {
  return secrets.any() && takes(value, secrets)
}

function takes(value: Ipld, secrets: Secrets): boolean {
  const hole = holeOf(value)
  if (hole) return secrets.has(hole)
  if (Array.isArray(value)) return value.some(item => takes(item, secrets))
  return isMap(value) && Object.values(value).some(item => takes(item, secrets))
}
