import { posix } from 'node:path'
import type { CID } from 'multiformats/cid'
import { readGraph } from '../dag/bind.ts'
import { checkCid, DAG_CBOR, parseCid, parseIpfsUrl, verifyBlock } from '../dag/cid.ts'
import type { DagError } from '../dag/interface.ts'
import type { Block } from '../dag/ipld.ts'
import { decodeInstruction, readJob, WASM_RUN } from '../dag/job.ts'
import { reachable } from '../dag/reach.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { importFile, readFile, resolvePath, type NoEntry } from '../dag/unixfs.ts'
import { diagnose, type Diagnostic } from '../grammar/diagnostics.ts'
import type { Text } from '../grammar/nodes.ts'
import { decodeSource } from '../grammar/source.ts'
import type { CompiledJob, CompiledPart } from './core.ts'
import { locate, readAsset, type Folder } from './files.ts'
import type { Host, LockFile } from './interface.ts'
import { LOCK_FILE, parseLock, printLock, type Pin, type Pins } from './lock.ts'
import { suggest } from '../dag/suggest.ts'

/** What `import name from "…"` names: a component, with its bytes where they are at hand, or a compiled job. */
export type Content =
  { kind: 'component'; cid: CID; bytes: Uint8Array | undefined; blocks: Block[] } | { kind: 'job'; job: CompiledJob }

/** Reads what the files of one program import by path or by content; each is read once, and `ipfs://` is pinned. */
export class Contents {
  readonly #host: Host
  readonly #known = new Map<string, Content>()
  readonly #file: string
  readonly #path: string
  #lock: { text: string; pins: Pins; added: boolean; damaged: boolean } | undefined

  /**
   * @param root folder of `ipvm.lock`
   * @param file the lock file as messages name it
   */
  constructor(host: Host, root: string, file: string) {
    this.#host = host
    this.#path = posix.join(root, LOCK_FILE)
    this.#file = file
  }

