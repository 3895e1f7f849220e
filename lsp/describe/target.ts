import { operationName } from '../../compiler/check/effects.ts'
import type { Target } from '../../compiler/notes.ts'
import { resolve, type Open } from '../../compiler/open.ts'
import type { Symbol } from '../../compiler/scope.ts'
import { keywordByText } from '../../grammar/keywords.ts'
import type { Operation } from '../../grammar/nodes.ts'
import { current } from '../entity.ts'
import type { CheckedView, View } from '../interface.ts'
import { witOf } from '../virtual.ts'
import {
  builtInText,
  callText,
  compiledSignature,
  jobSignature,
  operationSignature,
  type SignatureText,
} from './signature.ts'
import { typeName, typeText } from './type.ts'

/** What something is, for people. */
export interface Description {
  /** As it is declared. */
  code: string
  language: 'ipvm' | 'wit'
  /** What its author says of it, Markdown. */
  docs?: string | undefined
  /** What is known beside that, a paragraph each, Markdown. */
  notes?: string[]
}

/** Lines of an interface that are shown, and characters of a type or a constant. */
const MAX_LINES = 40
const MAX_SOURCE = 1000
/** A signature that is longer has its parameters on lines of their own. */
const MAX_LINE = 80

export function markdown({ code, language, docs, notes = [] }: Description): string {
  const parts = [`\`\`\`${language}\n${code}\n\`\`\``, ...(docs ? [docs] : []), ...notes]
  return parts.join('\n\n')
}

/** What a name stands for. */
export function describe(view: View | CheckedView, target: Target): Description | undefined {
  switch (target.kind) {
    case 'local': {
      const { name, type, literal } = target.binding
      const value = literal ? ` = ${view.lines.slice(literal.start, literal.end)}` : ''
      // A literal without a type of its own is of another one at each place.
      const shown = literal && resolve(type).kind === 'variable' ? '' : `: ${typeText(view, type)}`
      return { code: `${name}${shown}${value}`, language: 'ipvm' }
    }
    case 'symbol':
      return describeSymbol(view, current(target.symbol))
    case 'interface':
    case 'function':
    case 'exported':
      return describeExport(target)
    case 'operation': {
      const effect = current(target.effect)
      const name = target.operation.op.slice(target.operation.op.indexOf('/') + 1)
      const node = effect.node.operations.find(operation => operation.name.text === name)
      return node && describeOperation(effect, node)
    }
    case 'field':
      return {
        code: `${target.name}: ${typeText(view, target.type)}`,
        language: 'ipvm',
        notes: ofType(view, target.of),
      }
    case 'case': {
      const payload = target.payload ? `(${typeText(view, target.payload)})` : ''
      const of = resolve(target.of).kind === 'flags' ? 'A flag' : 'A case'
      return { code: `${target.name}${payload}`, language: 'ipvm', notes: ofType(view, target.of, of) }
    }
    case 'stated':
    case 'parameter': {
      const { name, type, func } = target
      const notes = [`A parameter of \`${typeof func === 'string' ? func : func.path}\`.`]
      return { code: `${name}: ${typeText(view, type)}`, language: 'ipvm', notes }
    }
  }
}

function ofType(view: View, type: Open, what = 'A field'): string[] {
  return [`${what} of \`${typeName(view, type) ?? typeText(view, type)}\`.`]
}

