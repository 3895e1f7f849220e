/**
 * Paths of files by the URIs that an editor has for them. What is no file (`untitled:`, a file of a remote folder) has its
 * URI in the place of a path, below a folder that no file system has.
 */
const elsewhere = '/\0'

/** The absolute path that a URI names (RFC 8089), with slashes. */
export function pathOfUri(uri: string): string {
  if (!uri.startsWith('file:')) return `${elsewhere}/${encodeURIComponent(uri)}`
  const path = decodeURIComponent(uri.replace(/^file:(\/\/[^/]*)?/, '').replace(/[?#].*$/, ''))
  // `/c:/folder` on Windows.
  return /^\/[a-zA-Z]:/.test(path) ? path.slice(1) : path
}

export function uriOfPath(path: string): string {
  if (path.startsWith(elsewhere)) return decodeURIComponent(path.slice(elsewhere.length + 1))
  const absolute = path.startsWith('/') ? path : `/${path}`
  return `file://${absolute.split('/').map(encodeURIComponent).join('/')}`
}
