import type { Target } from '../../compiler/notes.ts'
import { Lines, positionAt } from '../../grammar/source.ts'
import { applyEdits, differences, takeSight, type Sight } from '../sight.ts'
import { membersAlike } from '../alike.ts'
import { calleeOf, entityOf, type Entity } from '../entity.ts'
import { withImporters } from '../importers.ts'
import type { Edit, Range, View } from '../interface.ts'
import { nameAt, textOf, type Named } from '../tree.ts'
import { isVirtual } from '../virtual.ts'
import type { Workspace } from '../workspace.ts'
import { aliasesOf, filesNaming, usesIn } from './references.ts'

/** Why something cannot be renamed, in a sentence. */
export interface Refusal {
  refused: string
}

/** What is renamed, before it is known how. */
export interface Renameable {
  range: Range
  name: string
}

export interface FileEdits {
  path: string
  /** The text that they change. */
  text: string
  edits: Edit[]
}

/** What is renamed: a thing wherever it is named so, or the other name that one file has for it. */
interface Subject {
  entity: Entity
  name: string
  /** Only in this file. */
  here: boolean
}

/** Whether what stands at an offset can be renamed. */
export function prepareRename(view: View, offset: number): Renameable | Refusal {
  const named = nameAt(view, offset)
  if (!named) return { refused: nothingAt(view, offset) }
  const subject = subjectOf(view, named)
  const { start, end } = named.node
  return 'refused' in subject ? subject : { range: { start, end }, name: subject.name }
}

function nothingAt({ text }: View, offset: number): string {
  const word = /[A-Za-z_][\w-]*$/.exec(text.slice(0, offset))?.[0] ?? ''
  const rest = /^[\w-]*/.exec(text.slice(offset))![0]
  return /^[A-Za-z_]/.test(word + rest)
    ? `\`${word}${rest}\` is no name that a file declares.`
    : 'There is no name here.'
}

function subjectOf(view: View, { node, target }: Named): Subject | Refusal {
  const text = textOf(node)
  const entity = entityOf(view, node, target)
  if (!entity && isOfCompiled(view, target))
    return { refused: `\`${text}\` comes from a compiled job: its names stand in its bytes.` }
  if (!entity) return { refused: `\`${text}\` belongs to the language.` }
  if (entity.kind === 'lost') return { refused: `It is not known what \`${text}\` stands for.` }
  if (aliasesOf(view)(node, target)) return { entity, name: text, here: true }
  if (entity.key.startsWith('component '))
    return { refused: `\`${text}\` comes from a component: its names stand in its bytes.` }
  if (entity.declaration && isVirtual(entity.declaration.path)) {
    const advice = target.kind === 'symbol' ? ` Write \`import { ${text} as … }\` to give it another name here.` : ''
    return { refused: `\`${text}\` comes from \`${entity.declaration.path}\`.${advice}` }
  }
  return { entity, name: text, here: false }
}

/** Whether a name is one of the parameters of a job that was compiled before. */
function isOfCompiled(view: View, target: Target): boolean {
  const callee = target.kind === 'parameter' ? calleeOf(view, target.call) : undefined
  return callee?.kind === 'symbol' && callee.symbol.kind === 'compiled'
}

/**
 * Gives what stands at an offset another name, in all files. The program is the same afterwards: everything that is named
 * stands for what it stood for before, and nothing is wrong that was not. Where that cannot be had it is refused.
 *
 * @param files of the workspace, by their paths
 * @param goOn asked before each of them; throws where nobody waits for the answer any more
 */
export async function rename(
  workspace: Workspace,
  files: Iterable<string>,
  path: string,
  offset: number,
  to: string,
  goOn: () => void = () => undefined,
): Promise<FileEdits[] | Refusal> {
  const subject = await workspace.use(path, view => {
    const named = nameAt(view, offset)
    return named ? subjectOf(view, named) : { refused: nothingAt(view, offset) }
  })
  if (!subject) return { refused: 'There is no such file.' }
  if ('refused' in subject) return subject
  const wrong = wrongName(to)
  if (wrong !== undefined) return { refused: wrong }
  if (to === subject.name) return []
  const all = [...files]
  const { entity, here } = subject
  const isMember = entity.kind === 'field' || entity.kind === 'case'
  const keys = isMember ? await membersAlike(workspace, all, path, entity, goOn) : new Set([entity.key])
  const shared = entity.shared || keys.size > 1
  const named = here ? [path] : filesNaming(workspace, all, path, { ...entity, shared })
  return attempt(workspace, all, named, subject, keys, to, goOn)
}

const NAME = /^[A-Za-z_]\w*(-\w+)*$/

function wrongName(name: string): string | undefined {
  if (name === '_') return '`_` is what has no name.'
  return NAME.test(name)
    ? undefined
    : 'A name is made of letters, digits and `_`, and begins with none of the digits; `-` may stand between them.'
}

/** Names by which types and effects are told apart, also in files that do not name them. */
const spreading = new Set<Entity['kind']>(['field', 'case', 'effect', 'operation'])

/** Renames what is found, and looks whether the program is what it was. */
async function attempt(
  workspace: Workspace,
  all: string[],
  files: string[],
  { entity, name, here }: Subject,
  keys: ReadonlySet<string>,
  to: string,
  goOn: () => void,
): Promise<FileEdits[] | Refusal> {
  const changes: FileEdits[] = []
  const editsOf = new Map<string, Edit[]>()
  const before = new Map<string, Sight>()
  const texts = new Map<string, string>()
  for (const path of files) {
    goOn()
    await workspace.use(path, view => {
      const edits = usesIn(view, entity, keys)
        .filter(({ start, end, alias }) => view.lines.slice(start, end) === name && alias === here)
        .map(({ start, end }) => ({ start, end, text: to }))
      if (edits.length === 0) return
      editsOf.set(path, edits)
      changes.push({ path, text: view.text, edits: withoutAliases(view, edits) })
      before.set(path, takeSight(view))
      texts.set(path, applyEdits(view.text, edits))
    })
  }
  if (spreading.has(entity.kind))
    for (const path of await withImporters(workspace, all, texts.keys(), goOn)) {
      if (before.has(path)) continue
      goOn()
      await workspace.use(path, view => void before.set(path, takeSight(view)))
    }
  const wrong = await workspace.suppose(texts, async check => {
    for (const path of before.keys()) {
      goOn()
      const view = await check(path)
      const different = view && differences(before.get(path)!, takeSight(view), editsOf, path, { from: name, to })
      if (different) return { path, ...different }
    }
    return undefined
  })
  if (!wrong) return changes
  const { line } = positionAt(new Lines(texts.get(wrong.path) ?? workspace.textOf(wrong.path)!), wrong.at)
  const where = `${wrong.path}:${line}`
  return { refused: `\`${to}\` cannot be its name: ${wrong.why} (${where})` }
}

/** Edits that leave no `f as f`, which is `f`. */
function withoutAliases({ tree, text }: View, edits: Edit[]): Edit[] {
  let left = edits
  for (const item of tree.items)
    for (const { name, alias } of item.kind === 'ImportNames' ? item.names : []) {
      if (!alias || text.slice(name.end, alias.start).includes('//')) continue
      const [first, second] = [name, alias].map(({ start }) => edits.find(edit => edit.start === start))
      if ((!first && !second) || (first?.text ?? name.text) !== (second?.text ?? alias.text)) continue
      left = [...left.filter(edit => edit !== second), { start: name.end, end: alias.end, text: '' }]
    }
  return left === edits ? edits : left.sort((a, b) => a.start - b.start)
}
