import type { Value } from '../../../dag/value.ts'
import type { Answer, Provider, Request } from '../../../runtime/effects/provider.ts'

export interface Said {
  answer: Answer
  /** How often it was told that the first byte leaves. */
  sent: number
}

/** Performs an operation of a provider, `get`, without the checks of the host. */
export async function ask(
  provider: Provider,
  operation: string,
  args: Value[],
  own: Partial<Request> = {},
): Promise<Said> {
  let sent = 0
  const { rules = [undefined] } = own
  const request: Request = {
    args,
    rulesOf: () => rules,
    key: '0123456789abcdef'.repeat(4),
    rules,
    signal: new AbortController().signal,
    sent: async () => void sent++,
    ...own,
  }
  return { answer: await provider.operations[operation]!.perform(request), sent }
}
