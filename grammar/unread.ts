import type { Block, Job, Name, Node, Param, TypeNode, Uses } from './nodes.ts'

/** Jobs of a text that are there by their names, and are read when somebody asks for what they hold. */
export class Unread {
  #text: string
  readonly #read: (part: string, start: number) => Job | undefined
  readonly jobs: UnreadJob[] = []
  /** One of them was not what it looked like, so that the text has to be parsed as a whole. */
  failed = false

  /** @param read gives the job that a part of a text is, which starts at an offset, where nothing is wrong with it */
  constructor(text: string, read: (part: string, start: number) => Job | undefined) {
    this.#text = text
    this.#read = read
  }

  /** The job that stood between two offsets, and starts at another one now. */
  job(from: number, to: number, start: number): Job {
    const found = this.#read(this.#text.slice(from, to), start)
    if (found) return found
    this.failed = true
    const place = { start, end: start + to - from }
    const name: Name = { kind: 'Name', ...place, text: '' }
    return {
      kind: 'Job',
      ...place,
      exported: false,
      name,
      params: [],
      body: { kind: 'Block', ...place, statements: [] },
    }
  }

  /** The words that stand between two offsets, in texts and comments too. */
  words(from: number, to: number): Set<string> {
    return new Set(this.#text.slice(from, to).match(/[A-Za-z_]\w*(?:-\w+)*/g))
  }

  /** Reads all that is not read yet. */
  readAll(): void {
    for (const job of this.jobs) if (!this.failed) job.read()
    if (this.failed) return
    this.jobs.length = 0
    this.#text = ''
  }
}

/** The parts of a job that are not known from the beginning. */
const parts = ['params', 'result', 'uses', 'body'] as const

/**
 * A job of which it is known where it starts and ends, what it is called, and whether it says what it results in, and the
 * rest when it is asked for. In a long file few are.
 */
export class UnreadJob implements Job {
  readonly kind = 'Job'
  start: number
  end: number
  declare docs?: string
  exported: boolean
  name: Name
  readonly #unread: Unread
  /** Where it started and ended when it was found. */
  readonly #from: number
  readonly #to: number
  /** From its start on. */
  readonly #headEnd: number
  readonly #hasResult: boolean
  #isRead = false

  constructor(
    unread: Unread,
    place: { start: number; end: number; headEnd: number },
    says: { exported: boolean; result: boolean },
    name: Name,
  ) {
    this.start = this.#from = place.start
    this.end = this.#to = place.end
    this.#headEnd = place.headEnd - place.start
    this.exported = says.exported
    this.#hasResult = says.result
    this.name = name
    this.#unread = unread
  }

  get isRead(): boolean {
    return this.#isRead
  }

  /** Whether it says what it results in. */
  get hasResult(): boolean {
    return this.#isRead ? this.result !== undefined : this.#hasResult
  }

  /** Where what follows the signature starts. */
  get headEnd(): number {
    return this.start + this.#headEnd
  }

  get params(): Param[] {
    return this.read().params
  }
  get result(): TypeNode | undefined {
    return this.read().result
  }
  get uses(): Uses | undefined {
    return this.read().uses
  }
  get body(): Block {
    return this.read().body
  }

  /** Has all its parts as properties of its own from then on, as any node. */
  read(): Job {
    if (this.#isRead) return this
    this.#isRead = true
    const found = this.#unread.job(this.#from, this.#to, this.start)
    for (const part of parts) {
      const value = found[part]
      Object.defineProperty(this, part, { value, writable: true, enumerable: value !== undefined, configurable: true })
    }
    return this
  }

  /** Each name that stands in it, among others. */
  words(): Set<string> {
    return this.#unread.words(this.#from, this.#to)
  }

  /** Moves it as long as it is not read. */
  move(by: number): void {
    this.start += by
    this.end += by
    this.name.start += by
    this.name.end += by
  }
}

/** Where what follows the signature of a job starts, for which it need not be read. */
export function headEnd(job: Job): number {
  return job instanceof UnreadJob && !job.isRead ? job.headEnd : (job.uses ?? job.body).start
}

/** Whether a job says what it results in, for which it need not be read. */
export function hasResult(job: Job): boolean {
  return job instanceof UnreadJob ? job.hasResult : job.result !== undefined
}

/** Whether a job says neither what it results in nor what it does, so that more parameters may follow. */
export function isHeadOpen(job: Job): boolean {
  return !hasResult(job) && job.body.start === job.body.end
}

export function isUnread(node: Node): node is UnreadJob {
  return node instanceof UnreadJob && !node.isRead
}
