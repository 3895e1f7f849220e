import { refuse } from './reader.ts'

/**
 * Names of the Component Model (Explainer.md, Import and Export Definitions). A label is kebab case, each word all
 * small or all capital letters. No text matches a part of the patterns in two ways, so that none takes long.
 */
const label = '(?:[a-z][0-9a-z]*|[A-Z][0-9A-Z]*)(?:-(?:[0-9]*[a-z][0-9a-z]*|[0-9]*[A-Z][0-9A-Z]*|[0-9]+))*'
/** A semantic version, or the shortened form of one that newer binaries have. */
const part = '(?:0|[1-9][0-9]*)'
const version = `@(?:[1-9][0-9]*|0\\.[1-9][0-9]*|${part}(?:\\.${part}){2}(?:-[0-9A-Za-z.-]+)?(?:\\+[0-9A-Za-z.-]+)?)`
const labelPattern = new RegExp(`^${label}$`)
const plainPattern = new RegExp(
  `^(?:(?:\\[constructor\\]|\\[async\\])?${label}|\\[(?:async )?(?:method|static)\\]${label}\\.${label})$`,
)
const interfacePattern = new RegExp(`^${label}(?::${label})+(?:/${label})+(?:${version})?$`)
const foreignPattern = /^(unlocked-dep|locked-dep|url|integrity|relative-url)=/

export function checkLabel(name: string, offset: number): string {
  if (!labelPattern.test(name)) refuse('invalid', `${quote(name)} is not a name in kebab case.`, offset)
  return name
}

export function checkExternName(name: string, offset: number): string {
  if (foreignPattern.test(name)) refuse('unsupported', `The import ${quote(name)} names a file elsewhere.`, offset)
  if (!plainPattern.test(name) && !interfacePattern.test(name)) {
    refuse('invalid', `${quote(name)} is not a name that a component may import or export.`, offset)
  }
  return name
}

/** Refuses a second use of a name; names differ by more than the case of their letters. */
export class Names {
  readonly #seen = new Set<string>()

  add(name: string, what: string, offset: number): string {
    const key = name.toLowerCase()
    if (this.#seen.has(key)) refuse('invalid', `Two ${what} have the name ${quote(name)}.`, offset)
    this.#seen.add(key)
    return name
  }
}

/** `iface` of `ns:pkg/iface@1.0.0`; a plain name is its own. */
export function shortName(name: string): string {
  const path = name.split('@')[0]!
  return path.slice(path.lastIndexOf('/') + 1)
}

/**
 * The interface version that `cm32p2` names carry: up to the first number that is not zero, nothing of a
 * pre-release (`1.2.3` is `1`, `0.2.3` is `0.2`, `0.0.1` is itself).
 */
export function canonicalInterface(name: string): string {
  const at = name.indexOf('@')
  if (at < 0) return name
  const [major, minor, patch] = name.slice(at + 1).split('.') as (string | undefined)[]
  if (patch === undefined || /[-]/.test(name.slice(at + 1))) return name
  const short = major !== '0' ? major : minor !== '0' ? `0.${minor}` : `0.0.${patch.replace(/\+.*/, '')}`
  return `${name.slice(0, at)}@${short}`
}

/** A name from the file inside a message, shortened and without control characters. */
export function quote(name: string): string {
  const plain = name.replace(/[\p{C}]/gu, '\u{fffd}')
  return '`' + (plain.length > 120 ? plain.slice(0, 117) + '…' : plain) + '`'
}
