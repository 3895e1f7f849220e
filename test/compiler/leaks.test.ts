import { describe, expect, test } from 'vitest'
import { renderDiagnostic } from '../../grammar/render.ts'
import { compiled, helloWasm, memoryHost } from '../harness/host.ts'
import { checkText } from '../../compiler/check.ts'
import { checkedText, told } from './told.ts'

/** What is wrong, without what is only unused. */
const wrong = async (text: string): Promise<string[]> => (await told(text)).filter(line => !line.startsWith('Unused'))

const file = `import { secret } from "ipvm:effects"
import hello from "./hello.wasm"
effect api("https:") {
  query page(url: string) -> string
  query ask(what: string, token: secret<string>) -> string
  query optional() -> option<secret<string>>
  query tokens() -> list<secret<string>>
  command tell(text: string) -> ()
}
job choose(flag: bool, text: string) -> string { if flag { text } else { "" } }
job chosen(flag: bool, text: string) -> string { choose(!flag, text) }
job joined(flag: bool, text: string) -> string { if flag { "a\${text}" } else { text } }
job repeat(count: u64, text: string) -> list<string> { for i in range(count) { "\${i}\${text}" } }
job until(count: u64, text: string) -> string {
  fold range(3) from "" with (state, i) => if len(state) == count { text } else { "\${state}\${i}" }
}
job counted(key: string, text: string) -> string {
  fold range(9) from "" with (state, i) => if len(state) > 3 { text } else { "\${i}\${key}" }
}
job one(flag: bool, key: string, text: string) -> string { if flag { text } else { key } }
job tried(key: string, text: string) -> string { hello.greet(key) catch _ => text }
job named(parts: record { key: string, name: string }, text: string) -> string { pick(parts.name, text) }
job pick(name: string, text: string) -> string { if name == "a" { text } else { "" } }
job marked(parts: record { key: string, text: string }, n: u32) -> string { if n > 1 { parts.text } else { parts.key } }
job fetch(url: string) -> record { head: string, body: string } {
  { head: api.page("\${url}/head"), body: api.page("\${url}/body") }
}
`

const job = (lines: string): string =>
  `${file}job main(n: u32) -> () {
  let token = secret.get("T\${n}")
  let page = api.page("p")
${lines}
}
`

const PAGE = 'SecretDemands: api.page("p")'

