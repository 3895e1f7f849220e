/** What {@link file://./driver.ts} tells. */
export interface Report {
  version: string
  trusted: boolean
  /** Of `hello.ipvm`. */
  language: string
  commands: string[]
  /** Commands, and how they ended. */
  runs: string[]
  /** Of `faulty.ipvm`. */
  problems: string[]
  /** Of `pinned.ipvm`, before and after its component was put into the store, and what came of that. */
  unkept: string[]
  pinned: string[]
  kept: string
  /** Of a workspace that came to be trusted: how a command ended, what came of putting a component into the store, and `pinned.ipvm`. */
  granted?: { run: string; kept: string; pinned: string[]; hadStore: boolean }
  /** Texts after keys were typed into them. */
  typed?: string[]
  word?: string
  comment?: string
  lenses?: string[]
  wit?: string
  /** The text of `ipvm:effects`. */
  effects?: string
  tabs?: string[]
}
