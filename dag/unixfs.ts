import { CID } from 'multiformats/cid'
import { cidOf, RAW, DAG_PB } from './cid.ts'
import type { DagError } from './interface.ts'
import type { Block } from './ipld.ts'
import { Budget, loadBytes, type Load, type ReadOptions } from './load.ts'
import { readProtobuf, type ProtobufField } from './protobuf.ts'
import { fail, ok, type Result } from './result.ts'

/** Bytes of a chunk of a file. */
export const chunkSize = 262_144
/** Links of an inner node of a file. */
export const maxLinks = 174

export interface ImportedFile {
  cid: CID
  /** Chunks and nodes; the file's own is the last. */
  blocks: Block[]
}

/**
 * A file as UnixFS: CIDv1, chunks of 262,144 bytes, 174 links, balanced, raw leaves (docs/dag.md, Blocks). A file of
 * one chunk is that chunk, a raw block.
 */
export async function importFile(bytes: Uint8Array): Promise<ImportedFile> {
  if (bytes.length <= chunkSize) {
    const cid = cidOf(bytes, 'raw')
    return { cid, blocks: [{ cid, bytes }] }
  }
  // Loaded when it is needed: most jobs do without, and should not wait for it.
  const [{ importBytes }, { fixedSize }, { balanced }] = await Promise.all([
    import('ipfs-unixfs-importer'),
    import('ipfs-unixfs-importer/chunker'),
    import('ipfs-unixfs-importer/layout'),
  ])
  const blocks = new Map<string, Block>()
  const store = {
    put(cid: CID, content: Uint8Array): CID {
      blocks.set(cid.toString(), { cid, bytes: content })
      return cid
    },
  }
  const { cid } = await importBytes(bytes, store, {
    cidVersion: 1,
    rawLeaves: true,
    reduceSingleLeafToSelf: true,
    chunker: fixedSize({ chunkSize }),
    layout: balanced({ maxChildrenPerNode: maxLinks }),
    // One at a time, so that the order of the blocks is that of the file.
    blockWriteConcurrency: 1,
  })
  return { cid, blocks: [...blocks.values()] }
}

/** More levels than 174 links each need for any file, and enough for narrower ones. */
const maxFileDepth = 32
/** Most blocks of one file that are visited, so that a small DAG cannot unfold into an endless walk. */
const maxVisits = 262_144

/**
 * The content of a UnixFS file. Every block is verified, and every part must be just as long as the node above says,
 * so that a hostile file is found out before more than `maxBytes` are gathered.
 */
export async function readFile(cid: CID, load: Load, options: ReadOptions = {}): Promise<Result<Uint8Array, DagError>> {
  return readFileWithin(cid, load, new Budget(options))
}

/** {@link readFile}, as a part of something larger that is read. */
export async function readFileWithin(cid: CID, load: Load, budget: Budget): Promise<Result<Uint8Array, DagError>> {
  const parts: Uint8Array[] = []
  for await (const part of new FileWalk(load, budget).visit(cid, undefined, 0)) {
    if (!part.ok) return part
    if (part.value.data) parts.push(part.value.data)
  }
  const [only] = parts
  return ok(parts.length === 1 ? only! : concat(parts))
}

/** A block of a file, and what it holds of the content; nodes that only link to others hold nothing. */
export interface FilePart {
  cid: CID
  bytes: Uint8Array
  /** Where in the file its data begins. */
  at: number
  data?: Uint8Array
}

/** Which bytes of a file are wanted: the first one, and the one behind the last. */
export type FileRange = readonly [from: number, to: number]

/**
 * The blocks of a file in the order of its content, each verified as {@link readFile} does it, and none of them kept: only
 * those that a range needs. The data of the first and the last may go beyond it. Ends with the first failure.
 */
export function fileParts(
  cid: CID,
  load: Load,
  options: ReadOptions = {},
  range?: FileRange,
): AsyncGenerator<Result<FilePart, DagError>> {
  return new FileWalk(load, new Budget(options), range).visit(cid, undefined, 0)
}

