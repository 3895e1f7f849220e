/** What the language server offers beside the protocol; README.md describes it. */
import type { Range } from 'vscode-languageclient/node'

/** Where an answer is not to be had: a sentence for people. */
export interface Refusal {
  why: string
}

/** `ipvm/cid`: the job that is named, else `main`, else the only exported one. */
export interface CidParams {
  textDocument: { uri: string }
  job?: string
}
export interface CidResult {
  cid: string
  /** How many tasks it has. */
  tasks: number
}

/** `ipvm/graph` */
export interface GraphParams {
  textDocument: { uri: string }
  job: string
}
export interface Graph {
  /** The same for Graphviz. */
  dot: string
  nodes: GraphNode[]
  /** From whom a value comes, who takes it, and as what. */
  edges: [from: string, to: string, label?: string][]
}
export interface GraphNode {
  id: string
  label: string
  /** What kind of node it is: `param`, `task`, `effect`, `core`, `result`, … */
  kind: string
  /** Where it stands. */
  range?: Range
  /** The file of the range, where it is another one. */
  uri?: string
}

/** `ipvm/wit`: the text of a document of the scheme `ipvm-wit` or `ipvm`. */
export interface WitParams {
  uri: string
}
export interface WitResult {
  text: string
}

/** Whether such a document is in the language: what a diagnostic means is Markdown. */
export function isSource({ scheme, path }: { scheme: string; path: string }): boolean {
  return scheme === 'ipvm' && !path.startsWith('explain/')
}

/** `initializationOptions`, and the notification `ipvm/trust` when that changes. */
export interface Trust {
  /** Whether the store of the workspace may be read and written. */
  trusted: boolean
}

/** Commands in code lenses that the extension performs; it tells the server so (`experimental.ipvm.commands`). */
export const commands = ['ipvm.run', 'ipvm.test', 'ipvm.graph', 'ipvm.copyCid'] as const
export type ServerCommand = (typeof commands)[number]