/** What a file declares or imports. */
export function describeSymbol(view: View | CheckedView, symbol: Symbol): Description | undefined {
  const { home, name } = symbol
  switch (symbol.kind) {
    case 'job': {
      const { docs, exported } = symbol.node
      const word = exported ? 'export job' : 'job'
      return { code: `${word} ${broken(jobSignature(symbol))}`, language: 'ipvm', docs, notes: performed(view, symbol) }
    }
    case 'const': {
      const { docs, value } = symbol.node
      const { type } = home.constOf(symbol)
      const source = cut(home.source.slice(value.start, value.end), MAX_SOURCE)
      return { code: `const ${name}: ${typeText(view, type)} = ${source}`, language: 'ipvm', docs }
    }
    case 'type': {
      const { docs, type } = symbol.node
      return {
        code: `type ${name} = ${cut(home.source.slice(type.start, type.end), MAX_SOURCE)}`,
        language: 'ipvm',
        docs,
      }
    }
    case 'effect': {
      const { docs, operations, scheme } = symbol.node
      const lines = operations.slice(0, MAX_LINES).map(node => {
        return `  ${node.operation} ${node.name.text}${callText(operationSignature(symbol, node))}`
      })
      const code = `effect ${name}("${scheme.value}") {\n${lines.join('\n')}\n}`
      return { code, language: 'ipvm', docs }
    }
    case 'module': {
      const wit = witOf(symbol)
      if (!wit || !symbol.component) return undefined
      return { code: firstLines(wit.text), language: 'wit', notes: [`CID \`${symbol.component.cid}\``] }
    }
    case 'compiled': {
      const { job } = symbol
      const uses = job.uses.map(op => `\`${operationName(op)}\``).join(', ')
      const notes = [...(uses === '' ? [] : [`Performs ${uses}.`]), `CID \`${job.cid}\``]
      return { code: `job ${broken(compiledSignature(name, job))}`, language: 'ipvm', notes }
    }
    case 'lost':
      return undefined
  }
}

/** What a job does to the world; told of a file that was checked to its end. */
function performed(view: View | CheckedView, symbol: Symbol & { kind: 'job' }): string[] {
  if (!('diagnostics' in view)) return []
  const names = [...symbol.home.jobOf(symbol).effects.keys()].map(operationName).sort()
  return names.length === 0 ? [] : [`Performs ${names.map(name => `\`${name}\``).join(', ')}.`]
}

export function describeOperation(effect: Symbol & { kind: 'effect' }, node: Operation): Description {
  const signature = { ...operationSignature(effect, node), name: `${effect.name}.${node.name.text}` }
  const about = keywordByText.get(node.operation.split(' ').at(-1)!)!.doc
  const twice = node.operation.startsWith('idempotent') ? ['Doing it twice is doing it once.'] : []
  return {
    code: `${node.operation} ${broken(signature)}`,
    language: 'ipvm',
    docs: node.docs,
    notes: [[about, ...twice].join(' ')],
  }
}

/** A built-in function or a constructor. */
export function describeBuiltIn(name: string): Description | undefined {
  if (name === 'none') return { code: 'none: option<T>', language: 'ipvm', docs: 'No value of an `option`.' }
  const found = builtInText(name)
  return found && { code: `${name}${callText(found)}`, language: 'ipvm', docs: found.doc }
}

/** What a component exports: as its WIT has it. */
function describeExport(target: Target & { kind: 'interface' | 'function' | 'exported' }): Description | undefined {
  const wit = witOf(target.module)
  const path = target.kind === 'function' ? target.func.path : target.path
  const place = wit?.places.get(path)
  if (!wit || !place) return undefined
  const start = wit.text.lastIndexOf('\n', place.start) + 1
  const indent = /^ */.exec(wit.text.slice(start))![0]
  const line = wit.text.slice(start, endOfLine(wit.text, start))
  const close = wit.text.indexOf(`\n${indent}}`, start)
  const end = line.endsWith('{') && close >= 0 ? close + indent.length + 2 : start + line.length
  const code = wit.text
    .slice(start, end)
    .split('\n')
    .map(each => each.slice(indent.length))
    .join('\n')
  const { component } = target.module
  const docs = target.kind === 'function' ? target.func.docs : component?.typeDocs.get(path)
  return { code: firstLines(code).replace(/^export /, ''), language: 'wit', docs }
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start)
  return end < 0 ? text.length : end
}

function firstLines(text: string): string {
  const lines = text.trimEnd().split('\n')
  return lines.length <= MAX_LINES ? lines.join('\n') : `${lines.slice(0, MAX_LINES).join('\n')}\n…`
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text
}

/** A signature, on several lines where it is long. */
function broken(signature: SignatureText): string {
  const line = `${signature.name}${callText(signature)}`
  if (line.length <= MAX_LINE || signature.params.length < 2) return line
  const result = signature.result === undefined ? '' : ` -> ${signature.result}`
  return `${signature.name}(\n${signature.params.map(param => `  ${param},\n`).join('')})${result}`
}
