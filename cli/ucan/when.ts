import { fail, ok, type Result } from '../../dag/result.ts'
import { wrongUsage } from '../diagnostics.ts'
import type { Reply } from '../output.ts'

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/**
 * Seconds since 1970 of a time: `never`, which is null; so long from now, `90m`, `24h`, `7d`; a time of ISO 8601, in UTC
 * unless it says otherwise; or the seconds themselves.
 *
 * @param option that takes it, for what is wrong
 */
export function readWhen(text: string, option: string, now = Date.now()): Result<number | null, Reply> {
  if (text === 'never') return ok(null)
  const [, number, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? []
  if (number !== undefined) return ok(Math.floor(now / 1000) + Number(number) * seconds[unit!]!)
  if (/^\d{1,12}$/.test(text)) return ok(Number(text))
  const isTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?$/.test(text)
  const time = isTime ? Date.parse(/T.*(Z|[+-]\d{2}:\d{2})$|^[^T]*$/.test(text) ? text : `${text}Z`) : NaN
  if (!Number.isNaN(time)) return ok(Math.floor(time / 1000))
  const forms = 'as 30m, 24h or 7d from now, a time as 2030-01-31T12:00:00Z, or never'
  return fail(wrongUsage(`\`${option}\` takes ${forms}; \`${text}\` is none of them.`))
}
