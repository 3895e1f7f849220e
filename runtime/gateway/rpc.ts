import type { CID } from 'multiformats/cid'
import { checkCid, parseCid, verifyBlock } from '../../dag/cid.ts'
import type { DagError } from '../../dag/interface.ts'
import type { Load } from '../../dag/load.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { fileParts, resolvePath, sizeOfFile, type FileRange } from '../../dag/unixfs.ts'
import { Broken, says, type Answer, type Asked } from './answer.ts'

/**
 * The few commands of Kubo's RPC API (https://docs.ipfs.tech/reference/kubo/rpc/) that read: `cat` of a UnixFS file, which is
 * what Homestar asks for, and `block/get`. Whoever may ask was decided before.
 */
export async function answerRpc({ method, path, query }: Asked, load: Load): Promise<Answer> {
  if (method !== 'POST') return says(405, 'The RPC API takes POST alone.', { allow: 'POST' })
  const command = path.slice('/api/v0/'.length)
  if (command === 'dag/put' || command === 'block/put' || command === 'add')
    return error(403, 'this gateway serves what is in the store, and takes nothing')
  if (command !== 'cat' && command !== 'block/get') return says(404, '404 page not found')
  const args = query.getAll('arg')
  if (args.length !== 1) return error(400, 'argument "ipfs-path" is required, once')
  const cid = await resolve(args[0]!, load)
  if (!cid.ok) return error(500, cid.error.message)
  return command === 'cat' ? cat(cid.value, query, load) : blockGet(cid.value, load)
}

/** Kubo's shape of an error. */
function error(status: number, message: string): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(`${JSON.stringify({ Message: message, Code: 0, Type: 'error' })}\n`),
  }
}

/** What an argument leads to: `CID`, `/ipfs/CID`, each with names of folders behind. */
async function resolve(text: string, load: Load): Promise<Result<CID, DagError | { message: string }>> {
  const [head = '', ...names] = text
    .replace(/^\/?ipfs\//, '')
    .replace(/\/$/, '')
    .split('/')
  const parsed = parseCid(head)
  if (!parsed.ok) return parsed
  const cid = parsed.value.version === 0 ? parsed.value.toV1() : parsed.value
  const taken = checkCid(cid)
  if (!taken.ok) return taken
  return names.length === 0 ? ok(cid) : resolvePath(cid, names, load)
}

async function cat(cid: CID, query: URLSearchParams, load: Load): Promise<Answer> {
  const size = await sizeOfFile(cid, load)
  if (!size.ok) return error(500, size.error.message)
  const range = rangeIn(query, size.value)
  if (!range.ok) return error(400, range.error)
  const [from, to] = range.value
  const headers = {
    'content-type': 'text/plain',
    'x-stream-output': '1',
    'x-content-length': String(to - from),
    'content-length': String(to - from),
    'x-content-type-options': 'nosniff',
  }
  return { status: 200, headers, body: content(cid, range.value, load) }
}

/** `offset` and `length`, as far as the file goes. */
function rangeIn(query: URLSearchParams, size: number): Result<FileRange, string> {
  const read = (name: string): number | undefined => {
    const text = query.get(name)
    return text === null ? undefined : /^\d{1,15}$/.test(text) ? Number(text) : NaN
  }
  const [offset = 0, length = Infinity] = [read('offset'), read('length')]
  if (Number.isNaN(offset) || Number.isNaN(length)) return fail('`offset` and `length` are whole numbers')
  const from = Math.min(offset, size)
  return ok([from, Math.min(from + length, size)])
}

async function* content(cid: CID, [from, to]: FileRange, load: Load): AsyncGenerator<Uint8Array> {
  for await (const part of fileParts(cid, load, { maxBytes: Number.MAX_SAFE_INTEGER }, [from, to])) {
    if (!part.ok) throw new Broken(part.error.message)
    const { data, at } = part.value
    if (data && at + data.length > from && at < to)
      yield data.subarray(Math.max(0, from - at), Math.min(data.length, to - at))
  }
}

async function blockGet(cid: CID, load: Load): Promise<Answer> {
  const bytes = await load(cid)
  if (!bytes) return error(500, `block was not found locally (offline): ipld: could not find ${cid}`)
  if (!verifyBlock(cid, bytes).ok) return error(500, `the block ${cid} is damaged in the store`)
  return { status: 200, headers: { 'content-type': 'text/plain', 'x-stream-output': '1' }, body: bytes }
}
