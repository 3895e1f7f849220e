import { describe, expect, test } from 'vitest'
import type { Block, EffectDeclaration, Expression, Item, Job, Node, Test } from '../../grammar/nodes.ts'
import { parse } from '../../grammar/parse.ts'
import { shape } from './tree.ts'

function items(text: string): Item[] {
  const { module, diagnostics } = parse(text, 'main.ipvm')
  expect(diagnostics.map(d => d.message)).toEqual([])
  return module.items
}

function bodyOf(text: string): Block {
  return (items(`job f() -> u8 {\n${text}\n}\n`)[0] as Job).body
}

/** An expression in the notation of Lisp, with the kinds of its nodes, so that the tree can be read at a glance. */
function lisp(node: Node | Node[] | undefined): string {
  if (node === undefined) return '-'
  if (Array.isArray(node)) return `[${node.map(lisp).join(' ')}]`
  switch (node.kind) {
    case 'Reference':
      return node.name
    case 'Name':
      return node.text
    case 'NumberLiteral':
    case 'BoolLiteral':
    case 'CharLiteral':
      return String(node.value)
    case 'Text':
      return JSON.stringify(node.value)
    case 'NamedType':
      return node.path.map(lisp).join('.') + (node.args.length > 0 ? `<${node.args.map(lisp).join(' ')}>` : '')
    case 'Binary':
      return `(${node.operator} ${lisp(node.left)} ${lisp(node.right)})`
    case 'Unary':
      return `(${node.operator} ${lisp(node.value)})`
    case 'Call':
      return `${lisp(node.callee)}(${node.args.map(a => (a.name ? `${a.name.text}: ` : '') + lisp(a.value)).join(' ')})`
    case 'Access':
      return `${lisp(node.object)}.${node.name.text}`
    case 'Block':
      return `{${[...node.statements.map(lisp), ...(node.value ? [`= ${lisp(node.value)}`] : [])].join('; ')}}`
    case 'CasePattern':
      return node.path.map(lisp).join('.') + (node.payload ? `(${node.payload.text})` : '')
    case 'RestPattern':
      return '_'
    case 'LiteralPattern':
      return lisp(node.value)
    case 'Arm':
      return `${lisp(node.pattern)} => ${lisp(node.value)}`
    default: {
      const { kind, start: _start, end: _end, ...fields } = node as Node & Record<string, unknown>
      const parts = Object.values(fields).map(value =>
        typeof value === 'object' ? lisp(value as Node) : JSON.stringify(value),
      )
      return `(${[kind, ...parts].join(' ')})`
    }
  }
}

const value = (text: string): string => lisp((items(`const a = ${text}\n`)[0] as { value: Expression }).value)
/** The shape of an expression is that of another one with all of its parentheses written out. */
function means(text: string, written: string): void {
  const of = (source: string) => shape((items(`const a = ${source}\n`)[0] as { value: Expression }).value)
  expect(of(text), text).toEqual(of(written))
}

