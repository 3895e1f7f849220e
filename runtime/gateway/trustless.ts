import { hash } from 'node:crypto'
import { CID } from 'multiformats/cid'
import { checkCid, maxIdentity, parseCid, verifyBlock } from '../../dag/cid.ts'
import type { Block } from '../../dag/ipld.ts'
import type { Load } from '../../dag/load.ts'
import { resolvePath } from '../../dag/unixfs.ts'
import { says, type Answer, type Asked } from './answer.ts'
import { carOf } from './car.ts'
import { CAR_TYPE, formatOf, RAW_TYPE, rangeOf, type Format } from './formats.ts'

/** Most names in a path below a CID. */
const maxPath = 64
const immutable = 'public, max-age=29030400, immutable'

/**
 * `GET` and `HEAD` of `/ipfs/CID` and `/ipfs/CID/path` by the Trustless Gateway Specification
 * (https://specs.ipfs.tech/http-gateways/trustless-gateway/): one block, or a CAR.
 */
export async function answerIpfs(asked: Asked, load: Load): Promise<Answer> {
  const { method, path, headers } = asked
  if (method !== 'GET' && method !== 'HEAD')
    return says(405, 'Content is read with GET and HEAD.', { allow: 'GET, HEAD' })
  if (headers['service-worker'] !== undefined) return says(400, 'Nothing here is a service worker.')
  const parts = namesIn(path)
  const cid = parts && readCid(parts[0]!)
  if (!cid) return says(400, 'A path is /ipfs/CID, or /ipfs/CID/name/name for a CAR.')
  const taken = checkCid(cid)
  if (!taken.ok) return says(400, `${taken.error.message}.`)
  const format = formatOf(asked)
  if ('status' in format) return format
  const names = parts.slice(1)
  if (format.kind === 'raw' && names.length > 0)
    return says(400, 'A block is asked for by its CID alone; a path goes with format=car.')

  const root = await blockOf(cid, load)
  if (root === undefined) return missing(asked, `The block ${cid} is not here.`)
  if (root === 'damaged') return says(500, `The block ${cid} is damaged in the store.`)
  const way = await walk(root, names, load)
  if ('status' in way) return way
  const head = headOf(asked, parts, format)
  if (matches(headers['if-none-match'], head['etag']!)) return { status: 304, headers: head }
  if (format.kind === 'raw') return blockAnswer(asked, root.bytes, head)
  return { status: 200, headers: head, body: carOf(cid, way.path, way.terminus, format, load) }
}

/** The names of a path behind `/ipfs/`; undefined where one is none. */
function namesIn(path: string): string[] | undefined {
  const parts = path.slice('/ipfs/'.length).replace(/\/$/, '').split('/')
  if (parts.length > maxPath) return undefined
  try {
    const names = parts.map(decodeURIComponent)
    return names.every(name => name !== '' && name !== '.' && name !== '..' && !name.includes('/')) ? names : undefined
  } catch {
    return undefined
  }
}

/** A CIDv0 is another way to write one of version 1. */
function readCid(text: string): CID | undefined {
  const cid = parseCid(text)
  if (!cid.ok) return undefined
  return cid.value.version === 0 ? cid.value.toV1() : cid.value
}

async function blockOf(cid: CID, load: Load): Promise<Block | 'damaged' | undefined> {
  const { code, digest } = cid.multihash
  const bytes = code === 0 && digest.length <= maxIdentity ? digest : await load(cid)
  if (!bytes) return undefined
  return verifyBlock(cid, bytes).ok ? { cid, bytes } : 'damaged'
}

function missing({ headers }: Asked, text: string): Answer {
  const cached = /(^|[\s,])only-if-cached\b/.test(headers['cache-control'] ?? '')
  return says(cached ? 412 : 404, text)
}

/** Follows names through folders; `path` are the blocks before the terminus. */
async function walk(root: Block, names: string[], load: Load): Promise<{ path: Block[]; terminus: Block } | Answer> {
  const path: Block[] = []
  let at = root
  for (const name of names) {
    const next = await resolvePath(at.cid, [name], load)
    const block = next.ok ? await blockOf(next.value, load) : undefined
    if (block === 'damaged') return says(500, `A block below ${root.cid} is damaged in the store.`)
    if (!block) return says(404, next.ok ? `The block ${next.value} is not here.` : `${next.error.message}.`)
    path.push(at)
    at = block
  }
  return { path, terminus: at }
}

function headOf({ query }: Asked, parts: string[], format: Format): Record<string, string> {
  const [cid = ''] = parts
  const path = `/ipfs/${parts.map(encodeURIComponent).join('/')}`
  const location = new URLSearchParams([...query, ['format', format.kind]])
  const isCar = format.kind === 'car'
  const shape = isCar ? JSON.stringify([parts, format.scope, format.bytes ?? null]) : ''
  return {
    'content-type': isCar ? `${CAR_TYPE}; version=1; order=dfs; dups=n` : RAW_TYPE,
    'content-disposition': `attachment; filename="${cid}.${isCar ? 'car' : 'bin'}"`,
    etag: isCar ? `W/"${cid}.car.${hash('sha256', shape, 'base64url').slice(0, 16)}"` : `"${cid}.raw"`,
    'cache-control': immutable,
    'x-content-type-options': 'nosniff',
    'x-ipfs-path': path,
    'accept-ranges': isCar ? 'none' : 'bytes',
    vary: 'Accept',
    ...(format.fromAccept ? { 'content-location': `${path}?${location}` } : {}),
  }
}

/** Tags are compared weakly (RFC 9110, 13.1.2). */
function matches(header: string | undefined, etag: string): boolean {
  const strong = (tag: string): string => tag.trim().replace(/^W\//, '')
  return header !== undefined && header.split(',').some(tag => tag.trim() === '*' || strong(tag) === strong(etag))
}

function blockAnswer({ headers }: Asked, bytes: Uint8Array, head: Record<string, string>): Answer {
  const ifRange = headers['if-range']
  const range = ifRange === undefined || ifRange === head['etag'] ? rangeOf(headers.range, bytes.length) : undefined
  if (range === 'none')
    return says(416, 'The block is shorter than that.', { 'content-range': `bytes */${bytes.length}` })
  if (!range) return { status: 200, headers: head, body: bytes }
  const [first, last] = range
  return {
    status: 206,
    headers: { ...head, 'content-range': `bytes ${first}-${last}/${bytes.length}` },
    body: bytes.subarray(first, last + 1),
  }
}
