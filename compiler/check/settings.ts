import { diagnose, type DiagnosticName, type ParamsOf } from '../../grammar/diagnostics.ts'
import type { Expression, Setting } from '../../grammar/nodes.ts'
import type { Settings } from '../core.ts'
import { nearest } from '../../dag/suggest.ts'
import type { ModuleContext } from './context.ts'

/** How often a task may be attempted or executed again. */
const times = {
  takes: 'how many more times, 0 to 1000',
  examples: ['1', '3'],
  wants: 'a whole number from 0 to 1000, such as `3`',
  least: 0,
  most: 1000,
  read: (value: Expression) =>
    value.kind === 'NumberLiteral' && typeof value.value === 'bigint' ? Number(value.value) : undefined,
}

/**
 * The limits that `config` and `with` can set: what they are, how a value is read, what it looks like, and how far it
 * goes.
 */
export const limits = {
  time: {
    doc: 'How long a task may take on the machine that runs it.',
    takes: 'a duration: `ms`, `s`, `min` or `h`',
    examples: ['500ms', '30s', '5min', '2h'],
    wants: 'a duration, such as `500ms`, `30s` or `2h`',
    least: 1,
    most: Number.MAX_SAFE_INTEGER,
    read: (value: Expression) => (value.kind === 'DurationLiteral' ? value.milliseconds : undefined),
  },
  memory: {
    doc: 'How much memory a task may use.',
    takes: 'a size: `KiB`, `MiB`, `GiB`, or `KB`, `MB`, `GB`',
    examples: ['64MiB', '256MiB', '1GiB'],
    wants: 'a size, such as `64MiB` or `1GB`',
    least: 1,
    most: Number.MAX_SAFE_INTEGER,
    read: (value: Expression) => (value.kind === 'SizeLiteral' ? value.bytes : undefined),
  },
  gas: {
    doc: 'How much a task may compute: its steps are counted, the same on every machine.',
    takes: 'a count',
    examples: ['50_000_000', '1_000_000_000'],
    wants: 'a count, such as `50_000_000`',
    least: 1,
    most: Number.MAX_SAFE_INTEGER,
    read: times.read,
  },
  retry: { ...times, doc: 'How many more times a task is attempted where a failure may be retried.' },
  check: { ...times, doc: 'How many more times a task is executed to compare the results.' },
} as const satisfies Record<keyof Settings, object>

/** Reads the entries of a `config` or `with`. */
export function readSettings(context: ModuleContext, entries: Setting[]): Settings {
  const settings: Settings = {}
  const complain = <N extends DiagnosticName>(
    name: N,
    params: ParamsOf<N>,
    { start, end }: { start: number; end: number },
  ) => void context.diagnostics.push(diagnose(name, params, { file: context.file, start, end }))
  for (const { name, value } of entries) {
    const key = name.text
    if (!Object.hasOwn(limits, key)) {
      complain('UnknownSetting', { name: key, near: nearest(key, Object.keys(limits)) }, name)
      continue
    }
    const limit = key as keyof Settings
    if (settings[limit] !== undefined) complain('RepeatedSetting', { name: key }, name)
    if (value.kind === 'Missing') continue
    const { read, wants, least, most } = limits[limit]
    const figure = read(value)
    if (figure === undefined || !Number.isSafeInteger(figure) || figure < least || figure > most)
      complain('SettingValue', { name: key, wants: figure === 0 ? 'more than nothing' : wants }, value)
    else settings[limit] = figure
  }
  return settings
}
