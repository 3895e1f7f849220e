import fc from 'fast-check'

/** What the canonical writer has no form for. */
export class NotCanonical extends Error {}

const join = (...parts: (Uint8Array | number[])[]): Uint8Array => Uint8Array.from(parts.flatMap(part => [...part]))

/** The head of a major type, in the shortest way or in so many bytes of argument. */
function head(major: number, value: bigint, width = shortest(value)): number[] {
  const first = major << 5
  if (width === 0) return [first | Number(value & 31n)]
  const bytes = Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * (width - 1 - i))) & 255n))
  return [first | (24 + Math.log2(width)), ...bytes]
}

function shortest(value: bigint): number {
  if (value < 24n) return 0
  return value < 1n << 8n ? 1 : value < 1n << 16n ? 2 : value < 1n << 32n ? 4 : 8
}

/**
 * DAG-CBOR by the letter of its specification (https://ipld.io/specs/codecs/dag-cbor/spec/), of what `cbor2` reads:
 * integers as bigints, floats as numbers, maps as `Map`, tags as its class.
 *
 * @throws NotCanonical
 */
export function canonical(value: unknown, Tag: new (tag: number) => unknown): Uint8Array {
  if (value === null) return Uint8Array.of(0xf6)
  if (value === false || value === true) return Uint8Array.of(value ? 0xf5 : 0xf4)
  if (typeof value === 'bigint') return join(value < 0n ? head(1, -1n - value) : head(0, value))
  if (typeof value === 'string') {
    const text = new TextEncoder().encode(value)
    return join(head(3, BigInt(text.length)), text)
  }
  if (typeof value === 'number' && Number.isFinite(value)) {
    const bytes = new Uint8Array(9)
    bytes[0] = 0xfb
    new DataView(bytes.buffer).setFloat64(1, value)
    return bytes
  }
  // Longer ones are not joined byte for byte.
  if (value instanceof Uint8Array)
    return new Uint8Array(Buffer.concat([Uint8Array.from(head(2, BigInt(value.length))), value]))
  if (Array.isArray(value)) return join(head(4, BigInt(value.length)), ...value.map(item => canonical(item, Tag)))
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]): [Uint8Array, Uint8Array] => {
      if (typeof key !== 'string') throw new NotCanonical('a key that is no string')
      return [canonical(key, Tag), canonical(item, Tag)]
    })
    entries.sort(([a], [b]) => a.length - b.length || Buffer.compare(a, b))
    return join(head(5, BigInt(entries.length)), ...entries.flat())
  }
  if (value instanceof Tag) {
    const { tag, contents } = value as { tag: number | bigint; contents: unknown }
    if (BigInt(tag) !== 42n || !(contents instanceof Uint8Array) || contents[0] !== 0 || !isCid(contents.subarray(1)))
      throw new NotCanonical('a tag that is no link')
    return join([0xd8, 0x2a], canonical(contents, Tag))
  }
  throw new NotCanonical(`a ${typeof value}`)
}

/** Whether bytes are a CID in its one way of writing: of version 0, or version, codec, hash and length in the fewest bytes. */
function isCid(bytes: Uint8Array): boolean {
  if (bytes[0] === 0x12 && bytes[1] === 32) return bytes.length === 34
  const numbers: bigint[] = []
  let at = 0
  for (let n = 0; n < 4; n++) {
    let value = 0n
    for (let size = 0; ; size++) {
      const byte = bytes[at++]
      if (byte === undefined || size === 9) return false
      value += BigInt(byte & 127) << BigInt(7 * size)
      if (byte === 0 && size > 0) return false
      if (byte < 128) break
    }
    // No number of the table of codes needs more digits than a double has.
    if (BigInt(Number(value)) !== value) return false
    numbers.push(value)
  }
  return numbers[0] === 1n && BigInt(bytes.length - at) === numbers[3]
}

type Pair = [Uint8Array, Uint8Array]
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))
const argument = fc.oneof(
  fc.bigInt({ min: 0n, max: 30n }),
  fc.constantFrom(255n, 256n, 65_535n, 65_536n, (1n << 32n) - 1n, 1n << 32n, 1n << 53n, (1n << 64n) - 1n),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
)
/** Mostly the right width; never one that would cut the value. */
const widths = (value: bigint): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(shortest(value)) },
    { weight: 1, arbitrary: fc.constantFrom(1, 2, 4, 8).map(width => Math.max(width, shortest(value))) },
  )
const headed = (major: number, value: bigint): fc.Arbitrary<Uint8Array> =>
  widths(value).map(width => Uint8Array.from(head(major, value, width)))
