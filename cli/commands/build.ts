import { basename } from 'node:path'
import type { CID } from 'multiformats/cid'
import type { Compiled } from '../../compiler/interface.ts'
import { writeCar } from '../../dag/car.ts'
import { block, DAG_CBOR } from '../../dag/cid.ts'
import { decode, encode } from '../../dag/codec.ts'
import { readDebug } from '../../dag/debug.ts'
import type { Block, Ipld } from '../../dag/ipld.ts'
import { readHead } from '../../dag/job.ts'
import { toDagJson } from '../../dag/json.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { loadFromList, putAll } from '../../runtime/blocks.ts'
import type { Context } from '../context.ts'
import { cliRows, complain, wrongUsage } from '../diagnostics.ts'
import { refuseTarget, writeNamed } from '../files.ts'
import { toHomestar } from '../../compiler/targets/homestar/export.ts'
import { toWorkflow } from '../../compiler/targets/workflow.ts'
import { StoreDoor } from '../host.ts'
import {
  fitArguments,
  gatherArguments,
  placeArguments,
  showParameters,
  type ArgumentOptions,
} from '../job-arguments.ts'
import { plural, showBytes, success, type Reply } from '../output.ts'
import { rememberDebug } from '../debug-index.ts'
import { noteDiagnostics } from '../report.ts'
import { compileSource } from '../source.ts'
import type { RequestOptions } from '../ucan/request.ts'

interface Options extends ArgumentOptions, RequestOptions {
  job?: string
  out?: string
  bundle?: boolean
  target: 'car' | 'json' | 'homestar' | 'homestar-cbor' | 'workflow' | 'ucan'
}

/** `ipvm build FILE`: compiles a job and writes it as one file; its blocks come into the store too. */
export async function build(context: Context, [file = '']: string[], given: Record<string, unknown>): Promise<Reply> {
  const options = given as unknown as Options
  if (context.json && options.out === '-')
    return wrongUsage('`--json` and `-o -` both want standard output; write to a file.')
  const stray = (['as', 'proof', 'to', 'expires'] as const).find(name => options[name] !== undefined)
  if (stray !== undefined && options.target !== 'ucan') return wrongUsage(`\`--${stray}\` goes with \`--target ucan\`.`)
  const path = options.out ?? `${basename(file).replace(/\.ipvm$/, '')}${extensions[options.target]}`
  const refused = path === '-' ? undefined : refuseTarget(path, file)
  if (refused) return refused
  const store = new StoreDoor(context.store, context.gateways)
  try {
    return await buildWith(context, file, path, options, store)
  } finally {
    await store.close()
  }
}

async function buildWith(
  context: Context,
  file: string,
  path: string,
  options: Options,
  store: StoreDoor,
): Promise<Reply> {
  const compiled = await compileBound(context, file, options, store)
  if (!compiled.ok) return compiled.error
  noteDiagnostics(context, compiled.value.warnings)
  const written = await encodeTarget(context, file, compiled.value, options, store)
  if (!written.ok) return written.error
  const { content, blocks, more } = written.value

  await putAll(store.open().blocks, [...compiled.value.blocks, ...compiled.value.components])
  rememberDebug(store.folder, compiled.value)
  const cid = compiled.value.job.toString()
  if (path === '-') return success(null, content)
  const problem = writeNamed(path, content)
  if (problem) return problem
  const { absent, tasks } = compiled.value
  if (options.bundle !== false && (options.target === 'car' || options.target === 'ucan'))
    for (const missing of absent) context.note(`note: the component ${missing} is not at hand and not in the file.`)
  const bytes = content.length
  const value = { cid, tasks, blocks, bytes, file: path, ...more }
  return success(
    value,
    `${cid}\n`,
    `${path}: ${plural(tasks, 'task')}, ${plural(blocks, 'block')}, ${showBytes(bytes)}`,
  )
}

/** Compiles with the arguments that are given; the other parameters stay open. */
async function compileBound(
  context: Context,
  file: string,
  options: Options,
  store: StoreDoor,
): Promise<Result<Compiled, Reply>> {
  const given = gatherArguments(options)
  if (!given.ok) return given
  const open = await compileSource(file, store, context, { job: options.job })
  if (!open.ok || given.value.size === 0) return open
  const args = await fitArguments(open.value.params, given.value, { complete: false })
  if (!args.ok) return args
  const placed = await placeArguments(open.value.params, args.value)
  return placed.ok ? compileSource(file, store, context, { job: options.job, args: args.value }) : placed
}

const extensions = {
  car: '.car',
  json: '.json',
  homestar: '.homestar.json',
  'homestar-cbor': '.homestar.cbor',
  workflow: '.workflow.json',
  ucan: '.ucan.car',
}

/** The bytes of the file, how many blocks or instructions it holds, and what else `--json` tells. */
interface Encoded {
  content: Uint8Array
  blocks: number
  more?:
    | { workflow: string; instructions: string[] }
    | { invocation: string; iss: string; aud: string; capabilities: string[] }
    | { workflow: string; issuer: string }
}

