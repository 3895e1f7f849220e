import { ACTIVE, CLOSED, DONE, EXPANDED, FAILED, HELD, IDLE, KNOWN, LINKED, QUEUED, RUNNING, WAITING } from './nodes.ts'
import { NONE, type Expansion, type Nodes, type Row } from './nodes.ts'
import type { Instances, ScheduleEvent, State } from './schedule.ts'

/** What follows from an event and is still to be done: lists instead of recursion. They are empty between steps. */
export class Work<Frame> {
  /** Nodes whose demand began or ended. */
  readonly touched: number[] = []
  readonly #decided: number[] = []
  /** Nodes that nobody can need any more. */
  readonly #idle: number[] = []
  readonly #schedule: State<Frame>
  readonly #nodes: Nodes<Frame>
  /** Takes the results that are released. */
  released: number[] = []

  constructor(schedule: State<Frame>) {
    this.#schedule = schedule
    this.#nodes = schedule.nodes
  }

  apply(event: ScheduleEvent<Frame>): void {
    const schedule = this.#schedule
    if (event.kind === 'stop') {
      schedule.stopped = true
      return
    }
    if (event.kind === 'open') return this.#open()
    const { task } = event
    schedule.underWay--
    switch (event.kind) {
      case 'dropped':
        return this.#nodes.uses[task] === 0 ? this.#close(task) : this.#enqueue(task)
      case 'held':
        if (this.#nodes.uses[task] === 0) return this.#close(task)
        this.#nodes.state[task] = HELD
        schedule.held.push(task)
        return
      case 'unknown':
        schedule.unknown = true
        if (this.#nodes.uses[task] === 0) return this.#close(task)
        this.#nodes.state[task] = HELD
        return
      case 'done':
        this.#nodes.state[task] = DONE
        this.#decided.push(task)
        return
      case 'failed':
        if (event.final) schedule.final.add(task)
        if (!schedule.patient) return this.#fail(task, task)
        if (this.#nodes.uses[task] === 0) return this.#close(task)
        this.#nodes.state[task] = HELD
        schedule.putOff.push(task)
        return
      case 'expanded':
        return this.#expand(task, event.instances)
    }
  }

  settle(): void {
    for (;;) {
      let node = this.#decided.pop()
      if (node !== undefined) this.#spread(node)
      else if ((node = this.#idle.pop()) !== undefined) this.#close(node)
      else if ((node = this.touched.pop()) !== undefined) this.#reconcile(node)
      else return
    }
  }

  /** The next task to start, -1 where none is ready. */
  next(): number {
    const { ready, order, inner } = this.#schedule
    const { state, demand, current } = this.#nodes
    for (let place = ready.first(); place >= 0; place = ready.first()) {
      let node = order[place]!
      const stack = inner.get(place)
      if (state[node] !== QUEUED) {
        const top = stack?.pop()
        if (top === undefined) {
          inner.delete(place)
          ready.delete(place)
          continue
        }
        node = top
      } else if (!stack) ready.delete(place)
      if (state[node] !== QUEUED) continue
      if (demand[node]! > 0) return node
      // It stays as it is until somebody demands it again.
      state[node] = current.has(node) ? EXPANDED : WAITING
    }
    return -1
  }

  /**
   * Lets one failure that was put off take its course: the innermost that is caught.
   *
   * @returns whether there was one
   */
  face(isCaught: (failure: number) => boolean): boolean {
    const { state, owner } = this.#nodes
    const putOff = this.#schedule.putOff.filter(node => state[node] === HELD)
    const caught = putOff.filter(isCaught).sort((a, b) => owner[b]! - owner[a]!)[0]
    this.#schedule.putOff = putOff.filter(node => node !== caught)
    if (caught === undefined) return false
    this.#fail(caught, caught)
    return true
  }

  #open(): void {
    const { state, demand } = this.#nodes
    for (const node of this.#schedule.held) {
      if (state[node] !== HELD) continue
      if (demand[node]! > 0) this.#enqueue(node)
      // It is ready whenever somebody demands it again.
      else state[node] = WAITING
    }
    this.#schedule.held = []
  }

  #enqueue(node: number): void {
    const { ready, inner, place } = this.#schedule
    const { owner, state } = this.#nodes
    state[node] = QUEUED
    if (owner[node] === 0) return ready.add(place[node]!)
    const at = this.#nodes.expansionOf(node).place
    const stack = inner.get(at)
    if (stack) stack.push(node)
    else inner.set(at, [node])
    ready.add(at)
  }

  #fail(node: number, cause: number): void {
    this.#nodes.state[node] = FAILED
    this.#nodes.waiting[node] = cause
    this.#decided.push(node)
  }

  #expand(op: number, instances: Instances<Frame>): void {
    const { template, count, all, catches, frame } = instances
    const nodes = this.#nodes
    const before = nodes.current.get(op)
    if (nodes.uses[op] === 0) {
      nodes.current.delete(op)
      this.#close(op)
    } else {
      const first = nodes.count
      const stride = template.size + 1
      const endOf = (instance: number): number => first + stride * (instance + 1) - 1
      const captured = nodes.capturedBy(op)
      const owner = nodes.expansionOf(op)
      const place = nodes.owner[op] === 0 ? this.#schedule.place[op]! : owner.place
      const expansion: Expansion<Frame> = {
        op,
        template,
        first,
        count,
        place,
        handed: template.params - captured.length,
        captured,
        all,
        catches,
        frame,
      }
      if (instances.handed) expansion.nodes = instances.handed.map(end => (end === KNOWN ? KNOWN : endOf(end)))
      nodes.add(expansion)
      if (all) for (let instance = 0; instance < count; instance++) nodes.uses[endOf(instance)] = 1
      else nodes.uses[endOf(count - 1)] = 1
      nodes.current.set(op, expansion)
      nodes.state[op] = EXPANDED
      nodes.flags[op]! &= ~ACTIVE
      nodes.waiting[op] = all ? count : 1
      this.touched.push(op)
    }
    if (before) this.#leave(before)
  }

  /** Tells who awaits a node that it is decided, and lets go of what it needed. */
  #spread(node: number): void {
    const nodes = this.#nodes
    const failed = nodes.state[node] === FAILED
    for (let entry = nodes.takeWaiters(node); entry !== NONE; entry = nodes.nextWaiter(entry))
      this.#notify(nodes.waiter(entry), nodes.waiterPosition(entry), failed)
    const of = nodes.expansionOf(node)
    const { op } = of
    const stride = of.template.size + 1
    const past = node - of.first + 1
    if (op >= 0 && past % stride === 0 && nodes.state[op] === EXPANDED && nodes.current.get(op) === of) {
      const instance = past / stride - 1
      if (of.all) this.#notify(op, instance, failed)
      else if (instance === of.count - 1) this.#notify(op, 0, failed)
    }
    this.#drop(node)
    if (nodes.uses[node] === 0 && !failed) this.released.push(node)
  }

