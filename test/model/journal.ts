/**
 * The protocol of the journal (docs/runtime.md, The journal) as a model small enough to visit all of it: three
 * commands, the second of which needs the first, a disk that keeps any part of what was not synced, a network that loses messages and
 * delivers them late, a process that may die at any moment, and somebody who settles what is unknown.
 */
export interface Model {
  /** Records in the order of writing; the first `synced` are sure to be there after a crash. */
  journal: Entry[]
  synced: number
  alive: boolean
  commands: [Command, Command, Command]
}

type Entry = `${'intent' | 'done' | 'failed'} ${At}`

type At = 0 | 1 | 2
const all: readonly At[] = [0, 1, 2]

interface Command {
  /** What the process knows of it, which is nothing when it is dead. */
  state: 'idle' | 'announcing' | 'announced' | 'waiting' | 'recording' | 'done' | 'failed' | 'unknown'
  /** Requests under way, and whether a reply is: at most two are of interest. */
  requests: number
  reply: boolean
  /** How often it has happened. */
  happened: number
  /** Others have seen that it is done. */
  seen: boolean
  /** How often a process has sent it. */
  sent: number
}

/** What the protocol does; each can be taken away. */
export interface Rules {
  /** Sent again after a crash, or after no answer, with the same key. */
  recovery: 'idempotent' | 'irrevocable'
  syncIntent: boolean
  syncOutcome: boolean
  /** After a crash an irrevocable command that was begun is unknown. */
  doubt: boolean
}

export const start: Model = {
  ...{ journal: [], synced: 0, alive: false },
  commands: [command(), command(), command()],
}

function command(): Command {
  return { state: 'idle', requests: 0, reply: false, happened: 0, seen: false, sent: 0 }
}

/** Lives of the process after which it does not die any more, and messages of one command: what is more adds nothing new. */
const most = 2

export function* steps(model: Model, rules: Rules): Iterable<[string, Model]> {
  if (!model.alive) {
    if (!isOver(model)) yield ['resume', resumed(model, rules)]
  } else {
    // Any number of records that were not synced may have reached the disk.
    for (let kept = model.synced; kept <= model.journal.length; kept++) {
      const next = copy(model)
      next.alive = false
      next.journal.length = kept
      next.synced = kept
      for (const one of next.commands) {
        one.state = 'idle'
        one.reply = false
      }
      yield [`crash, ${kept} records kept`, next]
    }
    if (model.commands.some(({ state }) => state === 'announcing' || state === 'recording')) {
      const next = copy(model)
      next.synced = next.journal.length
      for (const one of next.commands) {
        if (one.state === 'announcing') one.state = 'announced'
        if (one.state === 'recording') see(one, 'done')
      }
      yield ['sync', next]
    }
  }
  for (const at of all) yield* stepsOf(model, at, rules)
}

function* stepsOf(model: Model, at: At, { recovery, syncIntent, syncOutcome }: Rules): Iterable<[string, Model]> {
  const before = model.commands[at]
  const change = (step: string, by: (own: Command, next: Model) => void): [string, Model] => {
    const next = copy(model)
    by(next.commands[at], next)
    return [`${step} ${at}`, next]
  }
  // The network and the receiver need no process.
  if (before.requests > 0) {
    yield change('lose the request', own => void own.requests--)
    yield change('happen', own => {
      own.requests--
      own.happened = Math.min(2, own.happened + 1)
      own.reply = own.state === 'waiting'
    })
  }
  if (!model.alive) return
  if (before.state === 'idle' && (at !== 1 || model.commands[0].state === 'done') && before.sent < most)
    yield change('announce', (own, { journal }) => {
      // A second intent says nothing new.
      if (!journal.includes(`intent ${at}`)) journal.push(`intent ${at}`)
      own.state = syncIntent ? 'announcing' : 'announced'
    })
  if (before.state === 'announced')
    yield change('send', own => {
      own.state = 'waiting'
      own.sent++
      own.requests++
    })
  if (before.state === 'waiting' && before.reply)
    yield change('hear', (own, { journal }) => {
      own.reply = false
      journal.push(`done ${at}`)
      if (syncOutcome) own.state = 'recording'
      else see(own, 'done')
    })
  if (before.state === 'waiting')
    yield change('hear nothing', own => {
      own.reply = false
      own.state = recovery === 'idempotent' && own.sent < most ? 'idle' : 'unknown'
    })
  // Whoever settles it waits until it can no longer happen, and looks.
  if (before.state === 'unknown' && before.requests === 0)
    yield change('settle', (own, next) => {
      next.journal.push(own.happened > 0 ? `done ${at}` : `failed ${at}`)
      next.synced = next.journal.length
      see(own, own.happened > 0 ? 'done' : 'failed')
    })
}

function see(own: Command, state: 'done' | 'failed'): void {
  own.state = state
  own.seen ||= state === 'done'
}

function resumed(model: Model, { recovery, doubt }: Rules): Model {
  const next = copy(model)
  next.alive = true
  for (const at of all) {
    const own = next.commands[at]
    const has = (what: 'intent' | 'done' | 'failed'): boolean => next.journal.includes(`${what} ${at}`)
    if (has('done')) see(own, 'done')
    else if (has('failed')) own.state = 'failed'
    else if (has('intent') && recovery === 'irrevocable' && doubt) own.state = 'unknown'
    else if (own.sent >= most) own.state = 'unknown'
  }
  return next
}

/** What must never be. */
export function wrong({ alive, commands, journal }: Model, { recovery }: Rules): string | undefined {
  for (const [at, own] of commands.entries()) {
    if (recovery === 'irrevocable' && own.happened > 1) return `command ${at} has happened twice`
    if (own.state === 'done' && own.happened === 0) return `command ${at} is done and has not happened`
    if (alive && own.seen && own.state !== 'done') return `what command ${at} came to was seen and is forgotten`
    if (own.happened + own.requests > 0 && !journal.includes(`intent ${at}` as Entry))
      return `command ${at} was sent and the journal does not say so`
    if (own.state === 'unknown' && own.sent === 0 && !journal.includes(`intent ${at}` as Entry))
      return `command ${at} is unknown and was never begun`
  }
  if (commands[1].sent > 0 && commands[0].happened === 0) return 'the second was sent before the first had happened'
  return undefined
}

/** All has come to its end, and nothing is under way. */
export function isOver({ commands }: Model): boolean {
  const [first, second, third] = commands
  const ended = ({ state }: Command): boolean => state === 'done' || state === 'failed'
  return (first.state === 'failed' || ended(second)) && ended(third)
}

function copy(model: Model): Model {
  return structuredClone(model)
}
