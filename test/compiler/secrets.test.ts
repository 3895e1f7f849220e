import { describe, expect, test } from 'vitest'
import { decodeInstruction, readJob } from '../../dag/job.ts'
import { secretRows } from '../../grammar/diagnostics/secrets.ts'
import { compiled, loaderOf } from '../harness/host.ts'
import { mended, told } from './told.ts'

const file = `import { secret } from "ipvm:effects"
import hello from "./hello.wasm"
effect api("https:") {
  query ask(what: string, token: secret<string>) -> result<string, string>
  query list(headers: list<tuple<string, secret<string>>>) -> u32
  query plain(what: string) -> string
  command tell(text: string) -> ()
}
job twice(text: string) -> string { "\${text}\${text}" }
job size(part: record { name: string, data: string }) -> u64 { len(part.name) + len(part.data) }
job keep(token: secret<string>) -> secret<u64> { len(token) }
job send(text: string) -> () { do api.tell(text) }
job ask(token: secret<string>, what: string) -> string { api.ask(what, token)? }
type Choice = variant { with(string), without }
job choose(choice: Choice) -> bool { match choice { with(_) => true, without => false } }
`
/** A private job with a secret in `token`. */
const job = (lines: string, result: string): string =>
  `${file}job main(n: u32) -> ${result} {\n  let token = secret.get("T\${n}")\n${lines}\n}\nexport job use() -> string uses secret.get, api.ask { ask(secret.get(hello.greet("x")), "a") }\n`

test.each(Object.entries(secretRows))('nothing at all is said of the right example of %s', async (_, row) => {
  expect(await told(row.right)).toEqual([])
})

describe('what is made from a secret', () => {
  test.each([
    ['a text', '"Bearer ${token}"', 'string'],
    ['a function', 'hello.greet(token)', 'string'],
    ['a built-in', 'len(token)', 'u64'],
    ['a job', 'twice(token)', 'string'],
    ['a job that is given a record with a secret in it', 'size({ name: "a", data: token })', 'u64'],
    ['a job that is given a value with a secret in it', 'let part = { name: token, data: "a" }\n  size(part)', 'u64'],
    ['a job that is given a case with a secret in it', 'choose(Choice.with(token))', 'bool'],
    ['a job that keeps secrets', 'keep(token)', 'u64'],
    ['a comparison', 'token == "x"', 'bool'],
    ['a choice', 'if token == "x" { 1 } else { 2 }', 'u8'],
    ['a choice between others', 'match len(token) { 0 => "a", _ => "b" }', 'string'],
    ['what is in a list', '(for c in [token, "a"] { len(c) })[0]', 'u64'],
    ['a condition', 'token == "x" && n > 1', 'bool'],
  ])('%s is secret', async (_, value, type) => {
    expect(await told(job(value, `secret<${type}>`))).toEqual([])
    const errors = await told(job(value, type))
    expect(errors.length).toBe(1)
    expect(errors[0]).toMatch(/^TypeMismatch: /)
  })

  test.each([
    ['of a provider that keeps its parameter secret', 'api.ask("a", token)?', 'string'],
    ['of a provider that keeps a part of it secret', 'api.list([("a", "b"), ("token", token)])', 'u32'],
    ['of a job that keeps its parameter secret', 'ask(token, "a")', 'string'],
    ['of what opens it', 'declassify(token)', 'string'],
    ['of what was computed and opened', 'declassify(len(token) > 3)', 'bool'],
  ])('the result %s is not', async (_, value, type) => {
    expect(await told(job(value, type))).toEqual([])
  })

  test('what is not secret stands where a secret may', async () => {
    expect(await told(job('ask("plain", "${len([token])}${n}")', 'string'))).toEqual([])
  })
})