async function encodeTarget(
  context: Context,
  file: string,
  compiled: Compiled,
  options: Options,
  store: StoreDoor,
): Promise<Result<Encoded, Reply>> {
  const { bundle, target } = options
  switch (target) {
    case 'car':
      return ok(carOf(compiled.job, compiled, bundle))
    case 'ucan': {
      const open = openParameters(compiled, 'An invocation has no parameters', file)
      if (open) return fail(open)
      const { requestFor } = await import('../ucan/request.ts')
      const head = await readHead(compiled.job, loadFromList(compiled.blocks))
      if (!head.ok) throw new Error(`a job of the compiler cannot be read: ${head.error.message}`)
      const request = requestFor(compiled.job, head.value.uses, options, store)
      if (!request.ok) return request
      const { invocation, delegations, iss, aud, capabilities, uncovered } = request.value
      for (const cmd of uncovered) context.note(`note: the job requires \`${cmd}\`, and no proof is for that.`)
      const blocks = [invocation, ...delegations, ...compiled.blocks]
      const more = { invocation: invocation.cid.toString(), iss, aud, capabilities }
      return ok({ ...carOf(invocation.cid, { ...compiled, blocks }, bundle), more })
    }
    case 'json': {
      const blocks = compiled.blocks.filter(block => block.cid.code === DAG_CBOR)
      return ok({ content: Buffer.from(`${toDagJson(jsonOf(compiled, blocks), 2)}\n`), blocks: blocks.length })
    }
    case 'workflow':
      return encodeWorkflow(file, compiled, store)
    case 'homestar':
    case 'homestar-cbor': {
      const open = openParameters(compiled, 'Homestar has no parameters', file)
      if (open) return fail(open)
      const blocks = new Map(compiled.blocks.map(({ cid, bytes }) => [cid.toString(), bytes]))
      const workflow = await toHomestar(compiled.job, async cid => blocks.get(cid.toString()), compiled.signatures)
      if (!workflow.ok) return fail(complain(cliRows.NotExpressible, workflow.error, { file }))
      const { instructions, json, cbor } = workflow.value
      return ok({
        content: target === 'homestar' ? Buffer.from(json) : cbor,
        blocks: instructions.length,
        more: { workflow: workflow.value.workflow.toString(), instructions: instructions.map(String) },
      })
    }
  }
}

/** A CAR of a compiled job, that begins with what names it. */
function carOf(root: CID, { blocks: own, components, debug }: Compiled, bundle: boolean | undefined): Encoded {
  const blocks = bundle === false ? withoutFiles(own) : [...own, ...components]
  const unique = new Set(blocks.map(block => block.cid.toString()))
  return { content: writeCar([root, debug], blocks), blocks: unique.size }
}

/** What to say of parameters that have no value yet. */
function openParameters({ params }: Compiled, why: string, file: string): Reply | undefined {
  if ([...params.values()].every(param => param.default !== undefined)) return undefined
  const what = `${why}; give those without a default a value with \`--arg\`.`
  return wrongUsage(`${what} ${showParameters(params)}`, { file })
}

/** An IPVM workflow 0.1.0, signed by the key of the store. */
async function encodeWorkflow(file: string, compiled: Compiled, door: StoreDoor): Promise<Result<Encoded, Reply>> {
  const open = openParameters(compiled, 'A workflow has no parameters', file)
  if (open) return fail(open)
  const load = loadFromList(compiled.blocks)
  const store = door.open()
  const issuer = store.issuer()
  const made = await toWorkflow(compiled.job, load, await readDebug(compiled.debug, load), issuer)
  if (!made.ok) return fail(complain(cliRows.NotExpressible, made.error, { file }))
  const { workflow, tasks } = made.value
  const envelope = { 'ipvm/workflow': workflow, signature: store.sign(encode(workflow)) }
  const more = { workflow: block(envelope).cid.toString(), issuer }
  return ok({ content: Buffer.from(`${toDagJson(envelope, 2)}\n`), blocks: tasks, more })
}

/** Embedded files and long byte strings are raw or UnixFS; a job without its bundle only names them. */
function withoutFiles(blocks: Block[]): Block[] {
  return blocks.filter(block => block.cid.code === DAG_CBOR)
}

/** Every DAG-CBOR block by its CID; readers in plain JavaScript lose 64-bit integers and the point of 1.0. */
function jsonOf({ job, debug }: Compiled, blocks: Block[]): Ipld {
  const entries = blocks.map(({ cid, bytes }): [string, Ipld] => {
    const value = decode(bytes)
    if (!value.ok) throw new Error(`block ${cid} of the compiler cannot be read: ${value.error.message}`)
    return [cid.toString(), value.value]
  })
  return { job: job, debug: debug, blocks: Object.fromEntries(entries) }
}
