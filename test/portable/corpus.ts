import { readComponent } from '../../dag/component/read.ts'
import type { Value } from '../../dag/value.ts'
import { Random } from '../runtime/wasm/random.ts'
import { valueOf } from './values.ts'

/** The bytes that tasks and jobs are made of, by name (`inputs.ts`). */
export type Inputs = ReadonlyMap<string, Uint8Array>

/** One call of a function. */
export interface Task {
  /** Name among the inputs, without `components/` and `.wasm`. */
  component: string
  func: string
  args: Value[]
  limits: { memory: number; gas: number }
}

const MiB = 1 << 20
const limits = { memory: 64 * MiB, gas: 20_000_000 }

/** How many tasks of each component are made up; together with those of {@link chosen} they are a thousand. */
const made: { readonly [component: string]: number } = {
  types: 230,
  hello: 20,
  filters: 50,
  png: 30,
  text: 30,
  counts: 50,
  report: 30,
  wat: 40,
  c: 40,
  rust: 40,
  assemblyscript: 40,
  javascript: 40,
  wasi: 20,
  core: 50,
  'hello-core': 15,
  floats: 135,
  utf16: 20,
  latin1: 20,
}

/** How many components hold a module of random instructions, floats and vectors among them (`inputs.ts`). */
export const randoms = 70

/** A thousand tasks. They follow from the components alone, wherever they are made. */
export function corpus(inputs: Inputs): Task[] {
  const random = new Random(20_260)
  return [
    ...chosen(inputs),
    ...Object.entries(made).flatMap(([component, count]) => make(random, inputs, component, count)),
    ...Array.from({ length: randoms }, (_, i) => task(`random-${i}`, 'run')),
  ]
}

/** So many of them, from the first on, run a hundred times in every place: a heavy one, and small ones of all kinds. */
export const repeated = 12

function chosen(inputs: Inputs): Task[] {
  const photo = inputs.get('files/examples/image/photo.png')!
  const book = inputs.get('files/examples/wordcount/psalms-and-new-testament.txt')!
  const pixels = Uint8Array.from({ length: 96 * 64 * 4 }, (_, i) => i * 7 + (i >> 5))
  const picture = { width: 96, height: 64, pixels }
  const image = 'examples:image/image@0.1.0'
  const limited = 'fixtures:types/limits@1.2.0'
  return [
    task('types', `${limited}#work`, [5_000_000n], { gas: 1e9 }),
    task('hello', 'greet', ['Zoë 🦊']),
    task('wat', 'mirror', [{ x: -1, y: 2 ** 31 - 1, name: 'é' }]),
    task('c', 'enumerate', [['a', '', 'Ωμέγα']]),
    task('rust', 'divide', [7, 0]),
    task('assemblyscript', 'sum', [[1, 2, 2 ** 31 - 1]]),
    task('javascript', 'greet', ['World']),
    task('rust', 'stop'),
    task('types', `${limited}#spin`, [], { gas: 200_000 }),
    task('types', `${limited}#recurse-without-end`),
    task('types', `${limited}#allocate-without-end`, [], { memory: 4 * MiB }),
    task('floats', 'f64-sub', [0x7ff0000000000000n, 0x7ff0000000000000n]),
    task('filters', `${image}#blur`, [picture, 3]),
    task('filters', `${image}#resize`, [picture, 31, 77]),
    task('png', 'describe', [photo]),
    task('png', 'decode', [photo], { gas: 1e9 }),
    task('png', 'encode', [picture], { gas: 1e9 }),
    task('text', 'split', [book, 7], { gas: 1e9 }),
    task('text', 'words', [book.slice(0, 20_000)]),
    task('counts', 'examples:wordcount/counts@0.1.0#count', [new TextDecoder().decode(book.slice(0, 20_000))]),
    task('types', `${limited}#recurse`, [20_000]),
    task('types', `${limited}#allocate`, [40]),
    task('core', 'spin'),
    task('invalid', 'f'),
    task('hello', 'absent'),
    task('wasi', 'now'),
    task('wasi', 'guess'),
    task('wasi', 'leave'),
    task('types', 'greet', [1]),
    task('types', 'greet', ['x'], { memory: MiB }),
  ]
}

function task(component: string, func: string, args: Value[] = [], other: Partial<Task['limits']> = {}): Task {
  return { component, func, args, limits: { ...limits, ...other } }
}

/** Calls of all functions in turn; a part of them with limits that are hardly enough, or with arguments that do not fit. */
function make(random: Random, inputs: Inputs, component: string, count: number): Task[] {
  const read = readComponent(inputs.get(`components/${component}.wasm`)!)
  if (!read.ok) throw new Error(`${component}: ${read.error.message}`)
  const { functions } = read.value.interface
  return Array.from({ length: count }, (_, i) => {
    const { name, params } = functions[i % functions.length]!
    const args = params.map(({ type }) => valueOf(random, type))
    switch (random.to(12)) {
      case 0:
        return task(component, name, args, { gas: random.to(200_000) })
      case 1:
        return task(component, name, args, { memory: random.to(40) * 65_536 })
      case 2:
        return task(component, name, misfit(random, args))
      default:
        return task(component, name, args)
    }
  })
}

/** Arguments of which one is of no type that a component takes, or is missing, or is one too many. */
function misfit(random: Random, args: Value[]): Value[] {
  if (args.length === 0 || random.one(4)) return [...args, null]
  if (random.one(4)) return args.slice(1)
  return args.with(random.to(args.length), { '': random.of([null, -1, 'x']) })
}
