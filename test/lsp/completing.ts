import { completion, ExportIndex, type Completion, type Completions } from '../../lsp/features/completion.ts'
import { Fixture } from './harness.ts'

export const head = `import filters from "./filters.wasm"
import png from "./png.wasm"
import { http, fs, time } from "ipvm:effects"
type Color = enum { red, green, blue }
type Shape = variant { circle(f64), point }
type Rights = flags { read, write }
type Picture = record { name: string, color: Color }
const edge: u32 = 3
const favourite: Color = Color.red
job helper(a: u32, b: string = "x") -> u32 { a }
`

/**
 * What is offered at the cursor of the first file that has one; a text alone stands below the usual declarations.
 *
 * @param typed the character for which it is
 */
export async function offered(
  files: Record<string, string> | string,
  typed?: string,
): Promise<Completions | undefined> {
  const fixture = new Fixture(typeof files === 'string' ? head + files : files)
  const { path, offset } = fixture.cursors[0]!
  const others = new ExportIndex().of(fixture.workspace, fixture.texts.keys())
  return fixture.workspace.useAt(
    path,
    () => offset,
    view => completion(view, offset, others, typed),
  )
}

export async function labels(files: Record<string, string> | string, typed?: string): Promise<string[]> {
  return (await offered(files, typed))?.items.map(({ label }) => label) ?? []
}

/** The text after an item was taken, with its places as `<1>`. */
export async function taken(files: Record<string, string> | string, label: string): Promise<string> {
  const fixture = new Fixture(typeof files === 'string' ? head + files : files)
  const { path, offset } = fixture.cursors[0]!
  const others = new ExportIndex().of(fixture.workspace, fixture.texts.keys())
  const found = await fixture.workspace.useAt(
    path,
    () => offset,
    view => completion(view, offset, others),
  )
  const item = found!.items.find(entry => entry.label === label)
  if (!item) throw new Error(`${label} is not offered`)
  return apply(fixture.texts.get(path)!, found!, item)
}

function apply(text: string, { range }: Completions, { text: inserted, snippet, edits = [] }: Completion): string {
  const written = snippet
    ? inserted
        .replace(/\$\{\d+:([^}]*)\}/g, '$1')
        .replace(/(?<!\\)\$\d+/g, '')
        .replace(/\\([\\$}])/g, '$1')
    : inserted
  const all = [...edits, { ...range, text: written }].sort((a, b) => b.start - a.start || b.end - a.end)
  let changed = text
  for (const edit of all) changed = changed.slice(0, edit.start) + edit.text + changed.slice(edit.end)
  return changed.startsWith(head) ? changed.slice(head.length) : changed
}