describe('where a secret does not go', () => {
  test.each([
    ['api.plain(token)', 'string', 'SecretEscapes: token'],
    ['api.plain("${token}")', 'string', 'SecretEscapes: "${token}"'],
    ['api.ask(token, token)?', 'string', 'SecretEscapes: token'],
    ['api.list([(token, "a")])', 'u32', 'SecretEscapes: token'],
    ['do api.tell(hello.greet(token))', '()', 'SecretEscapes: hello.greet(token)'],
    ['send(token)', '()', 'SecretToJob: token'],
    ['send(if n > 1 { token } else { "" })', '()', 'SecretToJob: token'],
    ['ask(token, token)', 'string', 'SecretToJob: token'],
    ['let a = link(token)\n  a', 'link<string>', 'SecretStored: link(token)'],
    ['let plain: string = token\n  plain', 'string', 'TypeMismatch: token'],
    ['let parts: list<string> = [token]\n  parts', 'list<string>', 'TypeMismatch: token'],
    ['declassify("a${n}")', 'string', 'NotSecret: declassify("a${n}")'],
  ])('%s', async (lines, type, error) => {
    expect(await told(job(lines, type))).toEqual([error])
  })

  test.each([
    ['if token == "x" { do api.tell("x") }', '()', 'SecretDecides: api.tell("x")'],
    ['if token == "x" { send("x") }', '()', 'SecretDecides: send("x")'],
    ['for i in range(len(token)) { do api.tell("${n}") }\n  ()', '()', 'SecretDecides: api.tell("${n}")'],
    ['let a = if token == "x" { api.plain("x") } else { "y" }\n  a', 'secret<string>', 'SecretDecides: api.plain("x")'],
    ['match token { "x" => send("x"), _ => () }', '()', 'SecretDecides: send("x")'],
    ['token == "x" && api.plain("y") == "z"', 'secret<bool>', 'SecretDecides: api.plain("y")'],
  ])('%s', async (lines, type, error) => {
    expect(await told(job(lines, type))).toEqual([error])
  })

  test('a choice by something else may perform', async () => {
    expect(await told(job('if declassify(token == "x") && n > 1 { do api.tell("x") }', '()'))).toEqual([])
  })
})

describe('exported jobs', () => {
  test.each([
    ['export job main() -> secret<string> uses secret.get { secret.get("a") }', 'SecretResult: secret<string>'],
    [
      'export job main() -> record { a: list<secret<string>> } uses secret.get { { a: [secret.get("a")] } }',
      'SecretResult: record { a: list<secret<string>> }',
    ],
    ['export job main(token: secret<string>) -> u8 { 1 }', 'SecretParameter: token: secret<string>'],
    ['export job main(token: option<secret<string>>) -> u8 { 1 }', 'SecretParameter: token: option<secret<string>>'],
  ])('%s', async (text, error) => {
    expect(await told(`import { secret } from "ipvm:effects"\n${text}\n`)).toContain(error)
  })

  test('the repair of what is not secret leaves nothing to tell', async () => {
    const text = 'export job main(a: string) -> string { declassify("${a}") }\n'
    expect(await told(await mended(text))).toEqual([])
  })
})

test('a list of bytes some of which are secret is a byte string', async () => {
  const text = `import { secret } from "ipvm:effects"
job text(data: bytes) -> string { data as string }
job digits(a: u8, b: secret<u8>) -> secret<string> {
  let data = [a, b]
  text(data)
}
export job main() -> string uses declassify { declassify(digits(72, 105)) }\n`
  const job = await compiled(text)
  const root = await readJob(job.job, loaderOf(job))
  if (!root.ok) throw new Error(root.error.message)
  const [task] = root.value.tasks
  const instruction = decodeInstruction((await loaderOf(job)(task!))!)
  expect(instruction).toMatchObject({ ok: true, value: { op: 'secret/declassify', input: { args: ['Hi'] } } })
})

describe('where a secret is expected, what gives one may be held to it', () => {
  test.each([
    ['if', 'secret<string>', 'if len(token) > 1 { "${token}!" } else { "" }'],
    ['match', 'secret<string>', 'match token { "a" => "x${token}", _ => "y" }'],
    ['catch', 'secret<string>', '"${token}" catch _ => ""'],
    ['fold', 'secret<string>', 'fold ["1", "2"] from "" with (t, x) => "${t}${x}${token}"'],
    ['for over a secret list', 'secret<list<u64>>', 'for i in range(0, len(token)) { i + 1 }'],
    ['for with secrets in it', 'list<secret<string>>', 'for x in ["a"] { "${x}${token}" }'],
  ])('%s', async (_, type, expression) => {
    expect(await told(job(`  let held: ${type} = ${expression}\n  held`, type))).toEqual([])
  })

  test('and not to what is no secret', async () => {
    const plain = job('  let held: string = if len(token) > 1 { "a" } else { "b" }\n  held', 'string')
    expect(await told(plain)).toEqual(['TypeMismatch: if len(token) > 1 { "a" } else { "b" }'])
  })
})