const holding = (major: number, content: fc.Arbitrary<Uint8Array>, count = (bytes: Uint8Array) => bytes.length) =>
  content.chain(bytes => headed(major, BigInt(count(bytes))).map(first => join(first, bytes)))

const utf8 = fc.oneof(
  { weight: 12, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }).map(text => new TextEncoder().encode(text)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('ff', 'c3', 'eda080', 'c1a1', 'f4908080', 'efbbbf', 'efbfbd', '80').map(bytesOf),
  },
)
const text = holding(3, utf8)
const link = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hash => join(bytesOf('0001711220'), hash)),
  },
  { weight: 2, arbitrary: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hash => join(bytesOf('001220'), hash)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(
        ...['', '00', '0001', '00015500', '0001550000', '000155000101', '0001550002', '0001550000ff', '0002550000'],
        ...['00d5000101', '000181000000', '0001558000', '00ff7f000100', '0001ffffffffffffffff7f000101', '01550001aa'],
      )
      .map(bytesOf),
  },
)
const float = fc.oneof(
  { weight: 8, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(float64) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        'f93c00',
        'fa3f800000',
        'f97e00',
        'fb7ff8000000000000',
        'fbfff0000000000000',
        'fb7ff0000000000001',
        'fb8000000000000000',
        'fb0000000000000001',
      )
      .map(bytesOf),
  },
)
function float64(value: number): Uint8Array {
  const bytes = new Uint8Array(9)
  bytes[0] = 0xfb
  new DataView(bytes.buffer).setFloat64(1, value)
  return bytes
}

/** CBOR of one value, of every form there is, most often as DAG-CBOR has it; and sometimes with more behind it. */
export const malformed: fc.Arbitrary<Uint8Array> = fc
  .letrec<{ item: Uint8Array }>(tie => {
    const item = tie('item')
    const pairs = fc.oneof(
      // Sorted, each once.
      {
        weight: 6,
        arbitrary: fc
          .uniqueArray(fc.tuple(text, item), { maxLength: 4, selector: ([key]) => Buffer.from(key).toString('hex') })
          .map(list => list.sort(([a], [b]) => a.length - b.length || Buffer.compare(a, b))),
      },
      { weight: 1, arbitrary: fc.array(fc.tuple(fc.oneof(text, text, item), item), { maxLength: 4 }) },
      // One key twice, most often in a map that is right otherwise.
      {
        weight: 1,
        arbitrary: fc.tuple(text, item, item).map(([key, a, b]): Pair[] => [
          [key, a],
          [key, b],
        ]),
      },
    )
    return {
      item: fc.oneof(
        { maxDepth: 4, depthSize: 'small' },
        { weight: 3, arbitrary: argument.chain(value => headed(0, value)) },
        { weight: 3, arbitrary: argument.chain(value => headed(1, value)) },
        { weight: 3, arbitrary: holding(2, fc.uint8Array({ maxLength: 30 })) },
        { weight: 4, arbitrary: text },
        { weight: 3, arbitrary: float },
        { weight: 3, arbitrary: fc.constantFrom('f4', 'f5', 'f6').map(bytesOf) },
        {
          weight: 1,
          arbitrary: fc
            .constantFrom(
              'f7',
              'e0',
              'f820',
              'f814',
              'f8ff',
              'ff',
              '1c',
              '5c',
              'fc',
              '9fff',
              'bfff',
              '5fff',
              '7fff',
              '5f4101ff',
              '7f6161ff',
              '9f01ff',
              'bf616101ff',
            )
            .map(bytesOf),
        },
        { weight: 3, arbitrary: holding(2, link).chain(content => headed(6, 42n).map(tag => join(tag, content))) },
        {
          weight: 1,
          arbitrary: fc
            .tuple(fc.constantFrom(0n, 1n, 2n, 3n, 24n, 41n, 42n, 43n, 55_799n), item)
            .chain(([tag, content]) => headed(6, tag).map(first => join(first, content))),
        },
        {
          weight: 6,
          arbitrary: fc
            .array(item, { maxLength: 4 })
            .chain(list => headed(4, BigInt(list.length)).map(first => join(first, ...list))),
        },
        {
          weight: 6,
          arbitrary: pairs.chain(list => headed(5, BigInt(list.length)).map(first => join(first, ...list.flat()))),
        },
      ),
    }
  })
  .item.chain(item =>
    fc.oneof(
      { weight: 20, arbitrary: fc.constant(item) },
      { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 3 }).map(more => join(item, more)) },
      { weight: 1, arbitrary: fc.nat(item.length - 1).map(length => item.slice(0, length)) },
    ),
  )
