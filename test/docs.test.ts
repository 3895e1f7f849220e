import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { diagnostics } from '../grammar/diagnostics.ts'
import { keywords } from '../grammar/keywords.ts'
import { parse } from '../grammar/parse.ts'

const root = join(import.meta.dirname, '..')
const manual = readFileSync(join(root, 'docs/language.md'), 'utf8')

describe.each(['docs/language.md', 'docs/runtime.md', 'docs/dag.md', 'README.md'])('%s', file => {
  const text = readFileSync(join(root, file), 'utf8')
  const samples = [...text.matchAll(/```ipvm\n(.*?)```/gs)].map(match => match[1]!)

  test('has samples that can be read', () => {
    for (const sample of samples) {
      // `…` stands for what a reader can think of.
      const whole = sample.replace(/\{ … \}/g, '{ 0 }').replace(/\(…\)/g, '()')
      const asFile = parse(whole, file).diagnostics
      const inJob = asFile.length > 0 ? parse(`job sample() -> u8 {\n${whole}\n0\n}\n`, file).diagnostics : []
      expect(
        inJob.map(({ message }) => message),
        sample,
      ).toEqual([])
    }
  })

  test('names only codes that there are', () => {
    const known = new Set<string>(Object.values(diagnostics).map(row => row.code))
    const named = [...text.matchAll(/IPVM[1-8]\d{3}/g)].map(match => match[0])
    expect(named.filter(code => !known.has(code))).toEqual([])
  })
})

describe('the grammar in the manual', () => {
  const grammar = /```ebnf\n(.*?)```/s.exec(manual)![1]!

  test('has every word of the language', () => {
    const words = new Set([...grammar.matchAll(/"([a-z]+)"/g)].map(match => match[1]))
    const known = keywords.map(({ text }) => text)
    expect(known.filter(word => !words.has(word))).toEqual([])
  })

  test('defines every rule that it uses, and uses every one but the first', () => {
    const rules = [...grammar.matchAll(/^(\w+)\s+::=/gm)].map(match => match[1]!)
    const plain = grammar.replace(/"[^"\n]*"|'[^'\n]*'|\[[^\]\n]*\]/g, ' ')
    const used = new Set(plain.split('\n').flatMap(line => line.replace(/^\w+\s+::=/, '').match(/\w+/g) ?? []))
    const given = ['NL', 'SEP', 'character', 'escape', 'ascii', 'hex', 'integer']
    expect([...used].filter(name => !rules.includes(name) && !given.includes(name))).toEqual([])
    expect(rules.slice(1).filter(name => !used.has(name))).toEqual([])
  })
})
