import { describe, expect, test } from 'vitest'
import { format } from '../../grammar/format.ts'

async function formatted(text: string): Promise<string> {
  const result = await format(text, 'main.ipvm')
  if (!result.ok) throw new Error(result.diagnostics.map(d => d.message).join('\n'))
  return result.text
}

/** A text without the indentation that all its lines share. */
function dedent(text: string): string {
  const lines = text.replace(/^\n/, '').trimEnd().split('\n')
  const indent = Math.min(...lines.filter(line => line.trim()).map(line => line.search(/\S/)))
  return lines.map(line => line.slice(indent)).join('\n') + '\n'
}

/** What people write in the style of the language stays as it is. */
function stays(name: string, text: string): void {
  test(name, async () => {
    expect(await formatted(dedent(text))).toBe(dedent(text))
  })
}

function becomes(name: string, text: string, wanted: string): void {
  test(name, async () => {
    expect(await formatted(dedent(text))).toBe(dedent(wanted))
  })
}

/** Values that are written with as many parentheses as they need. */
const values = [
  ...[
    '(a + b) * c',
    'a + b * c',
    'a - (b - c)',
    'a - b - c',
    '(a < b) == c',
    'a && (b && c)',
    'a || b && c',
    '!(a && b)',
  ],
  ...['-(1)', '--x', '-x.y', '-1.5 as u8', '-(1?)', 'a - -1', 'a - -x', '(-x).y', '(1).a', '(-x as u8).y', '!f(x)?'],
  ...['(x as u8) < y', 'x as u8 > y', 'x as list<u8> as bytes', '(a + b) as u8', 'a + b as u8', '-x as u8'],
  ...['try f(x)', 'try a || b', '(try a) || b', 'a + (try b)', '(try f())?', 'try do f()', 'try for x in xs { f(x) }'],
  ...['(try do f()) catch e => x', 'try f() catch e => x', '(a catch e => b)?', 'a catch e => b catch f => c'],
  ...['a catch e => (b catch f => c)', 'a catch e => (do b()) catch f => c', 'f(a catch e => b)'],
  ...['do f() undo r => do g(r)', 'do f() undo r => do g(r) catch e => x', 'do f() undo r => (do g() catch e => x)'],
  ...[
    'do f() after a',
    'do f() after (a, b) undo r => do g()',
    '(do f())?',
    '(do f() undo r => do g())?',
    '(do f()).x',
  ],
  ...['f() with { time: 5s }', 'f() with { time: 5s }?.x', '!f() with { time: 5s }', '(a + b) with { time: 5s }'],
  ...['(if a { b } else { c }).x', '(if a { b } else { c }) + d', 'if a { b } else { c } catch e => d'],
  ...['(for x in xs { x })[0]', 'len(for x in xs { x })', '(match a { b => c, _ => d }) == e'],
  ...['reduce xs with f', 'reduce a.b(c) with d.e', '(reduce xs with f)?', '(reduce xs with (a, b) => a + b) + c'],
  ...['reduce (for x in xs { x }) with f', 'reduce (-x) with f', 'fold xs from 0 with (a, x) => a + x'],
  ...['(fold xs from 0 with (a, x) => a + x) catch e => 0', 'fold xs from { n: 0 } with (a, x) => { n: a.n + x }'],
  ...[
    'if (a == b) == c { d } else { e }',
    'if ({ a: 1 } == b) { d } else { e }',
    'match try f() { ok(x) => x, _ => y }',
  ],
  ...['a catch e => { b: c }', 'a catch e => { b }', 'a catch e => { f(b) }', 'a catch e => { (b) }', '{ a: { b } }.a'],
  ...['"${a + b} ${ f( "x" ) }"', 'b"\\x00"', "'c'", '(a,)', '()', 'cid"bafyx"', 'embed "./x"', '0xFF_ff', '1e3'],
]

describe('parentheses', () => {
  for (const value of values) stays(value, `const a = ${value}`)

  const redundant: Record<string, string> = {
    '((a)) + (b * c)': 'a + b * c',
    '(f(x))?': 'f(x)?',
    '(f)': 'f',
    '(a + b) + c': 'a + b + c',
    '-(x)': '-x',
    '(try (f(x)))': 'try f(x)',
    'if (a == b) { (c) } else { (d) }': 'if a == b { c } else { d }',
    '(a catch e => b) catch f => c': 'a catch e => b catch f => c',
    'a catch e => (b + c)': 'a catch e => b + c',
    'f() after (a)': 'f() after a',
    'reduce (xs) with f': 'reduce xs with f',
    'a + try b': 'a + (try b)',
  }
  for (const [text, wanted] of Object.entries(redundant)) becomes(text, `const a = ${text}`, `const a = ${wanted}`)

  stays(
    'where a line would go on with the one above, or begin one of another kind',
    `
      test "a" {
        let b = c
        (after(d))
        (as as u8)
        (given.b)
        assert (fails)
        assert (fails == b)
        assert fails (-b)
        assert fails b
        -b
        -1
        (1, 2)
        [1]
      }
    `,
  )
})

