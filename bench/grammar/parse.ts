import { createToken, EmbeddedActionsParser, Lexer } from 'chevrotain'
import { parse } from '../../grammar/parse.ts'
import { lex } from '../../grammar/tokens.ts'

/**
 * How fast `parse` is, against two floors in the same run: the lexer alone, and the least that chevrotain can do, a
 * parser of JSON that builds values, on a text of equal length.
 *
 * Run: `npx node bench/grammar/parse.ts [megabytes]`. Times are of the processor, so that a busy machine does not show.
 */
const megabytes = Number(process.argv[2] ?? 2)

const job = `/// One picture: crop it, turn it upright, make it grey.
export job thumbnail-0(source: bytes, size: u32 = 256) -> result<list<u8>, string> {
  let cropped = image.crop(source, x: 150, y: 350, width: size, height: size)
  let upright = image.rotate90(cropped) with { time: 5s, memory: 64MiB }
  let info = { name: "picture", tags: ["a", "b"], at: (1.5, -2), kind: b"\\x89PNG" }
  image.grayscale(upright.0, info, flags: { fast, exact })
}

`
const source = job.repeat(Math.ceil((megabytes * 1e6) / job.length))
const object = `{"name": "picture", "tags": ["a", "b"], "at": [1.5, -2], "size": {"width": 150, "height": 350}, "ok": true},\n`
const json = `[${object.repeat(Math.ceil((megabytes * 1e6) / object.length))}null]`

const tokens = {
  space: createToken({ name: 'Space', pattern: /\s+/, group: Lexer.SKIPPED }),
  text: createToken({ name: 'Text', pattern: /"(?:[^\\"]|\\.)*"/ }),
  number: createToken({ name: 'Number', pattern: /-?\d+(?:\.\d+)?/ }),
  true: createToken({ name: 'True', pattern: 'true' }),
  null: createToken({ name: 'Null', pattern: 'null' }),
  open: createToken({ name: 'Open', pattern: '{' }),
  close: createToken({ name: 'Close', pattern: '}' }),
  begin: createToken({ name: 'Begin', pattern: '[' }),
  end: createToken({ name: 'End', pattern: ']' }),
  comma: createToken({ name: 'Comma', pattern: ',' }),
  colon: createToken({ name: 'Colon', pattern: ':' }),
}

class Json extends EmbeddedActionsParser {
  constructor() {
    super(Object.values(tokens), { maxLookahead: 1 })
    this.performSelfAnalysis()
  }
  value = this.RULE('value', (): unknown =>
    this.OR([
      { ALT: () => this.SUBRULE(this.object) },
      { ALT: () => this.SUBRULE(this.array) },
      { ALT: () => this.CONSUME(tokens.text).image.slice(1, -1) },
      { ALT: () => Number(this.CONSUME(tokens.number).image) },
      { ALT: () => this.CONSUME(tokens.true) && true },
      { ALT: () => this.CONSUME(tokens.null) && null },
    ]),
  )
  object = this.RULE('object', () => {
    const fields: Record<string, unknown> = {}
    this.CONSUME(tokens.open)
    this.MANY_SEP({
      SEP: tokens.comma,
      DEF: () => {
        const key = this.CONSUME(tokens.text).image
        this.CONSUME(tokens.colon)
        fields[key] = this.SUBRULE(this.value)
      },
    })
    this.CONSUME(tokens.close)
    return fields
  })
  array = this.RULE('array', () => {
    const items: unknown[] = []
    this.CONSUME(tokens.begin)
    this.MANY_SEP({ SEP: tokens.comma, DEF: () => items.push(this.SUBRULE(this.value)) })
    this.CONSUME(tokens.end)
    return items
  })
}

const jsonLexer = new Lexer(Object.values(tokens), { positionTracking: 'onlyOffset' })
const jsonParser = new Json()

function floor(): void {
  jsonParser.input = jsonLexer.tokenize(json).tokens
  jsonParser.value()
  if (jsonParser.errors.length > 0) throw new Error('the floor does not parse')
}

/** Best of five, in megabytes a second. */
function rate(length: number, run: () => void): number {
  let best = 0
  for (let i = 0; i < 5; i++) {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    best = Math.max(best, length / (user + system))
  }
  return best
}

if (parse(source, 'bench').diagnostics.length > 0) throw new Error('the source has errors')
const jsonRate = rate(json.length, floor)
const lexing = rate(source.length, () => lex(source))
const parsing = rate(source.length, () => parse(source, 'bench'))
console.log(`parse      ${parsing.toFixed(1)} MB/s`)
console.log(`lex alone  ${lexing.toFixed(1)} MB/s, parse takes ${(lexing / parsing).toFixed(2)} times as long`)
console.log(`JSON floor ${jsonRate.toFixed(1)} MB/s, parse takes ${(jsonRate / parsing).toFixed(2)} times as long`)
