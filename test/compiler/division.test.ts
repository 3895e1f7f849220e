import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkFile } from '../../compiler/check.ts'
import type { Item } from '../../grammar/nodes.ts'
import { parse } from '../../grammar/parse.ts'
import { compiled, memoryHost } from '../harness/host.ts'
import { print, program, styleOf } from './generate.ts'

interface Declaration {
  name: string
  text: string
}

/** The declarations of a file but for imports and `config`, each behind those that it names; jobs can be imported. */
async function declarationsOf(text: string): Promise<Declaration[]> {
  const checked = await checkFile(memoryHost({ 'main.ipvm': text }), 'main.ipvm')
  const declared = new Map<string, Declaration>()
  for (const item of parse(text, 'main.ipvm').module.items) {
    const name = nameOf(item)
    if (name === undefined) continue
    let own = text.slice(item.start, item.end)
    if (item.kind === 'Job' && name !== 'main') {
      const effects = [...(checked.module?.jobs.get(name)?.effects.values() ?? [])]
      const uses = effects.length === 0 ? '' : `uses ${effects.map(({ op }) => op.replace('/', '.')).join(', ')} `
      const body = item.body.start - item.start
      own = `${own.slice(0, body)}${uses}${own.slice(body)}`.replace(/^(\/\/\/.*\n)*job /, found =>
        found.replace(/job $/, 'export job '),
      )
    }
    declared.set(name, { name, text: own })
  }
  const order = new Set<Declaration>()
  const visit = (declaration: Declaration): void => {
    if (order.has(declaration)) return
    for (const other of declared.values())
      if (other !== declaration && mentions(declaration.text, other.name)) visit(other)
    order.add(declaration)
  }
  for (const declaration of declared.values()) if (declaration.name !== 'main') visit(declaration)
  visit(declared.get('main')!)
  return [...order]
}

function nameOf(item: Item): string | undefined {
  return item.kind === 'TypeDeclaration' ||
    item.kind === 'Const' ||
    item.kind === 'Job' ||
    item.kind === 'EffectDeclaration'
    ? item.name.text
    : undefined
}

/** Names of generated programs are all different, so that a word with the letters of one is that name. */
function mentions(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(text)
}

/** The same program in several files; the last holds `main`. */
async function divide(
  text: string,
  cuts: number[],
  folder: string,
): Promise<{ main: string; files: Record<string, string> }> {
  const declarations = await declarationsOf(text)
  const { items } = parse(text, 'main.ipvm').module
  const slice = (kind: Item['kind']): string[] =>
    items.filter(item => item.kind === kind).map(item => text.slice(item.start, item.end))
  const starts = [0, ...new Set(cuts.map(cut => cut % declarations.length))].sort((a, b) => a - b)
  const parts = starts.map((start, i) => declarations.slice(start, starts[i + 1])).filter(part => part.length > 0)
  const texts = parts.map((part, i) => {
    const own = part.map(declaration => declaration.text).join('\n\n')
    const imports = parts.slice(0, i).map((other, j) => {
      const names = other.map(({ name }) => name).filter(name => mentions(own, name))
      const path = i === parts.length - 1 ? `./${folder}/f${j}.ipvm` : `./f${j}.ipvm`
      return names.length === 0 ? '' : `import { ${names.join(', ')} } from "${path}"`
    })
    const component = slice('Import').filter(line => mentions(own, /^import (\S+)/.exec(line)![1]!))
    return [...imports, ...component, ...slice('Config'), own].join('\n') + '\n'
  })
  const main = texts.pop()!
  return { main, files: Object.fromEntries(texts.map((part, i) => [`${folder}/f${i}.ipvm`, part])) }
}

/** Without the functions that nothing calls: there are so many of them that reading them would take most of the time. */
function lean(text: string): string {
  return text.replace(/\{ (make-0: func.*) \}$/m, (whole, list: string) => {
    const rest = text.replace(whole, '')
    const used = list
      .split(/, (?=[a-z]+-\d+: func)/)
      .filter(entry => mentions(rest, entry.slice(0, entry.indexOf(':'))))
    return `{ ${used.join(', ')} }`
  })
}

test('however a generated program is divided into files, it is one job', async () => {
  let divided = 0
  const cuts = fc.array(fc.nat(1_000), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(program, fc.integer(), cuts, fc.constantFrom('lib', 'a/b'), async (model, seed, cuts, folder) => {
      const text = lean(print(model, styleOf(seed)))
      const { main, files } = await divide(text, cuts, folder)
      if (Object.keys(files).length > 0) divided++
      const [whole, parts] = [await compiled(text), await compiled(main, {}, files)]
      if (!whole.job.equals(parts.job)) throw new Error(`${text}\n--- is not ---\n${main}\n${JSON.stringify(files)}`)
    }),
    { numRuns: 100 },
  )
  expect(divided).toBeGreaterThan(30)
}, 60_000)