/** Bytes of a file as its first block tells them, which alone is read. */
export async function sizeOfFile(cid: CID, load: Load): Promise<Result<number, DagError>> {
  const budget = new Budget({})
  if (cid.code === RAW) {
    const bytes = await loadBytes(cid, load, budget)
    return bytes.ok ? ok(bytes.value.length) : bytes
  }
  const wrong = (what: string): Result<never, DagError> =>
    fail({ code: 'block', message: `block ${cid} is not a UnixFS file: ${what}` })
  if (cid.code !== DAG_PB) return wrong('its CID names a value, not bytes')
  const bytes = await loadBytes(cid, load, budget)
  if (!bytes.ok) return bytes
  const node = readFileNode(bytes.value)
  return typeof node === 'string' ? wrong(node) : ok(node.size)
}

class FileWalk {
  readonly #load: Load
  readonly #budget: Budget
  readonly #range: FileRange
  #visits = 0
  /** Where in the file the walk stands. */
  #at = 0

  constructor(load: Load, budget: Budget, range: FileRange = [0, Infinity]) {
    this.#load = load
    this.#budget = budget
    this.#range = range
  }

  /** What lies below a CID, which must be `size` bytes; undefined at the root. */
  async *visit(cid: CID, size: number | undefined, depth: number): AsyncGenerator<Result<FilePart, DagError>> {
    const damaged = (what: string): Result<never, DagError> =>
      fail({ code: 'block', message: `block ${cid} is not a UnixFS file: ${what}` })
    if (cid.code !== RAW && cid.code !== DAG_PB) return yield damaged('its CID names a value, not bytes')
    if (depth > maxFileDepth) return yield damaged(`it nests deeper than ${maxFileDepth}`)
    if (this.#visits++ === maxVisits)
      return yield fail({ code: 'size', message: `a file of more than ${maxVisits} blocks` })
    const loaded = await loadBytes(cid, this.#load, this.#budget)
    if (!loaded.ok) return yield loaded
    const bytes = loaded.value
    if (cid.code === RAW) {
      if (size !== undefined && size !== bytes.length)
        return yield damaged('its length is not what the node above says')
      const at = this.#at
      this.#at += bytes.length
      return yield ok({ cid, bytes, at, data: bytes })
    }
    const node = readFileNode(bytes)
    if (typeof node === 'string') return yield damaged(node)
    if (size !== undefined && size !== node.size) return yield damaged('its length is not what the node above says')
    if (node.size > this.#budget.max)
      return yield fail({
        code: 'size',
        message: `a file of ${node.size} bytes is over the limit of ${this.#budget.max}`,
      })
    const at = this.#at
    this.#at += node.data.length
    const holds = node.data.length > 0 || node.links.length === 0
    yield ok({ cid, bytes, at, ...(holds ? { data: node.data } : {}) })
    const [from, to] = this.#range
    for (const [i, link] of node.links.entries()) {
      const length = node.sizes[i]!
      if (this.#at + length <= from || this.#at >= to) this.#at += length
      else
        for await (const part of this.visit(link, length, depth + 1)) {
          yield part
          if (!part.ok) return
        }
    }
  }
}

interface FileNode {
  data: Uint8Array
  links: CID[]
  /** Bytes of the file below each link. */
  sizes: number[]
  /** Bytes of the file below this node, its own included. */
  size: number
}

const [PB_DATA, PB_LINKS] = [1, 2]
const [LINK_HASH, LINK_NAME, LINK_SIZE] = [1, 2, 3]
const [FS_TYPE, FS_DATA, FS_SIZE, FS_BLOCK_SIZES] = [1, 2, 3, 4]
const kinds = ['raw', 'directory', 'file', 'metadata', 'symlink', 'sharded directory']

/** A DAG-PB node that holds something of UnixFS. */
interface Node {
  links: Link[]
  /** One of {@link kinds}. */
  kind: string
  data: ProtobufField[]
}

interface Link {
  cid: CID
  name: Uint8Array
}

/** Reads a DAG-PB node (https://ipld.io/specs/codecs/dag-pb/spec/) with UnixFS data; else says what it is. */
function readNode(bytes: Uint8Array): Node | string {
  const fields = readProtobuf(bytes)
  if (!fields) return 'it is not DAG-PB'
  const links: Link[] = []
  let content: Uint8Array | undefined
  for (const { field, value } of fields) {
    if (typeof value === 'number') return 'it is not DAG-PB'
    if (field === PB_LINKS && content === undefined) {
      const link = readLink(value)
      if (!link) return 'a link of it is none'
      links.push(link)
    } else if (field === PB_DATA && content === undefined) content = value
    else return 'it is not DAG-PB'
  }
  const data = content && readProtobuf(content)
  if (!data) return 'it holds no UnixFS data'
  const kind = data.findLast(({ field, value }) => field === FS_TYPE && typeof value === 'number')?.value as number
  return { links, kind: kinds[kind ?? -1] ?? 'thing unknown', data }
}

/** Reads a node of a file; else says what it is. */
function readFileNode(bytes: Uint8Array): FileNode | string {
  const read = readNode(bytes)
  if (typeof read === 'string') return read
  const links = read.links.map(link => link.cid)
  const node: FileNode = { data: new Uint8Array(0), links, sizes: [], size: 0 }
  let declared: number | undefined
  for (const { field, value } of read.data) {
    if (field === FS_DATA && typeof value !== 'number') node.data = value
    else if (field === FS_SIZE && typeof value === 'number') declared = value
    else if (field === FS_BLOCK_SIZES && typeof value === 'number') node.sizes.push(value)
  }
  if (read.kind !== 'file' && read.kind !== 'raw') return `it is a ${read.kind}`
  if (node.sizes.length !== links.length) return 'it does not tell the length of each part'
  if (node.sizes.some(size => size === 0)) return 'a part of it is empty'
  node.size = node.sizes.reduce((sum, size) => sum + size, node.data.length)
  if (!Number.isSafeInteger(node.size) || declared !== node.size) return 'its length is not that of its parts'
  return node
}

function readLink(bytes: Uint8Array): Link | undefined {
  const fields = readProtobuf(bytes)
  const hash = fields?.find(({ field }) => field === LINK_HASH)?.value
  if (!(hash instanceof Uint8Array) || fields!.some(({ field }) => field > LINK_SIZE || field < LINK_HASH))
    return undefined
  const name = fields!.find(({ field }) => field === LINK_NAME)?.value
  if (typeof name === 'number') return undefined
  try {
    return { cid: CID.decode(hash), name: name ?? new Uint8Array(0) }
  } catch {
    return undefined
  }
}

/** A name that a folder does not hold; `names` are those that it does. */
export interface NoEntry {
  code: 'entry'
  message: string
  names: string[]
}

/**
 * Follows names through UnixFS folders, each of one block. Folders that are cut into shards are refused by name. Every
 * block is verified.
 *
 * @returns the CID of what the path leads to, which is not read
 */
export async function resolvePath(cid: CID, path: string[], load: Load): Promise<Result<CID, DagError | NoEntry>> {
  const budget = new Budget({})
  let at = cid
  for (const name of path) {
    const wrong = (what: string): Result<never, DagError> =>
      fail({ code: 'block', message: `${at} is not a folder of UnixFS: ${what}` })
    if (at.code !== DAG_PB) return wrong(at.code === RAW ? 'it is a file' : 'it is a value')
    const loaded = await loadBytes(at, load, budget)
    if (!loaded.ok) return loaded
    const node = readNode(loaded.value)
    if (typeof node === 'string') return wrong(node)
    if (node.kind === 'sharded directory') return wrong('it is cut into shards (HAMT), which are not read')
    if (node.kind !== 'directory') return wrong(`it is a ${node.kind}`)
    const wanted = Buffer.from(name)
    const found = node.links.filter(link => Buffer.compare(link.name, wanted) === 0)
    if (found.length > 1) return wrong(`it holds ${JSON.stringify(name)} twice`)
    if (found.length === 0) {
      const names = node.links.map(link => Buffer.from(link.name).toString())
      return fail({ code: 'entry', message: `there is no ${JSON.stringify(name)} in the folder ${at}`, names })
    }
    at = found[0]!.cid
  }
  return ok(at)
}

function concat(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
