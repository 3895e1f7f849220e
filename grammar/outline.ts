import type { Name } from './nodes.ts'
import { move } from './moves.ts'
import { nextOf, parse, parsePieces, PIECE, toComment, type Comment, type Parsed } from './parse.ts'
import { scanQuoted } from './scan.ts'
import { Unread, UnreadJob } from './unread.ts'

/** A job that was found without being read, and what stands behind it. */
export interface Found {
  job: UnreadJob
  /** In it and behind it. */
  comments: Comment[]
  /** Where the next declaration starts. */
  next: number
}

/**
 * What {@link parse} gives, with the jobs of a long text found by their signatures and their brackets, and read when somebody asks
 * for what is in them. What an editor shows first needs few of them, and what is wrong with one that is read later is told by
 * `unread.failed`; then the text has to be parsed.
 *
 * @param shortest length of texts from which on jobs are left unread
 */
export function outline(text: string, file: string, shortest = 2 * PIECE): Parsed {
  if (text.length <= shortest) return parse(text, file)
  const unread = new Unread(text, (part, start) => {
    const { module, diagnostics, unbalanced } = parse(part, file)
    const [job, ...more] = module.items
    if (job?.kind !== 'Job' || more.length > 0 || unbalanced || diagnostics.length > 0) return undefined
    if (job.start !== 0 || job.end !== part.length) return undefined
    move(job, start)
    return job
  })
  const skim = new Skim(text, unread)
  const found = parsePieces(text, file, PIECE, skim)
  return found ? { ...found, unread } : parse(text, file)
}

/** What stands before the body of a job; nothing in it is nested. */
const HEAD =
  /(export )?job ([A-Za-z_]\w{0,99}(?:-\w{1,99}){0,9})\([\w\s:,.<>="-]{0,2000}\) (?:-> ([\w<>, -]{1,200}?) )?(uses [\w., -]{1,500} )?\{/y
/** What makes a result longer than it looks. */
const MORE = /\b(?:uses|record|variant|enum|flags)\b/
const JOB = /\n(?=(?:export )?job )/g
const NEXT = /(?:export )?(?:import|config|type|const|job|effect|test) /y
const closers = new Map([
  ['{', '}'],
  ['(', ')'],
  ['[', ']'],
])

/** What a letter is for whoever looks for the end of a body: 1 is nothing, 2 a bracket, 3 a quote, 4 a slash; 0 is anything. */
const kinds = new Uint8Array(128)
for (const [kind, letters] of ['', '_.,:<>=!?+*%&|- \t\r\n', '{}()[]', '"\'', '/'].entries())
  for (const letter of letters) kinds[letter.charCodeAt(0)] = kind
for (let code = 0; code < 128; code++) if (/[A-Za-z0-9]/.test(String.fromCharCode(code))) kinds[code] = 1

/** Finds jobs by what they look like. */
export class Skim {
  readonly #text: string
  readonly #unread: Unread
  /** The first declaration of a job behind what was looked at. */
  #next = 0

  constructor(text: string, unread: Unread) {
    this.#text = text
    this.#unread = unread
  }

  /** Where the first declaration of a job behind an offset starts, or behind the text. */
  nextJob(from: number): number {
    if (this.#next <= from) this.#next = nextOf(JOB, this.#text, from)
    return this.#next
  }

  /** The job that a declaration at an offset is, where that can be said without reading it. */
  jobAt(start: number): Found | undefined {
    HEAD.lastIndex = start
    const head = HEAD.exec(this.#text)
    if (!head || MORE.test(head[3] ?? '')) return undefined
    const brace = HEAD.lastIndex - 1
    const headEnd = brace - (head[4]?.length ?? 0)
    const comments: Comment[] = []
    const end = this.#closed(brace, comments)
    const next = end && this.#behind(end, comments)
    if (!end || !next) return undefined
    const at = start + (head[1]?.length ?? 0) + 'job '.length
    const name: Name = { kind: 'Name', start: at, end: at + head[2]!.length, text: head[2]! }
    const says = { exported: head[1] !== undefined, result: head[3] !== undefined }
    const job = new UnreadJob(this.#unread, { start, end, headEnd }, says, name)
    this.#unread.jobs.push(job)
    return { job, comments, next }
  }

  /** Offset behind the bracket that closes the one at an offset. */
  #closed(open: number, comments: Comment[]): number | undefined {
    const text = this.#text
    const waiting: string[] = []
    let at = open
    while (at < text.length) {
      const kind = kinds[text.charCodeAt(at)] ?? 0
      if (kind === 1) at++
      else if (kind === 3) at = scanQuoted(text, at, false)
      else if (kind === 4 && text[at + 1] === '/') at = this.#comment(at, comments)
      else if (kind === 4 && text[at + 1] !== '*') at++
      else if (kind === 2) {
        const closer = closers.get(text[at]!)
        if (closer) waiting.push(closer)
        else if (waiting.pop() !== text[at]) break
        at++
        if (waiting.length === 0) return at
      } else break
    }
    return undefined
  }

  /** Where the declaration starts behind the end of a job, or behind the text, where nothing else is between but comments. */
  #behind(end: number, comments: Comment[]): number | undefined {
    const text = this.#text
    let at = end
    for (; at < text.length; at++) {
      const letter = text[at]!
      if (text.startsWith('//', at)) at = this.#comment(at, comments) - 1
      else if (letter !== ' ' && letter !== '\t' && letter !== '\r' && letter !== '\n') break
    }
    if (at >= text.length) return text.length
    NEXT.lastIndex = at
    if (text[at - 1] === '\n' && NEXT.test(text)) return at
    return undefined
  }

  /** Offset behind a comment. */
  #comment(start: number, comments: Comment[]): number {
    const text = this.#text
    let end = start + 2
    while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end++
    comments.push(toComment({ image: text.slice(start, end), startOffset: start }))
    return end
  }
}
