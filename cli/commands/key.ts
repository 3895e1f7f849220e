import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { suggest } from '../../dag/suggest.ts'
import type { Context } from '../context.ts'
import { wrongUsage } from '../diagnostics.ts'
import { StoreDoor } from '../host.ts'
import { success, type Reply } from '../output.ts'
import { keyFolder, keyNames, makeKey, signerNamed, STORE } from '../ucan/keys.ts'

/** `ipvm key new NAME` makes a key and prints its DID; `ipvm key list` lists all. */
export async function key(context: Context, [action = '', ...names]: string[]): Promise<Reply> {
  switch (action) {
    case 'new': {
      const [name] = names
      if (name === undefined || names.length > 1) return wrongUsage('`key new` takes one name: `ipvm key new NAME`.')
      const made = makeKey(name)
      if (!made.ok) return made.error
      const { did, file } = made.value
      return success({ name, did, file }, `${did}\n`, `${file}: keep it to yourself.`)
    }
    case 'list':
      return names.length > 0 ? wrongUsage('`key list` takes no names.') : list(context)
    default:
      return wrongUsage(`\`key\` takes \`new NAME\` or \`list\`; \`${action}\` is neither.`, {
        near: suggest(action, ['new', 'list']),
      })
  }
}

/** The store's own key is among them where there is a store that has signed something. */
async function list({ store }: Context): Promise<Reply> {
  const door = new StoreDoor(store)
  try {
    const names = [...keyNames(), ...(existsSync(join(store, 'key')) ? [STORE] : [])]
    const keys = names.map(name => {
      const signer = signerNamed(name, door)
      // What is wrong with one keeps nobody from the others.
      return signer.ok
        ? { name, did: signer.value.did }
        : { name, problem: signer.error.stderr!.replace('error: ', '') }
    })
    const lines = keys.map(({ name, did, problem }) => `${name}  ${did ?? problem}\n`)
    const none = keys.length === 0 ? `There is no key in ${keyFolder()}; \`ipvm key new NAME\` makes one.` : undefined
    return success(keys, lines.join(''), none)
  } finally {
    await door.close()
  }
}
