import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as schedule from '../../../runtime/wasm/schedule.ts'

const page = readFileSync(new URL('../../../docs/gas.md', import.meta.url), 'utf8')

/** Opcodes by the names that the page has, for classes that are not the rest. */
const opcodes: { readonly [name: string]: number[] } = {
  nop: [0x01],
  block: [0x02],
  loop: [0x03],
  else: [0x05],
  end: [0x0b],
  drop: [0x1a],
  call: [0x10],
  return_call: [0x12],
  call_indirect: [0x11],
  return_call_indirect: [0x13],
  div_s: [0x6d, 0x7f],
  div_u: [0x6e, 0x80],
  rem_s: [0x6f, 0x81],
  rem_u: [0x70, 0x82],
  div: [0x95, 0xa3, 0xfde7, 0xfdf3],
  sqrt: [0x91, 0x9f, 0xfde3, 0xfdef],
  'memory.copy': [0xfc0a],
  'memory.fill': [0xfc0b],
  'memory.init': [0xfc08],
  'memory.grow': [0x40],
  'table.copy': [0xfc0e],
  'table.fill': [0xfc11],
  'table.init': [0xfc0c],
  'table.grow': [0xfc0f],
}
const types = ['i32', 'i64', 'f32', 'f64', 'f32x4', 'f64x2']

function rows(heading: string): string[][] {
  const section = page.split(`## ${heading}\n`)[1]!.split('\n## ')[0]!
  const lines = section.split('\n').filter(line => line.startsWith('|'))
  return lines.slice(2).map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  )
}

describe('docs/gas.md says what the code does', () => {
  test('of every instruction', () => {
    const named = new Set<number>()
    for (const [cell, text, units] of rows('Instructions')) {
      const name = cell!.replaceAll('`', '') as schedule.CostClass
      expect(Number(units), name).toBe(schedule.instructionCosts[name])
      if (name === 'plain') continue
      for (const [, word] of text!.matchAll(/`([a-z0-9_.]+)`/g)) {
        if (types.includes(word!)) continue
        // An import is told from a function of the module by its index.
        if (name === 'distantCall' && (word === 'call' || word === 'return_call')) continue
        for (const op of opcodes[word!] ?? expect.fail(`no instruction ${word}`)) {
          expect(schedule.costOf(op), word).toBe(Number(units))
          named.add(op)
        }
      }
    }
    const every = [...Array(256).keys()].flatMap(n => [n, 0xfc00 + n, 0xfd00 + n])
    for (const op of every)
      if (!named.has(op)) expect(schedule.costOf(op), String(op)).toBe(schedule.instructionCosts.plain)
    expect(
      rows('Instructions')
        .map(([cell]) => cell!.replaceAll('`', ''))
        .sort(),
    ).toEqual(Object.keys(schedule.instructionCosts).sort())
  })

  test('of what is charged by length', () => {
    const figures = rows('By length').map(([, name, text]) => [name!.replaceAll('`', ''), text] as const)
    expect(figures.length).toBe(8)
    for (const [name, text] of figures) {
      const value = schedule[name as keyof typeof schedule] as number
      const [, number] = /^(?:1 for each )?(\d+)/.exec(text!)!
      expect(Number(number), name).toBe(value)
    }
  })

  test('of the stack and the version', () => {
    const section = page.split('## Stack\n')[1]!.split('\n## ')[0]!.replace(/\s+/g, ' ')
    for (const name of ['stackBytes', 'leafBytes', 'crossingBytes'] as const)
      expect(section).toMatch(new RegExp(`\\b${schedule[name]} bytes[^.]*\`${name}\``))
    expect(schedule.frameBytes(0, false, 0)).toBe(96)
    expect(schedule.frameBytes(1, false, 0) - 96).toBe(8)
    expect(schedule.frameBytes(1, true, 0) - 96).toBe(16)
    expect(schedule.frameBytes(0, false, 7) - 96).toBe(7)
    expect(section).toContain(`${schedule.engineStack} MB from the engine`)
    expect(section).toContain('96 bytes for each, and 8 for each parameter, local and operand')
    expect(page).toContain(`version ${schedule.METER_VERSION} of the meter`)
  })
})
