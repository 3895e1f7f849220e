/**
 * Texts far beyond what people write: time for checking, or laying out, one of n, 2n and 4n. Where it grows with the text
 * the ratios are near 2 and 4; a ratio of 16 would be a square. What nests deeper than the limit is refused in the same
 * time.
 */
import { checkText } from '../../compiler/check.ts'
import type { Host } from '../../compiler/interface.ts'
import { format } from '../../grammar/format.ts'

const host: Host = {
  readFile: () => 'missing',
  realPath: () => undefined,
  list: () => [],
  readBlock: async () => undefined,
}

const lines = (n: number, line: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => line(i)).join('\n')
const list = (n: number, entry: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => entry(i)).join(', ')
const body = (text: string): string => `export job main() -> u32 {\n${text}\n}\n`

type Shape = [name: string, n: number, text: (n: number) => string]

const shapes: Shape[] = [
  ['lets', 25_000, n => body(`${lines(n, i => `  let a${i} = ${i} + 1`)}\n  1`)],
  [
    'lets that use the one before',
    25_000,
    n => body(`  let a0: u32 = 1\n${lines(n, i => `  let a${i + 1} = a${i} + 1`)}\n  a${n}`),
  ],
  [
    'jobs that call each other',
    5_000,
    n => `${lines(n, i => `job f${i}() -> u32 { f${i + 1}() }`)}\njob f${n}() -> u32 { 1 }\n`,
  ],
  ['types', 10_000, n => `${lines(n, i => `type t${i} = record { a: u32, b: list<string> }`)}\n`],
  ['elements of a list', 50_000, n => body(`  let a = [${list(n, () => '1')}]\n  1`)],
  [
    'arms of a match',
    5_000,
    n => body(`  let x: u32 = 1\n  match x {\n${lines(n, i => `    ${i} => ${i}`)}\n    _ => 0\n  }`),
  ],
  [
    'loops and branches',
    5_000,
    n => body(`${lines(n, i => `  let a${i} = for x in [1, 2] { if x == ${i} { x } else { 0 } }`)}\n  1`),
  ],
  ['templates', 10_000, n => body(`${lines(n, i => `  let a${i} = "a \${${i}} b"`)}\n  1`)],
  ['tests', 5_000, n => lines(n, i => `test "number ${i}" { assert ${i} + 1 == ${i + 1} }`)],
  ['jobs', 25_000, n => `${lines(n, i => `job f${i}() -> u32 { 1 }`)}\n`],
  ['constants that use the next', 10_000, n => `${lines(n, i => `const a${i} = a${i + 1}`)}\nconst a${n} = 1\n`],
  [
    'named arguments',
    20_000,
    n => `job f(${list(n, i => `a${i}: u8`)}) -> u8 { a1 }\njob g() -> u8 { f(${list(n, i => `a${i}: 1`)}) }\n`,
  ],
  ['arguments of no parameter', 2_500, n => `job f(a: u8) -> u8 { a }\n${body(`  f(${list(n, i => `b${i}: 1`)})`)}`],
  ['elements that may fail', 50_000, n => body(`  let a = [${list(n, () => '1 / 2')}] catch _ => []\n  1`)],
  [
    'operations and `uses`',
    5_000,
    n =>
      `effect e("e:") {\n${lines(n, i => `  query q${i}() -> u8`)}\n}\nexport job f() -> u8 uses ${list(n, i => `e.q${i}`)} {\n` +
      `${lines(n, i => `  let a${i} = e.q${i}()`)}\n  1\n}\n`,
  ],
  ['names that are nowhere declared', 5_000, n => body(`${lines(n, i => `  let _a${i} = b${i}`)}\n  1`)],
  ['a name of so many letters', 250_000, n => body(`  let ${'a'.repeat(n)} = 1\n  1`)],
  ['a comment of so many letters', 2_500_000, n => `// ${'a'.repeat(n)}\n${body('  1')}`],
  ['brackets, refused', 10_000, n => body(`  ${'('.repeat(n)}1${')'.repeat(n)}`)],
  ['blocks, refused', 10_000, n => body(`  ${'if true { '.repeat(n)}1${' } else { 2 }'.repeat(n)}`)],
  ['operators, refused', 10_000, n => body(`  1${' + 1'.repeat(n)}`)],
]

const layouts: Shape[] = [
  ['lets', 10_000, n => body(`${lines(n, i => `  let a${i} = ${i} + 1`)}\n  1`)],
  ['elements of a list', 25_000, n => body(`  let a = [${list(n, String)}]\n  1`)],
  ['operators', 240, n => body(`  1${' + 1'.repeat(n)}`)],
  ['operations', 5_000, n => `effect e("e:") {\n${lines(n, i => `  query q${i}() -> u8`)}\n}\n`],
  ['comments between lines', 10_000, n => body(`${lines(n, () => '  // a\n\n  f(1)')}\n  1`)],
  ['comments behind elements', 10_000, n => body(`  [\n${lines(n, () => '    1, // a')}\n  ]`)],
  ['comments inside of one line', 25_000, n => body(`  1\n${'    // a\n'.repeat(n)}    + 1`)],
]

let worst = 0

/** Times are of the processor, so that a busy machine does not show; the first run of each shape warms it up. */
async function measure(what: string, all: Shape[], run: (text: string) => Promise<unknown>): Promise<void> {
  console.log(
    `${what.padEnd(34)} ${'n'.padStart(9)} ${'ms'.padStart(8)} ${'2n'.padStart(6)} ${'4n'.padStart(6)}   MB/s`,
  )
  for (const [name, n, text] of all) {
    const times: number[] = []
    let size = 0
    for (const factor of [1, 1, 2, 4]) {
      const source = text(n * factor)
      size = source.length
      const before = process.cpuUsage()
      await run(source)
      const { user, system } = process.cpuUsage(before)
      times.push((user + system) / 1000)
    }
    const [, one, two, four] = times as [number, number, number, number]
    worst = Math.max(worst, four / one)
    const cells = [
      String(n).padStart(9),
      one.toFixed(0).padStart(8),
      (two / one).toFixed(1).padStart(6),
      (four / one).toFixed(1).padStart(6),
    ]
    console.log(`${name.padEnd(34)} ${cells.join(' ')} ${(size / four / 1000).toFixed(1).padStart(6)}`)
  }
}

await measure('checking', shapes, text => checkText(host, 'main.ipvm', text))
await measure('laying out', layouts, text => format(text, 'main.ipvm'))
console.log(`largest growth for four times the text: ${worst.toFixed(1)} (4 is linear, 16 a square)`)
