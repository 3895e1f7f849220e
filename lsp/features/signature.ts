import type { Called, Target } from '../../compiler/notes.ts'
import type { Scope } from '../../compiler/scope.ts'
import type { Call } from '../../grammar/nodes.ts'
import { calleeOf, current } from '../entity.ts'
import type { View } from '../interface.ts'
import { describe } from '../describe/target.ts'
import {
  builtInText,
  compiledSignature,
  functionSignature,
  jobSignature,
  operationSignature,
  type SignatureText,
} from '../describe/signature.ts'
import { typeText } from '../describe/type.ts'
import { localsAt } from '../locals.ts'
import { inComment, isWord, openedIn, tokensAround, type Token } from '../tokens.ts'
import { nodesAt } from '../tree.ts'

/** What a call takes, and which of it is being written. */
export interface SignatureHelp {
  /** `crop(picture: picture, x: u32) -> picture` */
  label: string
  /** Of each parameter in the label. */
  params: { start: number; end: number }[]
  /** The parameter that is being written, -1 where none is left. */
  active: number
  docs?: string
}

/** What the innermost call around an offset takes. */
export function signatureHelp(view: View, offset: number): SignatureHelp | undefined {
  if (inComment(view, offset)) return undefined
  const open = openCall(tokensAt(view, offset), offset)
  if (!open) return undefined
  const path = nodesAt(view.tree, open.at)
  const call = path.findLast(
    (node): node is Call => node.kind === 'Call' && node.callee.end <= open.at && open.at < node.end,
  )
  const isLocal = localsAt(path, open.at, view.notesOf(path[1] ?? path[0]!)).some(({ name }) => name === open.name)
  const found = (call && ofCall(view, call)) ?? (isLocal ? undefined : ofName(view, open.name, path[1]))
  if (!found) return undefined
  const { signature, docs, rest } = found
  return { ...labelled(signature), active: activeOf(signature, open, rest), ...(docs ? { docs } : {}) }
}

/** The tokens around an offset; of a text that is not closed those of the expression in it. */
function tokensAt(view: View, offset: number): Token[] {
  const tokens = tokensAround(view, offset)
  const index = tokens.findLastIndex(({ start }) => start < offset)
  const opened = tokens[index]?.type === 'Text' ? openedIn(view, tokens[index], offset) : undefined
  return opened ? [...tokens.slice(0, index), ...opened] : tokens
}

/** A call that is open before an offset. */
interface OpenCall {
  /** Of its parenthesis. */
  at: number
  /** The last part of what is called, where that is a name alone. */
  name: string | undefined
  /** Arguments before the one that is being written, by name where they have one. */
  before: (string | undefined)[]
  /** The name of the one that is being written. */
  current: string | undefined
}

function openCall(all: Token[], offset: number): OpenCall | undefined {
  const tokens = all.filter(({ start }) => start < offset)
  const word = tokens.at(-1)
  const isName = word && word.end >= offset && all[tokens.length]?.type === 'Colon'
  const frames: { open: Token; index: number; args: (string | undefined)[]; name: string | undefined }[] = []
  for (const [index, token] of tokens.entries()) {
    const top = frames.at(-1)
    // A statement closes what was left open in the one above.
    if (token.type === 'LetWord') while (frames.length > 0 && frames.at(-1)!.open.type !== 'LBrace') frames.pop()
    if (/^(LParen|LBracket|LBrace|TemplateStart)$/.test(token.type))
      frames.push({ open: token, index, args: [], name: undefined })
    else if (/^(RParen|RBracket|RBrace|TemplateEnd)$/.test(token.type) && token.end <= offset) frames.pop()
    else if (top && token.type === 'Comma') {
      top.args.push(top.name)
      top.name = undefined
    } else if (top && token.type === 'Colon') top.name = tokens[index - 1]?.text
  }
  for (let i = frames.length - 1; i >= 0; i--) {
    const { open, index, args, name } = frames[i]!
    // What stands in a block is no part of an argument.
    if (open.type === 'LBrace' && frames[i - 1]?.open.type !== 'LParen') return undefined
    const callee = tokens[index - 1]
    if (open.type !== 'LParen' || !callee || !isWord(callee) || isDeclared(tokens, index)) continue
    if (callee.end !== open.start || notCalled.has(callee.text)) continue
    const alone = tokens[index - 2]?.type !== 'Dot'
    return {
      at: open.start,
      name: alone ? callee.text : undefined,
      before: args,
      current: i === frames.length - 1 && isName ? word.text : name,
    }
  }
  return undefined
}

