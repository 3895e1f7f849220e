import type { Inputs } from '../corpus.ts'

/** Tells the server of the check what came of something in a page, or why nothing did. */
export async function report(name: string, make: (inputs: Inputs) => Promise<unknown>): Promise<void> {
  let came: unknown
  try {
    came = { ok: await make(await fetchInputs()) }
  } catch (error) {
    came = { error: String((error as Error).stack) }
  }
  await fetch(`/${name}`, { method: 'POST', body: JSON.stringify(came) })
}

async function fetchInputs(): Promise<Inputs> {
  const names = (await (await fetch('/inputs')).json()) as string[]
  const bytes = names.map(async name => {
    const response = await fetch(`/inputs/${encodeURIComponent(name)}`)
    if (!response.ok) throw new Error(`${name} was not given`)
    return [name, new Uint8Array(await response.arrayBuffer())] as const
  })
  return new Map(await Promise.all(bytes))
}
