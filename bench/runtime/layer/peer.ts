/** Somebody who computes the same graph. */
export interface Peer {
  name: string
  /** Whether a task is left out where what it takes has come out equal, or only where nothing before it was executed. */
  cutsOff: boolean
  /** Begins anew: the graph is there, and nothing of it has been computed. */
  reset(): Promise<void>
  /** Gives the tasks of the first layer another program, which computes the same. */
  change(): Promise<void>
  run(): Promise<Ran>
  close(): Promise<void>
}

/** One run: milliseconds of wall and processor time, the tasks that were executed, and what came out. */
export interface Ran {
  wall: number
  processor: number
  ran: number
  result: number
}
