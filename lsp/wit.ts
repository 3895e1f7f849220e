import type { ComponentModule } from '../compiler/component.ts'
import { showType, type Type } from '../dag/types.ts'
import type { Range } from './interface.ts'

/** The interface of a component as a WIT text, and where in it things stand. */
export interface Wit {
  text: string
  /**
   * Names by what they name: `crop` or `image.crop` of a function, `image.angle` of a type, `image` of an interface;
   * behind a `#` a parameter of a function, or a field, a case or a flag of a type.
   */
  places: Map<string, Range>
}

/** Names that WIT has for itself, which are written with `%` in front (WIT.md, Keywords). */
const keywords = new Set(
  (
    'as async bool borrow char constructor enum export f32 f64 flags from func future import include interface list map ' +
    'option own package record resource result s16 s32 s64 s8 static stream string tuple type u16 u32 u64 u8 use ' +
    'variant with world'
  ).split(' '),
)

/** What stands in an interface, or directly in the world. */
interface Section {
  /** Absent of the world. */
  name: string | undefined
  types: [name: string, path: string, type: Type][]
  functions: string[]
}

/**
 * Prints the interface of a component as WIT. Types that it names nowhere are named `type-1`, `type-2` …, since WIT has
 * no records and variants without names.
 *
 * @param name of the world
 */
export function printWit(component: ComponentModule, name: string): Wit {
  return new Printer(component).print(name)
}

class Printer {
  readonly #component: ComponentModule
  readonly #places = new Map<string, Range>()
  readonly #lines: string[] = []
  #length = 0
  /** Names of the section that is printed, by the types as texts. */
  #names = new Map<string, string>()
  /** What it prints beside the types that have names. */
  #unnamed: { name: string; type: Type }[] = []
  #count = 0

  constructor(component: ComponentModule) {
    this.#component = component
  }

  print(name: string): Wit {
    const world = kebab(name)
    this.#line(0, ['package local:', named(world), ';'])
    const sections = this.#sections()
    for (const section of sections) if (section.name !== undefined) this.#interface(section, section.name)
    this.#line(0, [])
    this.#line(0, ['world ', named(world), ' {'])
    for (const section of sections)
      if (section.name === undefined) this.#body(section, 'export ')
      else this.#line(1, ['export ', named(section.name), ';'])
    this.#line(0, ['}'])
    return { text: this.#lines.join(''), places: this.#places }
  }

  #sections(): Section[] {
    const sections = new Map<string | undefined, Section>()
    const sectionOf = (path: string): Section => {
      const dot = path.lastIndexOf('.')
      const name = dot < 0 ? undefined : path.slice(0, dot)
      const known = sections.get(name) ?? { name, types: [], functions: [] }
      sections.set(name, known)
      return known
    }
    for (const [path, type] of this.#component.types) sectionOf(path).types.push([lastOf(path), path, type])
    for (const path of this.#component.functions.keys()) sectionOf(path).functions.push(path)
    return [...sections.values()]
  }

  #interface(section: Section, name: string): void {
    this.#line(0, [])
    this.#line(0, ['interface ', [named(name), name], ' {'])
    this.#body(section, '')
    this.#line(0, ['}'])
  }

  #body(section: Section, before: string): void {
    this.#names = new Map()
    for (const [name, , type] of section.types) if (hasNames(type)) this.#names.set(showType(type), name)
    this.#unnamed = []
    let first = true
    const gap = (): void => {
      if (!first) this.#line(0, [])
      first = false
    }
    for (const [name, path, type] of section.types) {
      gap()
      this.#docs(this.#component.typeDocs.get(path))
      this.#declare(name, type, path)
    }
    for (const path of section.functions) {
      const func = this.#component.functions.get(path)!
      const params = func.params.map(({ name, type }) => [name, this.#type(type)] as const)
      const result = func.result.kind === 'unit' ? '' : ` -> ${this.#type(func.result)}`
      gap()
      this.#docs(func.docs)
      const parts: Part[] = [before, [named(lastOf(path)), path], ': func(']
      for (const [i, [name, type]] of params.entries())
        parts.push(i > 0 ? ', ' : '', [named(name), `${path}#${name}`], `: ${type}`)
      this.#line(1, [...parts, `)${result};`])
    }
    // Printing one may name more.
    for (const { name, type } of this.#unnamed) {
      gap()
      this.#declare(name, type, undefined)
    }
  }

  #docs(docs: string | undefined): void {
    for (const line of docs?.split(/\r\n?|\n/) ?? []) this.#line(1, [line.trim() === '' ? '///' : `/// ${line}`])
  }

  /** @param path of one that the component names */
  #declare(name: string, type: Type, path: string | undefined): void {
    const place = (part?: string): string | undefined => path && (part === undefined ? path : `${path}#${part}`)
    const head = (word: string): void => this.#line(1, [`${word} `, [named(name), place()], ' {'])
    const member = (part: string, rest: string): void => this.#line(2, [[named(part), place(part)], rest, ','])
    switch (type.kind) {
      case 'record': {
        const fields = type.fields.map(field => [field.name, `: ${this.#type(field.type)}`] as const)
        head('record')
        for (const [part, rest] of fields) member(part, rest)
        break
      }
      case 'variant': {
        const cases = type.cases.map(entry => [entry.name, entry.type ? `(${this.#type(entry.type)})` : ''] as const)
        head('variant')
        for (const [part, rest] of cases) member(part, rest)
        break
      }
      case 'enum':
        head('enum')
        for (const part of type.cases) member(part, '')
        break
      case 'flags':
        head('flags')
        for (const part of type.flags) member(part, '')
        break
      default:
        return this.#line(1, ['type ', [named(name), place()], ` = ${this.#written(type)};`])
    }
    this.#line(1, ['}'])
  }