describe('operators', () => {
  test('bind from tight to loose', () => {
    means('a + b * c - d % e / f', '(a + (b * c)) - ((d % e) / f)')
    means('a == b && c < d || !e', '((a == b) && (c < d)) || (!e)')
    means('-a as u8 + b', '((-a) as u8) + b')
    means('!a.b[0]?', '!(((a.b)[0])?)')
    means('f() with { time: 1s } + g()', '(f() with { time: 1s }) + g()')
    means('a - b - c', '(a - b) - c')
    means('a as u8 as u16', '(a as u8) as u16')
    means('a || b && c', 'a || (b && c)')
  })

  test('`-` with a space behind it is an operator, and before a digit a part of the number', () => {
    expect(value('a - 1')).toBe('(- a 1)')
    expect(value('- 1')).toBe('(- 1)')
    expect(value('-1')).toBe('-1')
    expect(value('-a - -1')).toBe('(- (- a) -1)')
    expect(value('!!a')).toBe('(! (! a))')
  })

  test('`<` compares values and opens the arguments of types', () => {
    expect(value('a < b')).toBe('(< a b)')
    expect(value('f(a < b, c > d)')).toBe('f((< a b) (> c d))')
    expect(value('xs[i] < 3')).toBe('(< (Index xs i) 3)')
    expect(value('{ a: b < c, d: e > f }')).toBe('(RecordLiteral [(FieldValue a (< b c)) (FieldValue d (> e f))])')
    expect(value('x as list<u8> < y')).toBe('(< (As x list<u8>) y)')
    expect(value('a >= b')).toBe('(>= a b)')
    expect(value('f(a <= b, c >= d)')).toBe('f((<= a b) (>= c d))')
    expect(lisp(bodyOf('let x: list<list<u8>> = a\nif a < b { c } else { d }'))).toBe(
      '{(Let x a list<list<u8>>); = (If (< a b) {= c} {= d})}',
    )
    expect(shape(items('const a: option<list<u8>>=none\n'))).toMatchObject([{ value: { name: 'none' } }])
  })

  test('words that follow and precede values', () => {
    means('try a || b', 'try (a || b)')
    means('try f() after a', '(try f()) after a')
    means('do f() undo r => do g(r) catch e => h', 'do ((f() undo r => (do g(r))) catch e => h)')
    means('try do f() catch e => x', 'try (do (f() catch e => x))')
    means('a catch e => b catch f => c', '(a catch e => b) catch f => c')
    means('a || b catch e => c || d', '(a || b) catch e => (c || d)')
    means('a * try b || c', 'a * (try (b || c))')
    means('1 + do f() * 2', '1 + (do (f() * 2))')
    expect(value('do f() after (a, b)')).toBe('(Do (After f() [a b]))')
    expect(value('do f() undo r => do g(r.id)')).toBe('(Do (Undo f() r (Do g(r.id))))')
    expect(value('f()?.a? catch _ => 1')).toBe('(Catch (Unwrap (Unwrap f()).a) _ 1)')
  })

  test('may stand at the start of a line', () => {
    expect(lisp(bodyOf('let a = b\n  + c\n  as u8\n  catch e => d\n  || e\na'))).toBe(
      '{(Let a (Catch (+ b (As c u8)) e (|| d e))); = a}',
    )
    expect(lisp(bodyOf('let a = b\n-1'))).toBe('{(Let a b); = -1}')
    expect(lisp(bodyOf('let a = b +\n  c\na'))).toBe('{(Let a (+ b c)); = a}')
  })
})