  async load(folder: Folder, from: Text): Promise<Result<Content, Diagnostic>> {
    const source = from.value
    if (source.startsWith('ipfs://')) return this.#remember(source, () => this.#pinned(folder, from))
    if (/^[a-z][a-z0-9+.-]*:/i.test(source)) {
      const why = 'only relative paths, `ipfs://` and `ipvm:effects` are read; fetch the file and import it by its path'
      return fail(refuse(folder, from, why))
    }
    const path = locate(folder, from)
    if (!path.ok) return path
    return this.#remember(path.value, async () => {
      const bytes = readAsset(folder, from)
      return bytes.ok ? ok({ kind: 'component', bytes: bytes.value, ...(await importFile(bytes.value)) }) : bytes
    })
  }

  /** The lock file as it was read, where it was asked for and there. */
  get lockText(): { file: string; text: string } | undefined {
    return this.#lock && { file: this.#file, text: this.#lock.text }
  }

  /** The lock file as it has to be written, where something new came up. */
  get newLock(): LockFile | undefined {
    if (!this.#lock?.added || this.#lock.damaged) return undefined
    return { path: this.#path, file: this.#file, text: printLock(this.#lock.pins) }
  }

  async #remember(key: string, read: () => Promise<Result<Content, Diagnostic>>): Promise<Result<Content, Diagnostic>> {
    const known = this.#known.get(key)
    if (known) return ok(known)
    const found = await read()
    if (found.ok) this.#known.set(key, found.value)
    return found
  }

  async #pinned(folder: Folder, from: Text): Promise<Result<Content, Diagnostic>> {
    const lock = this.#readLock()
    if (!lock.ok) return lock
    const { pins } = lock.value
    const source = from.value
    const pin = pins.get(source)
    const cid = await this.#resolve(folder, from, pin)
    if (!cid.ok) return cid
    const found: Pin = { cid: cid.value.toString(), kind: cid.value.code === DAG_CBOR ? 'job' : 'component' }
    if (pin && (pin.cid !== found.cid || pin.kind !== found.kind)) return fail(this.#mismatch(folder, from, pin, found))
    const content = await this.#read(folder, from, cid.value)
    if (content.ok && !pin) {
      pins.set(source, found)
      lock.value.added = true
    }
    return content
  }

  /** The CID of an `ipfs://` import, through folders. Where these are not at hand, the one that is pinned. */
  async #resolve(folder: Folder, from: Text, pin: Pin | undefined): Promise<Result<CID, Diagnostic>> {
    const url = parseIpfsUrl(from.value)
    if (!url.ok) return fail(refuse(folder, from, url.error.message))
    const base = checkCid(url.value.cid)
    if (!base.ok) return fail(refuse(folder, from, base.error.message))
    const found = await resolvePath(base.value, url.value.path, cid => this.#host.readBlock(cid))
    if (!found.ok) {
      const pinned = found.error.code === 'missing' && pin && parseCid(pin.cid)
      if (!pinned || !pinned.ok) return fail(trouble(folder, from, found.error, 'its folder'))
      return pinned
    }
    const cid = checkCid(found.value)
    return cid.ok ? cid : fail(refuse(folder, from, cid.error.message))
  }

  async #read(folder: Folder, from: Text, cid: CID): Promise<Result<Content, Diagnostic>> {
    if (cid.code === DAG_CBOR) {
      const job = await this.#compiled(cid)
      return job.ok ? ok({ kind: 'job', job: job.value }) : fail(trouble(folder, from, job.error, 'a block of the job'))
    }
    const file = await this.#whole(cid)
    return file.ok ? ok({ kind: 'component', cid, ...file.value }) : fail(refuse(folder, from, file.error.message))
  }

  /** A file by its CID; without its bytes where a block of it is not at hand. */
  async #whole(cid: CID): Promise<Result<{ bytes: Uint8Array | undefined; blocks: Block[] }, DagError>> {
    const blocks: Block[] = []
    const bytes = await readFile(cid, async part => {
      const found = await this.#host.readBlock(part)
      if (found) blocks.push({ cid: part, bytes: found })
      return found
    })
    if (bytes.ok) return ok({ bytes: bytes.value, blocks })
    return bytes.error.code === 'missing' ? ok({ bytes: undefined, blocks: [] }) : bytes
  }

  async #compiled(cid: CID): Promise<Result<CompiledJob, DagError>> {
    const load = async (part: CID): Promise<Uint8Array | undefined> => {
      const bytes = await this.#host.readBlock(part)
      return bytes && verifyBlock(part, bytes).ok ? bytes : undefined
    }
    const job = await readJob(cid, load)
    if (!job.ok) return job
    const graph = await readGraph(job.value, load)
    if (!graph.ok) return graph
    const blocks = await reachable([cid], load)
    const { params, result, uses } = job.value
    const components: CompiledPart[] = []
    for (const part of componentsOf(blocks)) {
      const file = await this.#whole(part)
      components.push({ cid: part, blocks: file.ok ? file.value.blocks : [] })
    }
    return ok({ cid, params, result: result.type, uses, blocks, components })
  }

  #readLock(): Result<{ text: string; pins: Pins; added: boolean }, Diagnostic> {
    if (this.#lock) return ok(this.#lock)
    const found = this.#host.readFile(this.#path)
    const source = typeof found === 'string' ? undefined : decodeSource(found)
    const text = source?.ok ? source.value : ''
    const lock = { text, pins: new Map(), added: false, damaged: false }
    this.#lock = lock
    if (found === 'missing') return ok(lock)
    const damage = (start: number, end: number, why: string): Result<never, Diagnostic> => {
      lock.damaged = true
      return fail(diagnose('LockDamaged', { why }, { file: this.#file, start, end }))
    }
    if (typeof found === 'string') return damage(0, 0, found === 'directory' ? 'it is a folder' : 'the system refuses')
    if (!source!.ok) return damage(0, 0, 'it is not UTF-8 text')
    const pins = parseLock(text)
    if (!pins.ok) return damage(pins.error.start, pins.error.end, pins.error.why)
    lock.pins = pins.value
    return ok(lock)
  }

  #mismatch(folder: Folder, from: Text, locked: Pin, found: Pin): Diagnostic {
    const said = ({ kind, cid }: Pin): string => `the ${kind} \`${cid}\``
    const start = this.#lock!.text.indexOf(JSON.stringify(from.value))
    const entry = { file: this.#file, start, end: start + from.value.length + 2 }
    return diagnose(
      'LockMismatch',
      { source: from.value, locked: said(locked), found: said(found) },
      { file: folder.file, start: from.start, end: from.end },
      { related: start < 0 ? [] : [{ message: 'the entry', span: entry }] },
    )
  }
}

/** Components that the instructions of a job call. */
function componentsOf(blocks: Block[]): CID[] {
  const found = new Map<string, CID>()
  for (const { cid, bytes } of blocks) {
    if (cid.code !== DAG_CBOR) continue
    const instruction = decodeInstruction(bytes)
    if (!instruction.ok || instruction.value.op !== WASM_RUN) continue
    const url = parseIpfsUrl(instruction.value.rsc)
    if (url.ok) found.set(url.value.cid.toString(), url.value.cid)
  }
  return [...found.values()]
}

function refuse(folder: Folder, from: Text, why: string): Diagnostic {
  return diagnose('ImportSource', { source: from.value, why }, { file: folder.file, start: from.start, end: from.end })
}

function trouble(folder: Folder, from: Text, error: DagError | NoEntry, what: string): Diagnostic {
  if (error.code === 'missing') {
    const span = { file: folder.file, start: from.start, end: from.end }
    return diagnose('ContentMissing', { source: from.value, what }, span)
  }
  if (error.code !== 'entry') return refuse(folder, from, error.message)
  const near = suggest(decodeURIComponent(from.value.slice(from.value.lastIndexOf('/') + 1)), error.names)
  return refuse(folder, from, near === undefined ? error.message : `${error.message}; did you mean \`${near}\``)
}
