import type { Argument } from '../compiler/interface.ts'
import type { Parameter } from '../dag/interface.ts'
import { isMap, type Block, type Ipld } from '../dag/ipld.ts'
import { toDagJson } from '../dag/json.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { isBytes, showType } from '../dag/types.ts'
import { suggest } from '../dag/suggest.ts'
import { decodeSource } from '../grammar/source.ts'
import { wrongUsage } from './diagnostics.ts'
import { readNamed } from './files.ts'
import { parseDagJson } from '../dag/parse-json.ts'
import { fitJson } from './json-argument.ts'
import type { Reply } from './output.ts'
import { sentence } from './trouble.ts'

/** An argument as the command line gives it; `json` still waits for the type of its parameter. */
export type Given = Argument | { json: Ipld }

export interface ArgumentOptions {
  arg?: string[]
  args?: string
}

/** Reads `--arg` and `--args`. A name that is given twice is wrong usage. */
export function gatherArguments({ arg = [], args }: ArgumentOptions): Result<Map<string, Given>, Reply> {
  const given = new Map<string, Given>()
  if (args !== undefined) {
    const file = readJsonArguments(args)
    if (!file.ok) return file
    for (const [name, json] of Object.entries(file.value)) given.set(name, { json })
  }
  const seen = new Set<string>()
  for (const text of arg) {
    const at = text.indexOf('=')
    if (at < 1) return fail(wrongUsage(`\`--arg ${text}\` has no value; write \`--arg name=value\` or \`name=@file\`.`))
    const name = text.slice(0, at)
    const value = text.slice(at + 1)
    if (seen.has(name)) return fail(wrongUsage(`The argument \`${name}\` is given twice.`))
    seen.add(name)
    if (!value.startsWith('@')) given.set(name, { text: value })
    else {
      const bytes = readNamed(value.slice(1), { pipes: true })
      if (!bytes.ok) return bytes
      given.set(name, { bytes: bytes.value })
    }
  }
  return ok(given)
}

function readJsonArguments(option: string): Result<{ [name: string]: Ipld }, Reply> {
  const usage = (message: string): Result<never, Reply> => fail(wrongUsage(message))
  if (!option.startsWith('@')) return usage(`\`--args\` takes a file of JSON: \`--args @${option}\`.`)
  const path = option.slice(1)
  const bytes = readNamed(path, { pipes: true })
  if (!bytes.ok) return bytes
  const text = decodeSource(bytes.value)
  if (!text.ok) return usage(`\`${path}\` is not UTF-8: byte ${text.offset} does not belong to any character.`)
  const json = parseDagJson(text.value)
  if (!json.ok) return usage(`\`${path}\` is not JSON that can be read: ${json.error}.`)
  if (!isMap(json.value)) return usage(`\`${path}\` must hold one JSON object, with an entry for each argument.`)
  return ok(json.value)
}

/**
 * Arguments by the types of parameters, as values that can be placed. Every argument must be one that the job takes;
 * that none is missing is only asked for with `complete`.
 */
export async function fitArguments(
  params: Map<string, Parameter>,
  given: Map<string, Given>,
  { complete }: { complete: boolean },
): Promise<Result<Record<string, Argument>, Reply>> {
  const wrong = (message: string): Result<never, Reply> => fail(wrongUsage(`${message} ${showParameters(params)}`))
  const fitting: [string, Argument][] = []
  for (const [name, argument] of given) {
    const param = params.get(name)
    if (!param) {
      const near = suggest(name, params.keys())
      const hint = near === undefined ? '' : ` Did you mean \`${near}\`?`
      return wrong(`The job has no parameter \`${name}\`.${hint}`)
    }
    if (!('json' in argument)) {
      fitting.push([name, argument])
      continue
    }
    const value = fitJson(param.type, argument.json)
    if (!value.ok) return wrong(`The argument \`${name}\` is not a \`${showType(param.type)}\`: ${value.error}.`)
    fitting.push([name, { value: value.value }])
  }
  const missing = [...params].filter(([name, param]) => param.default === undefined && !given.has(name))
  if (complete && missing.length > 0) {
    const names = missing.map(([name]) => `\`${name}\``).join(', ')
    return wrong(`The job needs ${missing.length === 1 ? 'an argument' : 'arguments'} for ${names}.`)
  }
  return ok(Object.fromEntries(fitting))
}

/** The placed values of fitting arguments. */
export async function placeArguments(
  params: Map<string, Parameter>,
  fitting: Record<string, Argument>,
): Promise<Result<{ values: Map<string, Ipld>; blocks: Block[] }, Reply>> {
  if (Object.keys(fitting).length === 0) return ok({ values: new Map(), blocks: [] })
  // Literals need the parser; a compiled job without arguments runs without loading it.
  const { readArguments } = await import('../compiler/arguments.ts')
  const read = await readArguments(params, fitting)
  return read.ok ? read : fail(wrongUsage(`${sentence(read.error.message)} ${showParameters(params)}`))
}

/** `It takes: name: string, size: u32 = 256.` */
export function showParameters(params: Map<string, Parameter>): string {
  if (params.size === 0) return 'It takes no arguments.'
  const list = [...params].map(([name, { type, default: value }]) => {
    const shown = value === undefined ? undefined : toDagJson(value)
    const short = shown === undefined ? '' : isBytes(type) || shown.length > 40 ? ' = …' : ` = ${shown}`
    return `${name}: ${showType(type)}${short}`
  })
  return `It takes: ${list.join(', ')}.`
}