describe('nothing but a secret asks for the value of a query', () => {
  test.each([
    ['the first branch', 'do api.tell(declassify(if token == "x" { page } else { "" }))', PAGE],
    ['the other branch', 'do api.tell(declassify(if token == "x" { "" } else { page }))', PAGE],
    ['an arm', 'do api.tell(declassify(match token { "a" => "", "b" => page, _ => "" }))', PAGE],
    ['behind &&', 'if declassify(token == "x" && page == "y") { do api.tell("") }', PAGE],
    ['behind ||', 'if declassify(token == "x" || page == "y") { do api.tell("") }', PAGE],
    ['an alternative', 'do api.tell(declassify(hello.greet(token) catch _ => page))', PAGE],
    ['what was tried', 'do api.tell(declassify(match try hello.greet(token) { ok(_) => page, err(_) => "" }))', PAGE],
    ['a loop', 'do api.tell(declassify((for i in range(len(token)) { "${i}${page}" })[0]))', PAGE],
    [
      'a reduction',
      'let all = for i in range(len(token)) { "${i}" }\n  do api.tell(declassify(reduce all with (a, b) => "${a}${b}${page}"))',
      PAGE,
    ],
    [
      'a step of a fold',
      'do api.tell(declassify(fold range(len(token)) from "" with (t, i) => "${t}${i}${page}"))',
      PAGE,
    ],
    [
      'over names',
      'let a = "${page}."\n  let b = "${a}."\n  do api.tell(declassify(if token == "x" { b } else { "" }))',
      PAGE,
    ],
    [
      'in a branch that something else decides',
      'do api.tell(declassify(if token == "x" { if n > 1 { page } else { "" } } else { "" }))',
      PAGE,
    ],
    [
      'what is demanded elsewhere in another case',
      'if n > 1 { do api.tell(page) }\n  do api.tell(declassify(if token == "x" { page } else { "" }))',
      PAGE,
    ],
    [
      'what is demanded elsewhere as far as an argument says so',
      'do api.tell([page, "a"][n])\n  do api.tell(declassify(if token == "x" { page } else { "" }))',
      PAGE,
    ],
    [
      'a part of which another one is demanded elsewhere',
      'let r = { a: page, b: "b" }\n  do api.tell(r.b)\n  do api.tell(declassify(if token == "x" { r.a } else { "" }))',
      PAGE,
    ],
    ['a job that is given the secret', 'do api.tell(declassify(choose(token == "x", page)))', PAGE],
    ['a job that gives it to another', 'do api.tell(declassify(chosen(token == "x", page)))', PAGE],
    ['a loop in a job', 'do api.tell(declassify(repeat(len(token), page)[0]))', PAGE],
    [
      'what a step in a job hands to the next one',
      'do api.tell(declassify(token))\n  do api.tell(declassify(counted(token, page)))',
      PAGE,
    ],
    ['what may fail in a job', 'do api.tell(declassify(tried(token, page)))', PAGE],
    [
      'a job that is given it in a record',
      'let r = { key: token, name: hello.greet("n") }\n  do api.tell(pick(r.name, page))\n  do api.tell(declassify(named(r, page)))',
      PAGE,
    ],
    [
      'a branch of which only one place asks for it in any case',
      'let s = if n > 5 { if token == "x" { page } else { "" } } else { "" }\n  if n > 2 { do api.tell(declassify(s)) }\n  if n > 1 {\n    do api.tell(page)\n    do api.tell(declassify(s))\n  }',
      PAGE,
    ],
    ['a state in a job', 'do api.tell(declassify(until(len(token), page)))', PAGE],
    [
      'another secret',
      'let other = secret.get("O")\n  do api.tell(declassify(if len(token) > 1 { token } else { other }))',
      'SecretDemands: secret.get("O")',
    ],
    [
      'a job that performs it',
      'let fetched = fetch("f")\n  do api.tell(fetched.head)\n  do api.tell(declassify(if token == "x" { fetched.body } else { "" }))',
      'SecretDemands: api.page("${url}/body")',
    ],
  ])('%s', async (_, lines, error) => {
    expect(await wrong(job(`  ${lines}`))).toEqual([error])
  })

  test.each(['${more}${page}', '${page}${more}'])('a decision is told once, with the first effect: %s', async both => {
    const lines = `  let more = api.page("q")\n  let all = "${both}"\n`
    expect(await wrong(job(`${lines}  do api.tell(declassify(if token == "x" { all } else { "" }))`))).toEqual([PAGE])
  })

  test('by a parameter that is secret', async () => {
    const text = `${file}job main(token: secret<bool>) -> secret<string> {
  let page = api.page("p")
  if token { page } else { "" }
}\n`
    expect(await wrong(text)).toEqual([PAGE])
  })

  test('in a job that was compiled', async () => {
    const either = await compiled(
      'export job either(flag: bool, text: string) -> string { if flag { text } else { "" } }\n',
    )
    const text = `import either from "ipfs://${either.job}"\n${job('  do api.tell(declassify(either(flag: token == "x", text: page)))')}`
    const blocks = new Map(either.blocks.map(({ cid, bytes }) => [cid.toString(), bytes]))
    const { diagnostics } = await checkText(memoryHost({ 'hello.wasm': helloWasm }, blocks), 'main.ipvm', text)
    expect(diagnostics.map(({ name }) => name)).toEqual(['SecretDemands'])
  })

  test('what cannot be followed is refused', async () => {
    const numbers = Array.from({ length: 1500 }, (_, i) => i)
    const lines = numbers.map(i => `  let a${i + 1} = "\${a${i}}x"\n  let b${i + 1} = "\${b${i}}\${a${i}}"`)
    const uses = numbers.map(i => `if token == "${i}" { a1500 } else { b1500 }`)
    const deep = job(
      `  let a0 = page\n  let b0 = page\n${lines.join('\n')}\n  do api.tell(declassify([${uses.join(', ')}][n]))`,
    )
    expect(await wrong(deep)).toEqual(['TooLarge: main'])
  })

  test('in a job of another file', async () => {
    const files = {
      'choose.ipvm': 'export job either(flag: bool, text: string) -> string {\n  if flag { text } else { "" }\n}\n',
    }
    const text = `import { either } from "./choose.ipvm"\n${job('  do api.tell(declassify(either(token == "x", page)))')}`
    const { diagnostics, sources } = await checkedText(text, files)
    const rendered = diagnostics.map(d => renderDiagnostic(d, name => sources.get(name)?.text))
    expect(rendered.join('\n')).toMatchInlineSnapshot(`
      "error[IPVM5037]: \`api.page\` is performed only where a secret asks for its value, and who sees it happen learns of the secret: use the value whatever the secret is, or open what decides with \`declassify(…)\`.
         --> main.ipvm:31:14
          |
       31 |   let page = api.page("p")
          |              ^^^^^^^^^^^^^
         ::: choose.ipvm:2:6
          |
        2 |   if flag { text } else { "" }
          |      ---- this is secret, and decides
      "
    `)
  })
})

