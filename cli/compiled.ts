import { hash } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import type { Compiled, Host } from '../compiler/interface.ts'
import { parseCid } from '../dag/cid.ts'
import { makeFolder } from '../runtime/store/folder.ts'
import { readBytes, tryWrite } from './files.ts'
import { createHost, type StoreDoor } from './host.ts'

/**
 * What a source was compiled to, so that a job that is run again need not be compiled again. The compiler is a function of
 * what it asks its host for: what it asked and was told is kept beside what came of it, `compiled/` in the store's folder,
 * and counts as long as the same questions have the same answers. Whatever is wrong here, the source is compiled.
 */
export interface Recalled {
  job: CID
  debug: CID
}

/** Answers by question: contents by their digests, blocks by whether they are there. */
type Answers = Record<'files' | 'paths' | 'folders' | 'blocks', Record<string, string>>

/** A host that remembers what it was asked. */
export class AttentiveHost implements Host {
  readonly answers: Answers = { files: {}, paths: {}, folders: {}, blocks: {} }
  /** Some question had two answers. */
  wavers = false
  readonly #host: Host

  constructor(host: Host) {
    this.#host = host
  }

  readFile(path: string): ReturnType<Host['readFile']> {
    const content = this.#host.readFile(path)
    this.#note('files', path, contentOf(content))
    return content
  }

  realPath(path: string): string | undefined {
    const real = this.#host.realPath(path)
    this.#note('paths', path, real ?? '')
    return real
  }

  list(folder: string): string[] {
    const names = this.#host.list(folder)
    this.#note('folders', folder, namesOf(names))
    return names
  }

  async readBlock(cid: CID): Promise<Uint8Array | undefined> {
    const bytes = await this.#host.readBlock(cid)
    this.#note('blocks', cid.toString(), bytes ? 'there' : '')
    return bytes
  }

  #note(kind: keyof Answers, question: string, answer: string): void {
    const all = this.answers[kind]
    if (Object.hasOwn(all, question) && all[question] !== answer) this.wavers = true
    Object.defineProperty(all, question, { value: answer, enumerable: true, configurable: true })
  }
}

function contentOf(content: ReturnType<Host['readFile']>): string {
  return typeof content === 'string' ? content : hash('sha256', content)
}

function namesOf(names: string[]): string {
  return hash('sha256', JSON.stringify(names))
}

/** Keeps what a job of a source was compiled to. What was warned of is told each time, and so is compiled each time. */
export function rememberCompiled(
  folder: string,
  file: string,
  name: string | undefined,
  { answers, wavers }: AttentiveHost,
  { job, debug, warnings, lock, absent }: Compiled,
): void {
  if (wavers || warnings.length > 0 || lock !== undefined || absent.length > 0) return
  try {
    makeFolder(join(folder, 'compiled'))
  } catch {
    return
  }
  tryWrite(pathOf(folder, file, name), JSON.stringify({ job: job.toString(), debug: debug.toString(), answers }))
}

/** What a job of a source was compiled to, where that would come to the same now and its root is in the store. */
export async function recallCompiled(
  store: StoreDoor,
  file: string,
  name: string | undefined,
): Promise<Recalled | undefined> {
  const kept = readKept(pathOf(store.folder, file, name))
  const blocks = kept && store.existing()?.blocks
  if (!kept || !blocks) return undefined
  const host = createHost(store.load)
  const { files, paths, folders, blocks: links } = kept.answers
  const same =
    Object.entries(files).every(([path, answer]) => contentOf(host.readFile(path)) === answer) &&
    Object.entries(paths).every(([path, answer]) => (host.realPath(path) ?? '') === answer) &&
    Object.entries(folders).every(([path, answer]) => namesOf(host.list(path)) === answer)
  if (!same) return undefined
  for (const [text, answer] of Object.entries(links)) {
    const cid = parseCid(text)
    if (!cid.ok || ((await store.load(cid.value)) ? 'there' : '') !== answer) return undefined
  }
  return (await blocks.has(kept.job)) && (await blocks.has(kept.debug)) ? kept : undefined
}

export function forgetCompiled(folder: string, file: string, name: string | undefined): void {
  rmSync(pathOf(folder, file, name), { force: true })
}

/** Forgets what all sources were compiled to. */
export function forgetAllCompiled(folder: string): void {
  rmSync(join(folder, 'compiled'), { recursive: true, force: true })
}

function readKept(path: string): (Recalled & { answers: Answers }) | undefined {
  const bytes = readBytes(path)
  if (typeof bytes === 'string') return undefined
  try {
    const { job, debug, answers } = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>
    const [root, names] = [parseCid(String(job)), parseCid(String(debug))]
    return root.ok && names.ok && isAnswers(answers) ? { job: root.value, debug: names.value, answers } : undefined
  } catch {
    return undefined
  }
}

function isAnswers(value: unknown): value is Answers {
  const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
  return (
    isRecord(value) &&
    ['files', 'paths', 'folders', 'blocks'].every(kind => {
      const all = value[kind]
      return isRecord(all) && Object.values(all).every(answer => typeof answer === 'string')
    })
  )
}

let ownDigest: string | undefined

/** One for each source, job and program: another compiler may compile in another way. */
function pathOf(folder: string, file: string, name: string | undefined): string {
  ownDigest ??= hash('sha256', readFileSync(import.meta.filename))
  return join(folder, 'compiled', hash('sha256', JSON.stringify([ownDigest, process.cwd(), file, name ?? null])))
}