  /** How a type is written where it is used: by its name, where it has one. */
  #type(type: Type): string {
    if (!hasNames(type)) return this.#written(type)
    const key = showType(type)
    const known = this.#names.get(key)
    if (known !== undefined) return named(known)
    const name = `type-${++this.#count}`
    this.#names.set(key, name)
    this.#unnamed.push({ name, type })
    return name
  }

  #written(type: Type): string {
    switch (type.kind) {
      case 'list':
        return `list<${this.#type(type.element)}>`
      case 'option':
        return `option<${this.#type(type.some)}>`
      case 'tuple':
        return `tuple<${type.items.map(item => this.#type(item)).join(', ')}>`
      case 'result': {
        if (type.error.kind === 'unit') return type.ok.kind === 'unit' ? 'result' : `result<${this.#type(type.ok)}>`
        return `result<${type.ok.kind === 'unit' ? '_' : this.#type(type.ok)}, ${this.#type(type.error)}>`
      }
      default:
        return type.kind
    }
  }

  #line(depth: number, parts: Part[]): void {
    let text = parts.length === 0 ? '' : '  '.repeat(depth)
    for (const part of parts) {
      const [word, path] = typeof part === 'string' ? [part, undefined] : part
      const start = this.#length + text.length
      text += word
      if (path !== undefined) this.#places.set(path, { start, end: start + word.length })
    }
    this.#lines.push(`${text}\n`)
    this.#length += text.length + 1
  }
}

/** Whether WIT has no way to write a type but under a name. */
function hasNames({ kind }: Type): boolean {
  return kind === 'record' || kind === 'variant' || kind === 'enum' || kind === 'flags'
}

/** A text, or a name and what it names. */
type Part = string | [word: string, path: string | undefined]

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}

/** A name of the language as one of WIT. */
function kebab(name: string): string {
  return name.toLowerCase().replace(/_+/g, '-').replace(/^-|-$/g, '') || 'component'
}

function named(name: string): string {
  return keywords.has(name) ? `%${name}` : name
}
