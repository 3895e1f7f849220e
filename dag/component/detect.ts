/** What bytes are: a component, a core module, or neither, with a word for what they look like. */
export type Detected = { kind: 'component' } | { kind: 'core' } | { kind: 'other'; hint: string }

const wasmMagic = [0x00, 0x61, 0x73, 0x6d]

/** First bytes of files that are taken for Wasm by mistake. */
const signatures: [bytes: number[], hint: string][] = [
  [[0x1f, 0x8b], 'it is compressed with gzip: unpack it first'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'it is compressed with zstd: unpack it first'],
  [[0x42, 0x5a, 0x68], 'it is compressed with bzip2: unpack it first'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'it is compressed with xz: unpack it first'],
  [[0x50, 0x4b, 0x03, 0x04], 'it is a ZIP archive'],
  [[0x7f, 0x45, 0x4c, 0x46], 'it is an ELF file, native code of Linux: build for a wasm32 target'],
  [[0x4d, 0x5a], 'it is a Windows executable: build for a wasm32 target'],
  [[0xcf, 0xfa, 0xed, 0xfe], 'it is a Mach-O file, native code of macOS: build for a wasm32 target'],
  [[0xca, 0xfe, 0xba, 0xbe], 'it is a Java class or a macOS universal binary'],
  [[0x21, 0x3c, 0x61, 0x72, 0x63, 0x68, 0x3e], 'it is a static library (ar archive): link it first'],
  [[0x42, 0x43, 0xc0, 0xde], 'it is LLVM bitcode: link it first'],
  [[0x25, 0x50, 0x44, 0x46], 'it is a PDF'],
  [[0x89, 0x50, 0x4e, 0x47], 'it is a PNG picture'],
  [[0xff, 0xd8, 0xff], 'it is a JPEG picture'],
  [[0xff, 0xfe], 'it is UTF-16 text'],
  [[0xfe, 0xff], 'it is UTF-16 text'],
]

/** Beginnings of texts, after white space and comments of `;;`. */
const texts: [pattern: RegExp, hint: string][] = [
  [/^\((module|component)\b/, 'it is WebAssembly text (WAT): assemble it first'],
  [/^(<!doctype|<html|<head|<\?xml|<body)/i, 'it is an HTML or XML page, perhaps an error page of a server'],
  [/^version https:\/\/git-lfs/, 'it is a Git LFS pointer: fetch the file that it stands for'],
  [/^(\/\/[^\n]*\n\s*)*(package|interface|world)\s/, 'it is WIT text: build the component that it describes'],
  [/^[{[]/, 'it is JSON or another text'],
  [/^#!/, 'it is a script'],
]

export function detect(bytes: Uint8Array): Detected {
  if (bytes.length === 0) return { kind: 'other', hint: 'it is empty' }
  if (startsWith(bytes, wasmMagic)) {
    if (bytes.length < 8) return { kind: 'other', hint: 'it is cut off within its first 8 bytes' }
    const [version, layer] = [bytes[4]! | (bytes[5]! << 8), bytes[6]! | (bytes[7]! << 8)]
    if (layer === 0 && version === 1) return { kind: 'core' }
    if (layer === 1 && version === 0x0d) return { kind: 'component' }
    if (layer === 1)
      return { kind: 'other', hint: `it is a component of the pre-release format ${version}: rebuild it` }
    return { kind: 'other', hint: `it is WebAssembly of the unknown version ${version}, layer ${layer}` }
  }
  if (startsWith(wasmMagic, bytes)) return { kind: 'other', hint: 'it is cut off within its first 8 bytes' }
  for (const [signature, hint] of signatures) if (startsWith(bytes, signature)) return { kind: 'other', hint }
  const head = bytes.subarray(0, 4096)
  if (head.every(byte => byte === 0)) return { kind: 'other', hint: 'it begins with zeros only' }
  if (head.some(byte => byte === 0 || (byte < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d, 0x1b].includes(byte)))) {
    return { kind: 'other', hint: 'it is binary data of an unknown kind' }
  }
  const text = new TextDecoder().decode(head).replace(/^(\s+|;;[^\n]*(\n|$))+/, '')
  for (const [pattern, hint] of texts) if (pattern.test(text)) return { kind: 'other', hint }
  return { kind: 'other', hint: text === '' ? 'it holds white space only' : 'it is a text' }
}

function startsWith(bytes: ArrayLike<number>, start: ArrayLike<number>): boolean {
  if (bytes.length < start.length) return false
  for (let i = 0; i < start.length; i++) if (bytes[i] !== start[i]) return false
  return true
}
