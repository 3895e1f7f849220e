import { Random } from './random.ts'

const scalars = { f64: ['$a', '$b', '$c', '$d'], f32: ['$e', '$f', '$g'] } as const
const vectors = ['$u', '$v', '$w'] as const
type Scalar = keyof typeof scalars
const constants: Record<Scalar, readonly string[]> = {
  f64: ['inf', '-inf', '1', '-nan:0x4000000000001'],
  f32: ['inf', '-inf', '1', '-nan:0x200001'],
}

/**
 * A random module in the text format whose `run` puts what arithmetic gives into a few locals, over all kinds of control
 * flow, and looks at the bits of some of them now and then: it leaves these in its memory, `mem`. It ends.
 *
 * @param more locals that it has before those
 */
export function floatingModule(seed: number, more = 0): string {
  return new Floating(new Random(seed)).module(more)
}

/** In a local of whole numbers stand bits that choose ways, in another one how many loops may still go round. */
const chance = `(i32.and (i32.shr_u (local.tee $s (i32.add (i32.mul (local.get $s) (i32.const 1103515245)) (i32.const 12345))) (i32.const 16)) (i32.const 1))`
const fuel = `(i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))`

class Floating {
  readonly #random: Random
  readonly #labels: string[] = []
  #names = 0

  constructor(random: Random) {
    this.#random = random
  }

  module(more: number): string {
    const declared = Object.entries(scalars).flatMap(([type, names]) => names.map(name => `(local ${name} ${type})`))
    return `(module (memory (export "mem") 1) (func (export "run") (local $s i32) (local $n i32) (local $at i32)
      ${'(local f64)'.repeat(more)} ${declared.join(' ')} ${vectors.map(name => `(local ${name} v128)`).join(' ')}
      (local.set $s (i32.const ${this.#random.to(1 << 20)})) (local.set $n (i32.const 50))
      ${this.#statements(6, 4)} ${this.#looks()}))`
  }

  #statements(most: number, depth: number): string {
    return Array.from({ length: 1 + this.#random.to(most) }, () => this.#statement(depth)).join('\n')
  }

  #statement(depth: number): string {
    const random = this.#random
    switch (random.to(depth > 0 ? 9 : 4)) {
      case 0:
      case 1:
        return this.#set()
      case 2:
        return this.#look()
      case 3: {
        if (this.#labels.length === 0) return this.#set()
        const labels = Array.from({ length: 1 + random.to(3) }, () => random.of(this.#labels))
        // Labels of loops are gone to as long as there is fuel.
        const go = labels.length > 1 ? `(br_table ${labels.join(' ')} (i32.and (local.get $s) (i32.const 3)))` : `(br ${labels[0]})` // prettier-ignore
        const before = depth > 0 ? this.#statements(2, depth - 1) : ''
        return `(if (i32.and ${chance} ${fuel}) (then ${before} ${go}))`
      }
      case 4:
        return `(if ${chance} (then ${this.#statements(2, depth - 1)}))`
      case 5:
        return `(if ${chance} (then ${this.#statements(2, depth - 1)}) (else ${this.#statements(2, depth - 1)}))`
      case 6:
        return this.#labelled('loop', name => `${this.#statements(4, depth - 1)} (br_if ${name} ${fuel})`)
      case 7:
        return this.#labelled('block', () => this.#statements(4, depth - 1))
      default:
        return this.#labelled('loop', () => this.#statements(4, depth - 1))
    }
  }

  #labelled(kind: string, write: (name: string) => string): string {
    const name = `$l${this.#names++}`
    this.#labels.push(name)
    const inside = write(name)
    this.#labels.pop()
    return `(${kind} ${name} ${inside})`
  }

  #set(): string {
    if (this.#random.one(4)) return `(local.set ${this.#random.of(vectors)} ${this.#vector(2)})`
    const type = this.#random.of(['f64', 'f64', 'f32'] as const)
    return `(local.set ${this.#random.of(scalars[type])} ${this.#scalar(type, 2)})`
  }

  /** Stores the bits of a local behind those that were stored before. */
  #look(): string {
    const type = this.#random.of(['f64', 'f64', 'f32', 'v128'] as const)
    const name = this.#random.of(type === 'v128' ? vectors : scalars[type])
    return `(if (i32.lt_u (local.get $at) (i32.const 65500)) (then
      (${type}.store (local.get $at) (local.get ${name}))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))))`
  }

  #looks(): string {
    return Array.from({ length: 4 }, () => this.#look()).join('\n')
  }

  #scalar(type: Scalar, depth: number): string {
    const random = this.#random
    const one = (): string => this.#scalar(type, depth - 1)
    if (depth === 0)
      return random.one(3) ? `(${type}.const ${random.of(constants[type])})` : `(local.get ${random.of(scalars[type])})`
    switch (random.to(9)) {
      case 0:
        return one()
      case 1:
        return `(${type}.${random.of(['neg', 'abs', 'sqrt'])} ${one()})`
      case 2:
        return `(select ${one()} ${one()} ${chance})`
      case 3:
        return `(local.tee ${random.of(scalars[type])} ${one()})`
      case 4:
        return type === 'f32' ? `(f32.demote_f64 ${this.#scalar('f64', depth - 1)})` : `(f64.promote_f32 ${this.#scalar('f32', depth - 1)})` // prettier-ignore
      default:
        return `(${type}.${random.of(['add', 'sub', 'mul', 'div', 'min'])} ${one()} ${one()})`
    }
  }

  #vector(depth: number): string {
    const random = this.#random
    const one = (): string => this.#vector(depth - 1)
    if (depth === 0) return random.one(4) ? '(v128.const f64x2 -nan:0x4000000000001 inf)' : `(local.get ${random.of(vectors)})` // prettier-ignore
    const lanes = random.of(['f32x4', 'f64x2'])
    switch (random.to(6)) {
      case 0:
        return `(${lanes}.${random.of(['neg', 'abs', 'sqrt'])} ${one()})`
      case 1:
        return `(select (result v128) ${one()} ${one()} ${chance})`
      case 2:
        return `(f64x2.splat ${this.#scalar('f64', depth - 1)})`
      default:
        return `(${lanes}.${random.of(['add', 'sub', 'mul', 'div', 'max'])} ${one()} ${one()})`
    }
  }
}
