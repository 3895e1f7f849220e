import { fail, ok, type Result } from '../dag/result.ts'
import type { GatewayClient } from '../runtime/gateway/client.ts'
import { wrongUsage } from './diagnostics.ts'
import type { CommandRow } from './commands.ts'
import type { Reply } from './output.ts'
import { sentence } from './trouble.ts'

/** Most gateways that are asked one after the other. */
const most = 16

/** The gateways of `--gateway`, else those of `IPVM_GATEWAY`, which are separated by spaces, for a command that fetches. */
export async function openGateways(
  given: readonly string[] | undefined,
  { fetches }: CommandRow,
): Promise<Result<GatewayClient[], Reply>> {
  const texts = given ?? (fetches ? (process.env['IPVM_GATEWAY'] ?? '').split(/\s+/).filter(text => text !== '') : [])
  if (texts.length === 0) return ok([])
  const where = given ? '`--gateway`' : '`IPVM_GATEWAY`'
  if (texts.length > most)
    return fail(wrongUsage(`${where} names ${texts.length} gateways; at most ${most} are asked.`))
  // Loaded where there is one: most commands need none.
  const { GatewayClient, readGatewayUrl } = await import('../runtime/gateway/client.ts')
  const clients: GatewayClient[] = []
  for (const text of texts) {
    const url = readGatewayUrl(text)
    if (!url.ok) return fail(wrongUsage(sentence(`${where}: ${url.error}`)))
    clients.push(new GatewayClient(url.value))
  }
  return ok(clients)
}
