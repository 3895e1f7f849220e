import type { Range, View } from '../interface.ts'

/** What the editor performs, not the server. */
export const lensCommands = ['ipvm.run', 'ipvm.test', 'ipvm.graph', 'ipvm.copyCid'] as const

/** A line above a job or a test that does something with it. */
export interface Lens {
  /** The name that it stands above. */
  range: Range
  title: string
  command: (typeof lensCommands)[number]
  /** The path of the file, and the name of the job or the test; of all tests of a file the path alone. */
  arguments: [path: string, name?: string]
}

/** What can be done with the jobs and the tests of a file; also where something is wrong, so that lines do not jump. */
export function lenses({ tree, path }: Pick<View, 'tree' | 'path'>): Lens[] {
  const found: Lens[] = []
  const tests = tree.items.filter(item => item.kind === 'Test')
  const first = tests[0]
  for (const item of tree.items) {
    if (item.kind === 'Job') {
      const range = { start: item.name.start, end: item.name.end }
      const named: [string, string] = [path, item.name.text]
      if (item.name.text === '') continue
      const needs = item.params.some(param => !param.default)
      found.push(
        { range, title: needs ? 'Run…' : 'Run', command: 'ipvm.run', arguments: named },
        { range, title: 'Graph', command: 'ipvm.graph', arguments: named },
        { range, title: 'Copy CID', command: 'ipvm.copyCid', arguments: named },
      )
    } else if (item.kind === 'Test') {
      const range = { start: item.name.start, end: item.name.end }
      found.push({ range, title: 'Test', command: 'ipvm.test', arguments: [path, item.name.value] })
      if (item === first && tests.length > 1)
        found.push({ range, title: `All ${tests.length} tests`, command: 'ipvm.test', arguments: [path] })
    }
  }
  return found
}