describe('branches', () => {
  test('`if` is a value, and without `else` performs', () => {
    expect(lisp(bodyOf('if a { b } else if c { d } else { let e = f\n e }'))).toBe(
      '{= (If a {= b} (If c {= d} {(Let e f); = e}))}',
    )
    expect(lisp(bodyOf('if a { do b() }\nif c {\n let d = e\n do f(d)\n} else if g { h() }\ni'))).toBe(
      '{(Perform (If a {(Perform (Do b()))})); ' +
        '(Perform (If c {(Let d e); (Perform (Do f(d)))} (If g {(Perform h())}))); = i}',
    )
    expect(value('if a { b } else { c } + d')).toBe('(+ (If a {= b} {= c}) d)')
    expect(value('if if a { b } else { c } { d } else { e }')).toBe('(If (If a {= b} {= c}) {= d} {= e})')
    expect(value('if a == { x: 1 } { b } else { c }')).toMatch(/^\(If \(== a \(RecordLiteral/)
    expect(value('if f(x) with { time: 1s } { b } else { c }')).toMatch(/^\(If \(With f\(x\)/)
    expect(lisp(bodyOf('if a\n{ b }\nelse\n{ c }'))).toBe('{= (If a {= b} {= c})}')
  })

  test('`match` has arms with patterns', () => {
    const arms = `match a {
      none => 0, some(x) => x
      Color.red => 1
      image.angle.left(_) => 2
      -1 => 3
      "a" => 4
      'c' => 5
      true => 6
      in => 7
      _ => 8
    }`
    expect(value(arms)).toBe(
      '(Match a [none => 0 some(x) => x Color.red => 1 image.angle.left(_) => 2 -1 => 3 "a" => 4 c => 5 true => 6 ' +
        'in => 7 _ => 8])',
    )
    expect(value('match try f() { ok(x) => x, err(e) => match e { a => 1, _ => 2 } }')).toBe(
      '(Match (Try f()) [ok(x) => x err(e) => (Match e [a => 1 _ => 2])])',
    )
    expect(value('match a {}')).toBe('(Match a [])')
  })

  test('a brace after `=>` is a block where a statement follows it', () => {
    const after = (text: string): string => value(`match a { x => ${text} }`)
    for (const block of [
      '{ let b = 1\n b }',
      '{ do f() }',
      '{ f(b) }',
      '{ b + 1 }',
      '{ b\n c }',
      '{ true }',
      '{ "b" }',
    ])
      expect(after(block), block).toContain('=> {')
    for (const record of ['{}', '{ b: 1 }', '{ "b" : 1 }'].slice(0, 2))
      expect(after(record)).toContain('(RecordLiteral')
    for (const flags of ['{ b }', '{ b, c }', '{ in, for }']) expect(after(flags), flags).toContain('(FlagsLiteral')
    expect(value('f() catch e => { let b = e\n b }')).toBe('(Catch f() e {(Let b e); = b})')
  })
})

describe('loops', () => {
  test('`for` has a block, with an index if wanted', () => {
    expect(value('for x in xs { x }')).toBe('(For x xs {= x})')
    expect(value('for x, i in f(xs) { let a = x\n a + i }')).toBe('(For x i f(xs) {(Let a x); = (+ a i)})')
    expect(value('for x in for y in ys { y } { x }')).toBe('(For x (For y ys {= y}) {= x})')
    expect(value('f(for x in xs {\n let a = x\n a\n}, 1)')).toBe('f((For x xs {(Let a x); = a}) 1)')
    expect(lisp(bodyOf('for x in xs { log.write(x) }\nfor x in xs { let _ = do f(x) }\na'))).toBe(
      '{(Perform (For x xs {= log.write(x)})); (Perform (For x xs {(Let _ (Do f(x)))})); = a}',
    )
  })

  test('`reduce` and `fold` take a function or its name', () => {
    expect(value('reduce xs with text.join')).toBe('(Reduce xs text.join)')
    expect(value('reduce (xs) with (a, b) => a + b')).toBe('(Reduce xs (Lambda [a b] (+ a b)))')
    expect(value('reduce [1, 2] with f')).toBe('(Reduce (List [1 2]) f)')
    expect(value('reduce for x in xs { x } with f')).toBe('(Reduce (For x xs {= x}) f)')
    expect(value('fold xs from 0 with (a, x) => a + x catch e => 1')).toBe(
      '(Fold xs 0 (Lambda [a x] (Catch (+ a x) e 1)))',
    )
    expect(value('fold xs from { a: 1 } with (s, x) => { let t = s\n t }')).toContain('(Lambda [s x] {(Let t s); = t})')
    expect(value('[reduce xs with f, reduce]')).toBe('(List [(Reduce xs f) reduce])')
    expect(value('reduce reduce xs with f with g')).toBe('(Reduce (Reduce xs f) g)')
    expect(value('for x in reduce ys with f { x }')).toBe('(For x (Reduce ys f) {= x})')
    expect(value('reduce xs with f + 1')).toBe('(+ (Reduce xs f) 1)')
    expect(lisp(bodyOf('let a = fold xs\n  from 0\n  with (a, b) => a\na'))).toContain('(Fold xs 0 (Lambda [a b] a))')
  })

  test('words of the grammar stay names where no operand follows them', () => {
    expect(value('reduce + fold.a')).toBe('(+ reduce fold.a)')
    expect(value('reduce(a, b)')).toBe('reduce(a b)')
    expect(value('fold[0] as u8')).toBe('(As (Index fold 0) u8)')
    expect(value('f(as, catch, with, after, from, and, while, return)')).toBe(
      'f(as catch with after from and while return)',
    )
    expect(lisp(bodyOf('let while = f(x)\nlet return = not(x)\nreturn(while)'))).toBe(
      '{(Let while f(x)); (Let return not(x)); = return(while)}',
    )
  })
})

describe('texts with expressions', () => {
  test('are made of pieces', () => {
    expect(value('"a ${b} c"')).toBe('(Template ["a " b " c"])')
    expect(value('"${f("x ${y}", { a: 1 })}\\n${z}"')).toMatch(
      /^\(Template \[f\(\(Template \["x " y\]\) .*"\\n" z\]\)$/,
    )
    expect(value('"${{ a: 1 }.a}"')).toMatch(/^\(Template \[\(RecordLiteral .*\.a\]\)$/)
    expect(value('"\\${a} $ {b} $"')).toBe('"${a} $ {b} $"')
    expect(value('"a${"b"}c"')).toBe('(Template ["a" "b" "c"])')
    expect(value(`"\${f('"', b"$\{", '}')} c"`)).toMatch(/^\(Template \[f\(" .* \}\) " c"\]\)$/)
    expect(value('[for x in xs { "${x} // no comment" }]')).toBe(
      '(List [(For x xs {= (Template [x " // no comment"])})])',
    )
  })

  test('know where their parts stand', () => {
    const text = 'const a = "ab ${c + "d${e}"} \\n f"\n'
    const [item] = items(text) as unknown as [{ value: Expression }]
    const at = (node: Node): string => text.slice(node.start, node.end)
    expect(at(item.value)).toBe('"ab ${c + "d${e}"} \\n f"')
    if (item.value.kind !== 'Template') throw new Error('no template')
    expect(item.value.parts.map(at)).toEqual(['ab ', 'c + "d${e}"', ' \\n f'])
    const [, sum] = item.value.parts
    if (sum?.kind !== 'Binary' || sum.right.kind !== 'Template') throw new Error('no sum')
    expect(sum.right.parts.map(at)).toEqual(['d', 'e'])
  })
})

describe('declarations', () => {
  test('import names of other files', () => {
    expect(items('import {\n  a,\n  b as c, type\n} from "./x.ipvm"\n').map(lisp)).toEqual([
      '(ImportNames [(ImportedName a) (ImportedName b c) (ImportedName type)] "./x.ipvm")',
    ])
  })

  test('are exported', () => {
    const text = 'export type A = u8\nexport const b = 1\nexport effect c("c:") {}\nexport job d() -> u8 { 1 }\n'
    expect(items(text).map(item => 'exported' in item && item.exported)).toEqual([true, true, true, true])
  })

  test('declare effects and use them', () => {
    const [effect] = items(`effect mail("mailto:") {
      /// Counts.
      query unread(box: string = "in") -> u32
      note log(text: string), command send(to: string)
      -> result<string, string>
      idempotent command idempotent()
      command note()
    }\n`) as [EffectDeclaration]
    expect(effect.operations.map(o => [o.operation, o.name.text, lisp(o.result), o.docs])).toEqual([
      ['query', 'unread', 'u32', 'Counts.'],
      ['note', 'log', '-', undefined],
      ['command', 'send', 'result<string string>', undefined],
      ['idempotent command', 'idempotent', '-', undefined],
      ['command', 'note', '-', undefined],
    ])
    const [job] = items('job f() -> u8 uses http.get,\n  declassify { 1 }\n') as [Job]
    expect(lisp(job.uses)).toBe('(Uses [(Use [http get]) (Use [declassify])])')
  })

  test('test what is promised', () => {
    const [found] = items(`test "a b" {
      given http.get(url: _, headers: []) => err("404")
      let x = f(1)
      assert x == 2
      assert (a) == [b]
      assert fails g(x)
      assert fails == 1
      assert fails reduce xs with h
      do k()
    }\n`) as [Test]
    expect(found.name.value).toBe('a b')
    expect(found.body.statements.map(lisp)).toEqual([
      '(Given http.get(url: _ headers: (List [])) err("404"))',
      '(Let x f(1))',
      '(Assert false (== x 2))',
      '(Assert false (== a (List [b])))',
      '(Assert true g(x))',
      '(Assert false (== fails 1))',
      '(Assert true (Reduce xs h))',
      '(Perform (Do k()))',
    ])
    expect(found.body.value).toBeUndefined()
  })
})

test('lines that are not the last perform something, whatever they hold', () => {
  expect(lisp(bodyOf('do a()\nb.c(d)\n1\ne'))).toBe('{(Perform (Do a())); (Perform b.c(d)); (Perform 1); = e}')
})
