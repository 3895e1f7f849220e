import type { CID } from 'multiformats/cid'
import type { Block, Ipld } from '../../dag/ipld.ts'
import type { Failure, UndoReport } from '../interface.ts'
import type { Child, JournalRecord, Out, RunEnd } from './records.ts'

/** What a journal says of its run. It is made by {@link apply} alone, while the run goes on and when it is read again. */
export interface History {
  begin: Extract<JournalRecord, { kind: 'begin' }> | undefined
  /** The barrier is open: commands may have begun. */
  open: boolean
  /** What queries came to, by key. */
  queries: Map<string, Out>
  /** Commands that were begun, by key, in the order of their first intents. */
  commands: Map<string, Deed>
  /** Keys of the commands that have happened, in the order in which this was known. */
  done: string[]
  failing: { failure: Failure | null; task: CID | null } | undefined
  end: { state: RunEnd; result: Ipld | null; undone: UndoReport | null } | undefined
}

/** What is known of a command. */
export interface Deed {
  key: string
  task: CID
  rsc: string
  op: string
  args: Ipld[] | null
  undoes: string | null
  /** Of its first intent and of its latest, milliseconds since 1970. */
  first: number
  latest: number
  /** How often it was about to be sent. */
  attempts: number
  /** `begun`: there is an intent, and nothing says what came of it. */
  state: 'begun' | 'unsent' | 'done' | 'failed' | 'unknown'
  /** Where it is done or failed. */
  out: Out | undefined
  /** Why its outcome is unknown. */
  detail: string
  child: Child | undefined
}

export function emptyHistory(): History {
  return {
    begin: undefined,
    open: false,
    queries: new Map(),
    commands: new Map(),
    done: [],
    failing: undefined,
    end: undefined,
  }
}

/**
 * Takes in one record.
 *
 * @param keep takes blocks
 * @returns what is wrong with it, where it does not follow from what was before
 */
export function apply(history: History, record: JournalRecord, keep: (block: Block) => void): string | undefined {
  if ((record.kind === 'begin') !== (history.begin === undefined)) return `${record.kind} stands in the wrong place`
  if (history.end) return `${record.kind} stands after the end`
  switch (record.kind) {
    case 'begin':
      history.begin = record
      return
    case 'block':
      keep(record)
      return
    case 'query':
      history.queries.set(record.key, record.out)
      return
    case 'barrier':
      history.open = true
      return
    case 'failing':
      history.failing = record
      return
    case 'end':
      history.end = record
      return
    case 'intent':
      return history.open ? begun(history, record) : 'intent stands before the barrier'
    default:
      return ended(history, record)
  }
}

function begun({ commands }: History, record: Extract<JournalRecord, { kind: 'intent' }>): string | undefined {
  const { kind: _, at, ...of } = record
  const before = commands.get(record.key)
  if (!before) {
    const fresh = { first: at, latest: at, attempts: 1, out: undefined, detail: '', child: undefined }
    commands.set(record.key, { ...of, ...fresh, state: 'begun' })
    return undefined
  }
  if (before.state === 'done' || before.state === 'failed') return 'intent stands after the outcome'
  before.latest = at
  before.attempts++
  before.state = 'begun'
  return undefined
}

type Outcome = Extract<JournalRecord, { kind: 'unsent' | 'done' | 'failed' | 'unknown' }>

function ended({ commands, done }: History, record: Outcome): string | undefined {
  const deed = commands.get(record.key)
  if (!deed || deed.state === 'done' || deed.state === 'failed') return `${record.kind} stands without an intent`
  deed.state = record.kind
  if (record.kind === 'failed') deed.out = ['error', record.failure]
  if (record.kind === 'unknown') deed.detail = record.detail
  if (record.kind === 'done') {
    deed.out = ['ok', record.value]
    if (record.child) deed.child = record.child
    done.push(record.key)
  }
  return undefined
}