const notCalled = new Set(['if', 'match', 'in', 'do', 'try', 'after', 'with', 'from', 'assert', 'fails'])

/** Whether a parenthesis is that of parameters, which are declared. */
function isDeclared(tokens: Token[], index: number): boolean {
  const word = tokens[index - 2]?.type
  const isHead = word === 'JobWord' || word === 'QueryWord' || word === 'CommandWord' || word === 'NoteWord'
  return isHead || tokens[index - 1]!.type === 'FuncWord'
}

interface Found {
  signature: SignatureText
  docs: string | undefined
  /** Its last parameter takes all that follow. */
  rest: boolean
}

function ofCall(view: View, call: Call): Found | undefined {
  const target = calleeOf(view, call)
  const known = target && ofTarget(view, target)
  if (known) return known
  const item = nodesAt(view.tree, call.start)[1]
  const called = item && view.notesOf(item)?.calls.get(call)
  if (called && call.callee.kind !== 'Reference')
    return { signature: written(view, called), docs: undefined, rest: false }
  return undefined
}

function written(view: View, { name, params, result }: Called): SignatureText {
  const shown = params.map(param => `${param.name}: ${typeText(view, param.type)}`)
  return { name, params: shown, result: typeText(view, result) }
}

function ofTarget(view: View, target: Target): Found | undefined {
  const docs = describe(view, target)?.docs
  const plain = (signature: SignatureText): Found => ({ signature, docs, rest: false })
  switch (target.kind) {
    case 'function':
      return plain(functionSignature(view, target.func))
    case 'operation': {
      const effect = current(target.effect)
      const name = target.operation.op.slice(target.operation.op.indexOf('/') + 1)
      const node = effect.node.operations.find(operation => operation.name.text === name)
      return node && plain(operationSignature(effect, node))
    }
    case 'symbol':
      return ofSymbol(target.symbol.name, new Map([[target.symbol.name, target.symbol]]), docs)
    case 'case': {
      const { name, payload, of } = target
      return payload && plain({ name, params: [typeText(view, payload)], result: typeText(view, of) })
    }
    default:
      return undefined
  }
}

function ofSymbol(name: string, scope: Scope, docs: string | undefined): Found | undefined {
  const symbol = scope.get(name)
  if (symbol?.kind === 'job') return { signature: jobSignature(symbol), docs, rest: false }
  if (symbol?.kind === 'compiled') return { signature: compiledSignature(name, symbol.job), docs, rest: false }
  return undefined
}

/** What is called by a name where the tree has lost the call, and built-ins. */
function ofName(view: View, name: string | undefined, item: object | undefined): Found | undefined {
  if (name === undefined) return undefined
  const symbol = view.scope.get(name)
  if (symbol) {
    if (symbol.node === item) return undefined
    return ofSymbol(name, view.scope, 'docs' in symbol.node ? symbol.node.docs : undefined)
  }
  const found = builtInText(name)
  return found && { signature: found, docs: found.doc, rest: found.rest }
}

function labelled({ name, params, result }: SignatureText): Pick<SignatureHelp, 'label' | 'params'> {
  let label = `${name}(`
  const places = params.map((param, i) => {
    if (i > 0) label += ', '
    const start = label.length
    label += param
    return { start, end: label.length }
  })
  label += result === undefined ? ')' : `) -> ${result}`
  return { label, params: places }
}

/** The parameter that the argument under the cursor goes to: by its name, else the first that has none yet. */
function activeOf({ params }: SignatureText, { before, current }: OpenCall, rest: boolean): number {
  const names = params.map(param => /^[\w-]+(?=:)/.exec(param)?.[0])
  if (current !== undefined) return names.indexOf(current)
  const place = before.length
  const named = before.filter(name => name !== undefined)
  if (named.length === 0) return place < params.length ? place : rest ? params.length - 1 : -1
  // Behind a named argument all others have names: the next that is free is offered.
  const positional = before.length - named.length
  return names.findIndex((name, i) => i >= positional && !named.includes(name!))
}
