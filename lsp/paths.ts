/**
 * Paths of files by the URIs that an editor has for them. What is no file (`untitled:`, a file of a remote folder) has its
 * URI in the place of a path, below a folder that no file system has.
 */
const elsewhere = '/\0'

/** Whether a path is one of files, be there one or not. */
export function isOfFile(path: string): boolean {
  return !path.startsWith(elsewhere)
}

/** The absolute path that a URI names (RFC 8089), with slashes. */
export function pathOfUri(uri: string): string {
  if (!uri.startsWith('file:')) return `${elsewhere}/${encodeURIComponent(uri.toWellFormed())}`
  const path = decoded(uri.replace(/^file:(\/\/[^/]*)?/, '').replace(/[?#].*$/, ''))
  // `/c:/folder` on Windows.
  return /^\/[a-zA-Z]:/.test(path) ? path.slice(1) : path
}

export function uriOfPath(path: string): string {
  if (!isOfFile(path)) return decoded(path.slice(elsewhere.length + 1))
  return `file://${encoded(path.startsWith('/') ? path : `/${path}`)}`
}

/** A path as it stands in a URI. */
export function encoded(path: string): string {
  return path
    .split('/')
    .map(part => encodeURIComponent(part.toWellFormed()))
    .join('/')
}

/** What the percent signs of a URI stand for; where one stands for nothing all of them are meant as they are. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