describe('declarations', () => {
  stays(
    'stand apart where they have bodies',
    `
      import a from "./a.wasm"
      import { b, c as d } from "./b.ipvm"
      export type E = u8
      export const f: E = 1

      effect time("time:") { query now() -> u64 }
      effect log("log:") { note write(message: string) }

      effect mail("mailto:") {
        query   unread(box: string) -> u32
        command send(to: string) -> result<string, string>

        // Tells nobody.
        note    seen(id: string)
      }

      export effect store("x:") {
        query get(key: string) -> bytes
        idempotent command put(key: string, data: bytes)
      }

      test "nothing" {}

      test "something" {
        given time.now() => 1
        given mail.unread(box: _) => 2
        assert f == 1
        assert fails g()
      }
    `,
  )

  becomes(
    'break where they are long',
    `
      import { first-of-many-names, second-of-many-names as second, third-of-many-names, fourth } from "./names.ipvm"
      effect x("x:") { idempotent command write(path: string, content: bytes, owner: string, mode: u32) -> result<u64, string> }
      export job few(path: string, content: bytes) -> result<u64, string> uses x.write, http.get, fs.read { 1 }
      export job many(path: string, content: bytes, owner: string = "somebody", group: string = "everybody") -> u64 uses x.write { 1 }
      export job all() -> u64 uses first.operation, second.operation, third.operation, fourth.operation, fifth.operation, sixth.operation { 1 }
    `,
    `
      import {
        first-of-many-names,
        second-of-many-names as second,
        third-of-many-names,
        fourth,
      } from "./names.ipvm"

      effect x("x:") {
        idempotent command write(
          path: string,
          content: bytes,
          owner: string,
          mode: u32,
        ) -> result<u64, string>
      }

      export job few(path: string, content: bytes) -> result<u64, string>
        uses x.write, http.get, fs.read
      { 1 }

      export job many(
        path: string,
        content: bytes,
        owner: string = "somebody",
        group: string = "everybody",
      ) -> u64 uses x.write { 1 }

      export job all() -> u64
        uses first.operation,
          second.operation,
          third.operation,
          fourth.operation,
          fifth.operation,
          sixth.operation
      { 1 }
    `,
  )
})

