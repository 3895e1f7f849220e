/** Everything that a program needs to compile and run jobs; each room is an entry of its own too (`ipvm/dag`, …). */
export * from './compiler/index.ts'
export * from './runtime/index.ts'
export { format, parse, type Formatted } from './grammar/index.ts'
export { readCar, writeCar, parseCid, type Block, type Ipld, type Result } from './dag/index.ts'
