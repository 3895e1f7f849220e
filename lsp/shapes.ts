import type { About } from './features/completion.ts'

/**
 * What is asked of a value of JSON: `text`, an `integer`, a `count` of the protocol (`uinteger`), the `id` of a request, a `list`,
 * an object with some keys, of which those with `?` at their ends may be missing or `null`, one whose `kind` says which keys it
 * has, or `any`.
 */
export type Shape =
  | 'text'
  | 'integer'
  | 'count'
  | 'id'
  | 'any'
  | { list: Shape }
  | { keys: Keys }
  | { kinds: { readonly [kind: string]: Keys } }

interface Keys {
  readonly [key: string]: Shape
}

/** Some clients mean the end of a line by more than the protocol has. */
const MAX_COUNT = 2 ** 32 - 1

/**
 * Compares a value with a shape.
 *
 * @param name of the value, for the sentence that says what is wrong
 */
export function misshapen(value: unknown, shape: Shape, name: string): string | undefined {
  if (shape === 'any') return undefined
  if (shape === 'text') return typeof value === 'string' ? undefined : `\`${name}\` must be a string.`
  if (shape === 'count') {
    const isCount = Number.isInteger(value) && 0 <= (value as number) && (value as number) <= MAX_COUNT
    return isCount ? undefined : `\`${name}\` must be an integer from 0 to ${MAX_COUNT}.`
  }
  if (shape === 'integer') return Number.isInteger(value) ? undefined : `\`${name}\` must be an integer.`
  if (shape === 'id')
    return typeof value === 'string' || Number.isInteger(value)
      ? undefined
      : `\`${name}\` must be a string or an integer.`
  if ('list' in shape) {
    if (!Array.isArray(value)) return `\`${name}\` must be a list.`
    for (const [i, item] of value.entries()) {
      const wrong = misshapen(item, shape.list, `${name}[${i}]`)
      if (wrong !== undefined) return wrong
    }
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `\`${name}\` must be an object.`
  const keys = 'keys' in shape ? shape.keys : keysOf(shape.kinds, value)
  if (!keys) return `\`${name}.kind\` must be one that there is.`
  for (const [key, inner] of Object.entries(keys)) {
    const isOptional = key.endsWith('?')
    const field = isOptional ? key.slice(0, -1) : key
    const found = (value as Record<string, unknown>)[field]
    if (isOptional && (found === undefined || found === null)) continue
    const wrong = misshapen(found, inner, `${name}.${field}`)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function keysOf(kinds: { readonly [kind: string]: Keys }, value: object): Keys | undefined {
  const { kind } = value as { kind?: unknown }
  return typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
}

const object = (keys: Keys): Shape => ({ keys })
const list = (of: Shape): Shape => ({ list: of })

const document = { textDocument: object({ uri: 'text' }) }
const position = object({ line: 'count', character: 'count' })
const range = object({ start: position, end: position })
const place = { ...document, position }
const folders = list(object({ uri: 'text' }))
/** Of a call hierarchy, as the server itself has given it. */
const span = object({ start: 'count', end: 'count' })
const entity = object({
  ...{ kind: 'text', key: 'text', name: 'text' },
  'declaration?': object({ path: 'text', name: span }),
})
const caller = object({ item: object({ data: object({ path: 'text', selection: span, 'entity?': entity }) }) })
/** What an item of completion is about, as the server itself has given it. */
const about: Shape = {
  kinds: {
    name: { name: 'text' },
    member: { path: list('text') },
    keyword: { name: 'text' },
    builtIn: { name: 'text' },
    type: { name: 'text' },
    setting: { name: 'text' },
    export: { path: 'text', name: 'text' },
  } satisfies Record<About['kind'], Keys>,
}

/** The parameters of requests and notifications, as far as the server looks at them. */
export const paramsOf: Readonly<Record<string, Shape>> = {
  '$/cancelRequest': object({ id: 'id' }),
  initialize: object({ capabilities: object({}), 'workspaceFolders?': folders, 'rootUri?': 'text' }),
  'textDocument/didOpen': object({ textDocument: object({ uri: 'text', version: 'any', text: 'text' }) }),
  'textDocument/didChange': object({
    textDocument: object({ uri: 'text', version: 'integer' }),
    contentChanges: list(object({ text: 'text', 'range?': range })),
  }),
  'textDocument/didClose': object(document),
  'textDocument/didSave': object(document),
  'workspace/didChangeWatchedFiles': object({ changes: list(object({ uri: 'text' })) }),
  'workspace/didChangeWorkspaceFolders': object({ event: object({ added: folders, removed: folders }) }),
  'textDocument/completion': object(place),
  'completionItem/resolve': object({
    label: 'text',
    'data?': object({ uri: 'text', position, about }),
  }),
  'textDocument/hover': object(place),
  'textDocument/signatureHelp': object(place),
  'textDocument/definition': object(place),
  'textDocument/typeDefinition': object(place),
  'textDocument/references': object({ ...place, context: object({}) }),
  'textDocument/documentHighlight': object(place),
  'textDocument/documentSymbol': object(document),
  'workspace/symbol': object({ query: 'text' }),
  'textDocument/codeAction': object({ ...document, range, context: object({ 'only?': list('text') }) }),
  'textDocument/codeLens': object(document),
  'textDocument/documentLink': object(document),
  'textDocument/formatting': object(document),
  'textDocument/rangeFormatting': object({ ...document, range }),
  'textDocument/onTypeFormatting': object({ ...place, ch: 'text' }),
  'textDocument/prepareRename': object(place),
  'textDocument/rename': object({ ...place, newName: 'text' }),
  'workspace/willRenameFiles': object({ files: list(object({ oldUri: 'text', newUri: 'text' })) }),
  'textDocument/foldingRange': object(document),
  'textDocument/selectionRange': object({ ...document, positions: list(position) }),
  'textDocument/linkedEditingRange': object(place),
  'textDocument/prepareCallHierarchy': object(place),
  'callHierarchy/incomingCalls': caller,
  'callHierarchy/outgoingCalls': caller,
  'textDocument/semanticTokens/full': object(document),
  'textDocument/semanticTokens/full/delta': object({ ...document, previousResultId: 'text' }),
  'textDocument/semanticTokens/range': object({ ...document, range }),
  'textDocument/inlayHint': object({ ...document, range }),
  'textDocument/diagnostic': object({ ...document, 'previousResultId?': 'text' }),
  'workspace/diagnostic': object({ previousResultIds: list(object({ uri: 'text', value: 'text' })) }),
  'workspace/executeCommand': object({ command: 'text', 'arguments?': list('any') }),
  'ipvm/wit': object({ uri: 'text' }),
  'ipvm/cid': object({ ...document, 'job?': 'text' }),
  'ipvm/graph': object({ ...document, job: 'text' }),
}
