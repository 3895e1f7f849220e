import { encode } from '../dag/codec.ts'
import type { Block, Ipld } from '../dag/ipld.ts'
import { show } from '../dag/core/show.ts'
import { DECLASSIFY, operationName, SECRET_GET } from '../dag/job.ts'
import { ok } from '../dag/result.ts'
import type { Effects } from './interface.ts'

/** What stands in for an effect: the arguments that it answers, placed, and its placed result. */
export interface Given {
  /** `http/get` */
  op: string
  /** Where one is absent any will do. */
  args: (Ipld | undefined)[]
  value: Ipld
}

/**
 * Answers effects with what is given for them, by the bytes of their placed arguments; of several that fit the first.
 * What is not given is refused with its name and its arguments.
 *
 * @param blocks those that the results need and that are not in the store
 */
export function givenEffects(entries: Given[], blocks: Block[] = []): Effects {
  return {
    operation: (_, op) => ok({ recovery: 'irrevocable', secret: op === SECRET_GET }),
    missing: async () => undefined,
    async perform({ op, args }) {
      const found = entries.find(entry => entry.op === op && fits(entry.args, args))
      if (found) return { kind: 'ok', value: found.value, blocks }
      // Giving a secret away tells nobody but the test.
      if (op === DECLASSIFY) return { kind: 'ok', value: args[0]!, blocks: [] }
      const call = `${operationName(op)}(${args.map(show).join(', ')})`
      const others = entries.filter(entry => entry.op === op).length
      const why = others === 0 ? 'The test gives nothing for it' : 'What the test gives for it has other arguments'
      return { kind: 'refused', message: `\`${call}\` is an effect. ${why}: write \`given … => value\`.` }
    },
  }
}

function fits(wanted: Given['args'], args: Ipld[]): boolean {
  return (
    wanted.length === args.length &&
    wanted.every((want, i) => want === undefined || Buffer.compare(encode(want), encode(args[i]!)) === 0)
  )
}
