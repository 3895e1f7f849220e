import type { IncomingHttpHeaders } from 'node:http'

/** What was asked, as far as an answer depends on it. */
export interface Asked {
  method: string
  /** Of the request's target. */
  path: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
}

/** What is answered. A body that is a stream ends with an exception where it cannot go on; the connection is then cut. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body?: Uint8Array | AsyncIterable<Uint8Array>
}

/** A refusal, or whatever else is told in a sentence. */
export function says(status: number, text: string, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    body: Buffer.from(`${text}\n`),
  }
}

/** Cuts an answer that has begun short. */
export class Broken extends Error {
  override readonly name = 'Broken'
}
