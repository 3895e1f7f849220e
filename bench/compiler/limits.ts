/**
 * Texts far beyond what people write: time for checking one of n, 2n and 4n. Where it grows with the text the ratios are
 * near 2 and 4; a ratio of 16 would be a square. What nests deeper than the limit is refused in the same time.
 */
import { checkText } from '../../compiler/check.ts'
import type { Host } from '../../compiler/interface.ts'

const host: Host = {
  readFile: () => 'missing',
  realPath: () => undefined,
  list: () => [],
  readBlock: async () => undefined,
}

const lines = (n: number, line: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => line(i)).join('\n')
const body = (text: string): string => `export job main() -> u32 {\n${text}\n}\n`

const shapes: [name: string, n: number, text: (n: number) => string][] = [
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
  ['elements of a list', 50_000, n => body(`  let a = [${Array(n).fill('1').join(', ')}]\n  1`)],
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
  ['names that are nowhere declared', 5_000, n => body(`${lines(n, i => `  let _a${i} = b${i}`)}\n  1`)],
  ['a name of so many letters', 250_000, n => body(`  let ${'a'.repeat(n)} = 1\n  1`)],
  ['a comment of so many letters', 2_500_000, n => `// ${'a'.repeat(n)}\n${body('  1')}`],
  ['brackets, refused', 10_000, n => body(`  ${'('.repeat(n)}1${')'.repeat(n)}`)],
  ['blocks, refused', 10_000, n => body(`  ${'if true { '.repeat(n)}1${' } else { 2 }'.repeat(n)}`)],
  ['operators, refused', 10_000, n => body(`  1${' + 1'.repeat(n)}`)],
]

console.log(
  `${'checking'.padEnd(34)} ${'n'.padStart(9)} ${'ms'.padStart(8)} ${'2n'.padStart(6)} ${'4n'.padStart(6)}   MB/s`,
)
let worst = 0
for (const [name, n, text] of shapes) {
  const times: number[] = []
  let size = 0
  for (const factor of [1, 1, 2, 4]) {
    const source = text(n * factor)
    size = source.length
    const began = performance.now()
    await checkText(host, 'main.ipvm', source)
    times.push(performance.now() - began)
  }
  // The first run of each warms the machine up.
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
console.log(`largest growth for four times the text: ${worst.toFixed(1)} (4 is linear, 16 a square)`)
