import { posix } from 'node:path'
import { builtIns } from '../../../compiler/builtin/index.ts'
import { isInside } from '../../../compiler/root.ts'
import type { View } from '../../interface.ts'
import { Tier, type Candidate } from './candidates.ts'
import type { Place } from './place.ts'

/** So many names of a folder are looked at. */
const MAX_NAMES = 1000

/**
 * Paths of an import or of what is embedded. In quotes the last part of the path is replaced, without them all of it is
 * written.
 *
 * @param endings of the files that can be meant; all without them
 */
export function paths(view: View, place: Place, endings: string[] | undefined, language: boolean): Candidate[] {
  const quoted = place.want.kind === 'source' || place.want.kind === 'embed' ? place.want.quoted : false
  const typed = quoted ? place.word : ''
  const slash = typed.lastIndexOf('/')
  const folder = typed.slice(0, slash + 1)
  const own: Candidate[] = []
  if (language && slash < 0)
    for (const source of builtIns.keys()) own.push({ label: source, kind: 'module', tier: Tier.imported })
  const { root, host } = view.checker
  const target = posix.resolve(posix.dirname(view.path), folder === '' ? '.' : folder)
  if (/^[a-z][a-z0-9+.-]*:/i.test(typed) || posix.isAbsolute(typed) || !isInside(root, target))
    return quote(own, quoted)
  const names = host.list(target).slice(0, MAX_NAMES).sort()
  const start = folder === '' ? './' : folder
  if (target !== root && slash < 0) own.push({ label: '../', kind: 'folder', tier: Tier.language })
  for (const name of names) {
    const path = posix.join(target, name)
    if (path === view.path || name === '' || name.startsWith('.') || name === 'node_modules') continue
    if (isFolder(view, path)) own.push({ label: `${start}${name}/`, kind: 'folder', tier: Tier.own })
    else if (!endings || endings.some(ending => name.endsWith(ending)))
      own.push({ label: `${start}${name}`, kind: 'file', tier: Tier.needed })
  }
  return quote(own, quoted)
}

function isFolder({ checker: { host } }: View, path: string): boolean {
  return !/\.\w+$/.test(path) && host.list(path).length > 0
}

function quote(found: Candidate[], quoted: boolean): Candidate[] {
  return quoted ? found : found.map(entry => ({ ...entry, text: `"${entry.label}"` }))
}
