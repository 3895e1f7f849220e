import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from '../../grammar/parse.ts'
import { mutantsOf, touches } from './mutants.ts'

/** Has each construct of the language. */
const every = `//! All of it.
import image from "./image.wasm" { crop: func(data: bytes, x: u32) -> bytes }
import { Size, square as sq } from "./shapes.ipvm"

config {
  time: 30s
  memory: 64MiB
}

export type Picture = record { name: string, kind: enum { red, green }, parts: list<tuple<u8, option<u16>>> }
const edge: u32 = 2 * (3 + 4)

/// Sends letters.
effect mail("mailto:") {
  query unread(box: string = "in") -> u32
  idempotent command send(to: string) -> result<string, string>
}

export job gallery(urls: list<string>, size: u32 = edge) -> list<u32> uses mail.send, mail.unread {
  let sizes: list<u32> = for url, i in urls { image.size(url, at: i)? }
  let total = fold sizes from 0 with (sum, one) => {
    let next = sum + one
    next * 2
  }
  let most = reduce sizes with (a, b) => if a < b && b >= 1 { b } else if !(a == b) { a } else { 0 }
  let joined = reduce (sizes) with text.join
  let sent = do mail.send(to: "a \${total} b \${f(most)[0]}") after joined undo id => do mail.send(to: id?)
  if total > 3 || size != 4 {
    do mail.send(to: "x")
  }
  match try sent as string {
    ok(text) => log.write(text)
    err(failure) => {
      let kind = failure.kind
      log.write("\${kind}")
    }
  }
  let rest = match most {
    0 => [1, -2]
    _ => sizes catch _ => []
  }
  { rest: rest, flags: { read, write } }.rest with { time: 5s, memory: 1GB }
}

test "sizes are joined" {
  given mail.unread(box: _) => 3
  let found = gallery(["a", "b"])
  assert found.0 == [1, 2]
  assert fails gallery([])
}
`

const examples = globSync('examples/*/*.ipvm').map((file): [string, string] => [file, readFileSync(file, 'utf8')])
const programs = [['a program with every construct', every] as [string, string], ...examples]

/** Every so many mutants of a program, from a fixed one on, so that each run takes the same. */
const step = 9

describe('a program with one token deleted, doubled or moved', () => {
  const count = { wrong: 0, one: 0 }

  test.each(programs)('%s', (_, text) => {
    expect(parse(text, 'x').diagnostics).toEqual([])
    let index = 0
    for (const mutant of mutantsOf(text)) {
      if (index++ % step !== 0) continue
      const { diagnostics } = parse(mutant.text, 'x')
      if (diagnostics.length === 0) continue
      count.wrong++
      if (diagnostics.length === 1 && touches(mutant, diagnostics[0]!.span)) count.one++
    }
  })

  test('has one error, on the line of the mutation, in 95 of 100 cases', () => {
    expect(count.wrong).toBeGreaterThan(1000)
    expect(count.one / count.wrong).toBeGreaterThan(0.95)
  })
})
