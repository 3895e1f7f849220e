import { describe, expect, test } from 'vitest'
import { told } from './told.ts'

const file = `import hello from "./hello.wasm"
effect e("x:") {
  query s() -> secret<u32>
  query ask(n: secret<u32>) -> u32
  query tell(t: secret<string>) -> result<u32, string>
  query word(t: secret<string>) -> secret<string>
  command send(t: secret<string>) -> u32
}
job asked(n: secret<u32>) -> u32 { e.ask(n) }
job divided(n: secret<u32>) -> u32 { e.ask(10 / n) }
job guarded(n: secret<u32>) -> u32 { e.ask(n) catch _ => 1 }
job twice(n: secret<u32>) -> secret<u32> { if n > 3 { n * 2 } else { n } }
job main() -> u32 {
  let n = e.s()
`

const wrong = async (body: string): Promise<string[]> =>
  (await told(`${file}  ${body}\n}\n`)).filter(line => !line.startsWith('Unused'))

describe('an outcome that is no secret tells of none', () => {
  test.each([
    ['a division', 'e.ask(10 / n) catch _ => 7', 'e.ask(10 / n) catch _ => 7'],
    ['what is tried', 'match try e.ask(10 / n) { ok(x) => x, err(_) => 0 }', 'try e.ask(10 / n)'],
    ['a name', 'let part = 10 / n\n  e.ask(part) catch _ => 7', 'e.ask(part) catch _ => 7'],
    ['an index', 'e.ask([1, 2][n]) catch _ => 7', 'e.ask([1, 2][n]) catch _ => 7'],
    ['a conversion', 'e.ask((n as u8) as u32) catch _ => 7', 'e.ask((n as u8) as u32) catch _ => 7'],
    ['a component', 'match e.tell(hello.greet("${n}")) catch _ => ok(7) { ok(x) => x, err(_) => 0 }', 'e.tell(hello.greet("${n}")) catch _ => ok(7)'], // prettier-ignore
    ['a job', 'divided(n) catch _ => 7', 'divided(n) catch _ => 7'],
    ['what a job makes of it', 'asked(twice(n)) catch _ => 7', 'asked(twice(n)) catch _ => 7'],
    ['a job that catches', 'guarded(10 / n)', 'e.ask(n) catch _ => 1'],
    ['a command', 'match try do e.send("${10 / n}") { ok(x) => x, err(_) => 0 }', 'try do e.send("${10 / n}")'],
    ['an element', 'match try for i in [1] { e.ask(i / n) } { ok(x) => x[0], err(_) => 0 }', 'try for i in [1] { e.ask(i / n) }'], // prettier-ignore
    ['the first of two', 'match try (e.ask(1), e.ask(10 / n)) { ok(x) => x.0, err(_) => 0 }', 'try (e.ask(1), e.ask(10 / n))'], // prettier-ignore
  ])('%s', async (_, body, place) => {
    expect(await wrong(body)).toEqual([`SecretOutcome: ${place}`])
  })

  test.each([
    ['a token in a text', 'match e.tell("Bearer ${n}") catch _ => ok(7) { ok(x) => x, err(_) => 0 }'],
    ['the secret as it is', 'e.ask(n) catch _ => 7'],
    ['what has a value for each case', 'e.ask((10 / n) catch _ => 0) catch _ => 7'],
    ['what is tried by itself', 'e.ask(match try 10 / n { ok(x) => x, err(_) => 0 }) catch _ => 7'],
    ['a job that is given it', 'asked(n) catch _ => 7'],
    ['a failure of what is no secret', 'e.ask(10 / len([1])  as u32) catch _ => 7'],
    ['a comparison', 'e.ask(if n > 3 { 1 } else { 2 }) catch _ => 7'],
    ['a secret outcome', 'let w = e.word("${10 / n}") catch _ => ""\n  1'],
    ['a command with a token', 'match try do e.send("${n}") { ok(x) => x, err(_) => 0 }'],
    ['where nothing is tried', 'e.ask(10 / n)'],
  ])('%s is none', async (_, body) => {
    expect(await wrong(body)).toEqual([])
  })
})