describe('the value of a query is asked for in any case', () => {
  test.each([
    ['elsewhere', 'do api.tell(page)\n  do api.tell(declassify(if token == "x" { page } else { "" }))'],
    ['in both branches', 'do api.tell(declassify(if token == "x" { page } else { "a${page}" }))'],
    [
      'by what waits for it',
      'do api.tell("") after page\n  do api.tell(declassify(if token == "x" { page } else { "" }))',
    ],
    ['in all arms', 'do api.tell(declassify(match token { "a" => "a${page}", "b" => page, _ => "${page}b" }))'],
    [
      'in both branches of one of them too',
      'do api.tell(declassify(if token == "x" { page } else { if token == "y" { "a${page}" } else { "b${page}" } }))',
    ],
    ['by what decides', 'do api.tell(declassify(if token == page { page } else { "" }))'],
    [
      'by what may fail',
      'do api.tell(declassify(if token == "x" { page } else { "" }))\n  do api.tell("${page}" catch _ => "")',
    ],
    ['by what is tried with a secret', 'do api.tell(declassify("${page}${token}" catch _ => ""))'],
    [
      'where it is tried',
      'match try "${page}" { ok(a) => do api.tell(a), err(_) => () }\n  do api.tell(declassify(if token == "x" { page } else { "" }))',
    ],
    ['where it was opened what decides', 'do api.tell(if declassify(token == "x") { page } else { "" })'],
    ['where something else decides', 'do api.tell(if n > 1 { page } else { declassify(token) })'],
    [
      'in the branch around',
      'if n > 1 {\n    do api.tell(page)\n    do api.tell(declassify(if token == "x" { page } else { "" }))\n  }',
    ],
    ['by a list of which a secret picks', 'do api.tell(declassify(["", page][if token == "x" { 0 } else { 1 }]))'],
    ['by a job in both branches', 'do api.tell(declassify(joined(token == "x", page)))'],
    ['by a job that is given a secret elsewhere', 'do api.tell(declassify(choose(n > 1, "${page}${token}")))'],
    ['by a job that decides by something else', 'do api.tell(declassify(marked({ key: token, text: page }, n)))'],
    ['by whether there is a secret', 'do api.tell(match api.optional() { some(t) => api.ask("a", t), none => page })'],
    [
      'by a job that is told by an effect what a secret is good for',
      'do api.tell(declassify(one(api.ask("a", token) == "yes", token, page)))',
    ],
    ['for each of some secrets', 'for t in api.tokens() { do api.tell(api.ask(page, t)) }\n  ()'],
  ])('%s', async (_, lines) => {
    expect(await wrong(job(`  ${lines}`))).toEqual([])
  })
})
