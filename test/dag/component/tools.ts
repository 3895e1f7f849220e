import { readFileSync } from 'node:fs'
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import { expect } from 'vitest'
import { decodeComponent } from '../../../dag/component/decode.ts'
import type { ComponentError, Component } from '../../../dag/component/interface.ts'
import { readComponent, type ReadComponent } from '../../../dag/component/read.ts'

/** The oracle: what the Bytecode Alliance's tools make of a WIT document or a text. */
export { parse }

/** A core module with an embedded world; without a module of its own it has dummy functions. */
export async function embed(witSource: string, binary?: Uint8Array, stringEncoding: 'utf8' | 'utf16' = 'utf8') {
  const opts = { witSource, stringEncoding, ...(binary ? { binary } : { dummy: true }) }
  return await componentEmbed(opts as Parameters<typeof componentEmbed>[0])
}

export async function build(module: Uint8Array): Promise<Uint8Array> {
  return await componentNew(module, [])
}

export function component(bytes: Uint8Array): Component {
  const result = decodeComponent(bytes)
  if (!result.ok) throw new Error(`${result.error.message} (${result.error.code} at ${result.error.offset})`)
  return result.value
}

export function read(bytes: Uint8Array): ReadComponent {
  const result = readComponent(bytes)
  if (!result.ok) throw new Error(`${result.error.message} (${result.error.code} at ${result.error.offset})`)
  return result.value
}

/** The error that reading must give. */
export function refusal(bytes: Uint8Array): ComponentError {
  const result = readComponent(bytes)
  expect(result.ok).toBe(false)
  return result.ok ? { code: 'malformed', message: '', offset: -1 } : result.error
}

export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../fixtures/components/${name}`, import.meta.url)))
}

/** A component of raw sections: id, then content. */
export function sections(...list: [id: number, content: number[]][]): Uint8Array {
  return Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00, ...list.flatMap(sectionBytes)])
}

function sectionBytes([id, content]: [number, number[]]): number[] {
  return [id, ...leb(content.length), ...content]
}

export function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)]
}

export function text(value: string): number[] {
  const bytes = [...new TextEncoder().encode(value)]
  return [...leb(bytes.length), ...bytes]
}