  #notify(node: number, position: number, failed: boolean): void {
    const nodes = this.#nodes
    const state = nodes.state[node]
    if (state !== WAITING && state !== EXPANDED) return
    const { faults } = this.#schedule
    const fault = faults.size > 0 ? faults.get(node) : undefined
    if (!failed) {
      const left = --nodes.waiting[node]!
      if (fault) this.#advance(node, fault)
      else if (left === 0 && nodes.demand[node]! > 0) this.#enqueue(node)
      return
    }
    if (!fault) {
      const row = nodes.row(node)
      if (nodes.flags[node]! & ACTIVE) this.#demand(row, position + 1, row.count, -1)
      const fresh = { bound: position, cursor: 0 }
      faults.set(node, fresh)
      this.#advance(node, fresh)
    } else if (position < fault.bound) {
      if (nodes.flags[node]! & ACTIVE) this.#demand(nodes.row(node), position + 1, fault.bound, -1)
      fault.bound = position
      this.#advance(node, fault)
    }
  }

  /** Decides a node of which an input has failed, once all before it are there. */
  #advance(node: number, fault: { bound: number; cursor: number }): void {
    const nodes = this.#nodes
    const row = nodes.row(node)
    while (fault.cursor < fault.bound) {
      const input = nodes.inputAt(row, fault.cursor)
      if (input !== KNOWN && nodes.state[input] !== DONE) return
      fault.cursor++
    }
    const { faults, final } = this.#schedule
    const cause = nodes.waiting[nodes.inputAt(row, fault.bound)]!
    faults.delete(node)
    if (nodes.state[node] === EXPANDED && row.of.catches && !final.has(cause)) {
      nodes.waiting[node] = 0
      if (nodes.demand[node]! > 0) this.#enqueue(node)
    } else this.#fail(node, cause)
  }

  /** Lets go of everything that a decided or closed node needed. */
  #drop(node: number): void {
    const nodes = this.#nodes
    this.#schedule.faults.delete(node)
    const before = nodes.current.get(node)
    if (before) {
      nodes.current.delete(node)
      this.#leave(before)
    }
    const row = nodes.row(node)
    const linked = (nodes.flags[node]! & LINKED) !== 0
    // What stands outside of the instance was counted when the node began to await it.
    for (let position = linked ? 0 : row.handed; position < row.count; position++) {
      const reference = nodes.referenceAt(row, position)
      if (reference >= 0) this.#unuse(row.first + reference)
      else if (linked) {
        const input = nodes.argumentOf(row.of, row.index, ~reference)
        if (input !== KNOWN) this.#unuse(input)
      }
    }
    const { template } = row.of
    const local = node - row.first
    template.captures.get(local)?.forEach(reference => {
      if (reference >= 0 && reference !== KNOWN) this.#unuse(row.first + reference)
    })
  }

  /** Lets go of instances that an operation has gone past. */
  #leave(expansion: Expansion<Frame>): void {
    const { first, template, count, all } = expansion
    const stride = template.size + 1
    for (let instance = all ? 0 : count - 1; instance < count; instance++)
      this.#unuse(first + stride * (instance + 1) - 1)
    expansion.frame = undefined
  }

  #unuse(node: number): void {
    const { uses, state } = this.#nodes
    if (--uses[node]! > 0) return
    switch (state[node]) {
      case DONE:
        this.released.push(node)
        return
      case FAILED:
      case RUNNING:
      case CLOSED:
        return
      default:
        this.#idle.push(node)
    }
  }

  #close(node: number): void {
    const nodes = this.#nodes
    // It may have failed since it was found to be idle.
    if (nodes.state[node]! >= DONE) return
    if (nodes.flags[node]! & ACTIVE) this.#setActive(node, false)
    nodes.state[node] = CLOSED
    this.#drop(node)
  }

  /** Makes what a node demands agree with whether it is demanded itself. */
  #reconcile(node: number): void {
    const nodes = this.#nodes
    const wanted = nodes.demand[node]! > 0
    const state = nodes.state[node]
    if (state === IDLE) {
      if (wanted) this.#link(node)
    } else if (state === WAITING || state === EXPANDED) {
      if (wanted !== ((nodes.flags[node]! & ACTIVE) !== 0)) this.#setActive(node, wanted)
      if (wanted && nodes.waiting[node] === 0 && !this.#schedule.faults.has(node)) this.#enqueue(node)
    }
  }

  /** Begins to await and to demand what a node needs, up to the first input that has failed already. */
  #link(node: number): void {
    const nodes = this.#nodes
    const { state, demand, uses } = nodes
    const row = nodes.row(node)
    let failure = -1
    let waiting = 0
    for (let position = 0; position < row.count; position++) {
      const reference = nodes.referenceAt(row, position)
      let input = row.first + reference
      if (reference < 0) {
        input = nodes.argumentOf(row.of, row.index, ~reference)
        if (input === KNOWN) continue
        uses[input]!++
      }
      if (failure >= 0 || state[input] === DONE) continue
      if (state[input] === FAILED) failure = position
      else {
        waiting++
        nodes.await(input, node, position)
        if (++demand[input]! === 1) this.touched.push(input)
      }
    }
    nodes.waiting[node] = waiting
    state[node] = WAITING
    nodes.flags[node]! |= LINKED | ACTIVE
    if (failure >= 0) {
      const fault = { bound: failure, cursor: 0 }
      this.#schedule.faults.set(node, fault)
      this.#advance(node, fault)
    } else if (waiting === 0) this.#enqueue(node)
  }

  #setActive(node: number, active: boolean): void {
    const nodes = this.#nodes
    nodes.flags[node]! ^= ACTIVE
    const row = nodes.row(node)
    const { faults } = this.#schedule
    this.#demand(row, 0, faults.get(node)?.bound ?? row.count, active ? 1 : -1)
  }

  /** Adds to the demand of inputs that are not decided. */
  #demand(row: Row<Frame>, from: number, to: number, change: 1 | -1): void {
    const nodes = this.#nodes
    for (let position = from; position < to; position++) {
      const input = nodes.inputAt(row, position)
      if (input === KNOWN || nodes.state[input]! >= DONE) continue
      const demand = (nodes.demand[input]! += change)
      if (demand === (change > 0 ? 1 : 0)) this.touched.push(input)
    }
  }
}