describe('values', () => {
  stays(
    'stand on the lines on which they are written',
    `
      job f() -> u8 {
        let a = for x in xs { g(x) }
        let b = for x, i in xs {
          g(x, i)
        }
        let c = if a { b } else if c { d } else { e }
        let d = if a {
          b
        } else {
          c
        }
        let e = match a { some(x) => x, none => 0 }
        let f = match a {
          some(x) => x
          none => 0
        }
        let g = match a {
          red => 1
          Color.green => 2

          // The rest.
          _ => {
            let h = 3
            h
          }
        }
        for x in xs { do log.write(x) }
        if a { do log.write("a") }
        if a {
          let b = c
          do log.write(b)
        }
        a catch e => {
          let m = e.message
          m
        }
      }
    `,
  )

  becomes(
    'break between what holds together least',
    `
      job f() -> u8 {
        let total = first-number-of-all + second-number-of-all * (third-number - 1) + fourth-number - fifth-number
        let ready = first-condition(urls) && second-condition(title) || third-condition(width, height, depth) && fourth
        let page = http.get(url, headers: [("Authorization", "Bearer abc"), ("Accept", "text/html")])?.body catch e => placeholder
        let thumb = image.crop(source, x: 150, y: 350, width: size, height: size) with { time: 5s, memory: 64MiB, gas: 1_000 }
        do mail.send(to: "somebody@example.org", subject: "A subject of some length", body: "A body") undo r => do mail.recall(r.id)
        if first-condition-of-mine(urls) && second-condition-of-mine(title) || third-condition-of-mine(width) { a } else { b }
        let response = ok({ status: 200, headers: [], body: b"hello world, this is a body that is long enough to break" })
        let sum = fold orders from { count: 0, total: 0.0 } with (state, order) => { count: state.count + 1, total: state.total + order.total }
        let loop = for address in addresses-of-everybody { do mail.send(to: address, subject: "Hello", body: "Hello there!") }
        match do mail.send(to: "somebody@example.org", subject: "Subject", body: "Body") { ok(x) => x, err(why) => 0 }
      }
      test "a" {
        assert gallery-of(["https://a.example/x.png", "https://a.example/y.png"]) == [placeholder, placeholder, other]
        assert gallery-of(["https://a.example/x.png", "https://a.example/y.png"]) == another(["https://a.example/x.png"])
      }
    `,
    `
      job f() -> u8 {
        let total = first-number-of-all
          + second-number-of-all * (third-number - 1)
          + fourth-number
          - fifth-number
        let ready = first-condition(urls) && second-condition(title)
          || third-condition(width, height, depth) && fourth
        let page = http.get(
          url,
          headers: [("Authorization", "Bearer abc"), ("Accept", "text/html")],
        )?.body catch e => placeholder
        let thumb = image.crop(source, x: 150, y: 350, width: size, height: size)
          with { time: 5s, memory: 64MiB, gas: 1_000 }
        do mail.send(to: "somebody@example.org", subject: "A subject of some length", body: "A body")
          undo r => do mail.recall(r.id)
        if first-condition-of-mine(urls) && second-condition-of-mine(title)
          || third-condition-of-mine(width)
        {
          a
        } else {
          b
        }
        let response = ok({
          status: 200,
          headers: [],
          body: b"hello world, this is a body that is long enough to break",
        })
        let sum = fold orders from { count: 0, total: 0.0 } with (state, order) => {
          count: state.count + 1,
          total: state.total + order.total,
        }
        let loop = for address in addresses-of-everybody {
          do mail.send(to: address, subject: "Hello", body: "Hello there!")
        }
        match do mail.send(to: "somebody@example.org", subject: "Subject", body: "Body") {
          ok(x) => x
          err(why) => 0
        }
      }

      test "a" {
        assert gallery-of(["https://a.example/x.png", "https://a.example/y.png"]) == [
          placeholder,
          placeholder,
          other,
        ]
        assert gallery-of(["https://a.example/x.png", "https://a.example/y.png"])
          == another(["https://a.example/x.png"])
      }
    `,
  )
})

describe('comments', () => {
  stays(
    'stay between entries, behind them, and behind the bracket before them',
    `
      // A licence.

      //! Docs of the module.
      import { // why
        a, // one
        // two
        b,
      } from "./x.ipvm" // where

      config { // limits
        time: 1s // enough
        // the end
      }

      /// Docs of the effect.
      effect e("e:") { // kinds
        // reading
        /// Docs of the operation.
        query get(
          key: string, // which
        ) -> u8

        note  put() // writing
      }

      /// Docs of the job.
      job f(
        // first
        a: u8,
      ) -> u8
        uses e.get, // what
          e.put
      { // body
        let list = [ // items
          1, // one

          // two
          2,
        ]
        let loop = for x in list { // each
          x
        }
        let done = do e.put()
          after ( // both
            a,
            b, // last
          )
        match a { // cases
          // none of them
          none => 0 // zero
          // some
          _ => 1
          // over
        }
        // the end
      }

      test "t" {
        // nothing yet
      }
      // the last word
    `,
  )

  stays(
    'stay in brackets that hold nothing else',
    `
      effect e("e:") {
        query get(
          // nothing
        ) -> u8
      }

      job f(
        // nothing

        // at all
      ) -> u8 {
        f(
          // nothing
        )
      }
    `,
  )

  becomes(
    'never stand behind the word `uses`, where no line ends',
    `
      job f() -> u8
        uses e // which
        .get,
          // two
          e.put
      { 1 }
    `,
    `
      // which
      job f() -> u8
        uses e.get,
          // two
          e.put
      { 1 }
    `,
  )

  becomes(
    'move above where there is no line for them',
    `
      job f() -> u8 {
        let a = b // one
          // two
          + c /// three
          + d
        if a { // yes
          b
        } // no
        else {
          c
        }
        fold xs // list
          from 0 // first
          with (a, x) => a // sum
      }
    `,
    `
      job f() -> u8 {
        // one
        // two
        // three
        let a = b + c + d
        // no
        if a { // yes
          b
        } else {
          c
        }
        // list
        // first
        fold xs from 0 with (a, x) => a // sum
      }
    `,
  )
})
