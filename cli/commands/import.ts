import type { CID } from 'multiformats/cid'
import type { Block } from '../../dag/ipld.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { loadFrom, loadFromList } from '../../runtime/blocks.ts'
import { receiptsIn } from '../../runtime/receipts/bundle.ts'
import { importReceipts, type Imported, type ImportError } from '../../runtime/receipts/import.ts'
import { readCarFile } from '../car.ts'
import { configNames, loadConfig } from '../config.ts'
import type { Context } from '../context.ts'
import { cliRows, complain, wrongUsage } from '../diagnostics.ts'
import { readNamed } from '../files.ts'
import { StoreDoor } from '../host.ts'
import { unfit } from '../outcome.ts'
import { plural, success, type Reply } from '../output.ts'
import { capital } from '../trouble.ts'

/** `ipvm import FILE`: remembers what the receipts of a file say, if all of their issuers are trusted. */
export async function importCommand(context: Context, [file = '']: string[]): Promise<Reply> {
  const read = await readReceipts(file)
  if (!read.ok) return read.error
  const loaded = await loadConfig(process.cwd())
  if (!loaded.ok) return loaded.error
  const { config, file: configFile } = loaded.value
  const door = new StoreDoor(context.store)
  try {
    const store = door.open()
    const { receipts, blocks } = read.value
    const imported = await importReceipts(receipts, loadFrom(store.blocks, blocks), store, config.trust ?? [])
    if (!imported.ok) return refuse(imported.error, file, configFile)
    const { issuers, ...counts } = imported.value
    return success({ file, receipts: receipts.length, ...counts, issuers }, undefined, said(file, imported.value))
  } finally {
    await door.close()
  }
}

async function readReceipts(file: string): Promise<Result<{ receipts: CID[]; blocks: Block[] }, Reply>> {
  const bytes = readNamed(file)
  if (!bytes.ok) return bytes
  const car = readCarFile(file, bytes.value)
  if (!car.ok) return car
  const { roots, blocks } = car.value
  const [root, ...others] = roots
  const listed = others.length === 0 ? await receiptsIn(root!, loadFromList(blocks)) : undefined
  if (!listed)
    return fail(wrongUsage(`\`${file}\` holds no receipts; \`ipvm export RUN\` writes a file that does.`, { file }))
  return listed.ok ? ok({ receipts: listed.value, blocks }) : fail(unfit(listed.error, file))
}

function refuse(error: ImportError, file: string, config: string = configNames[0]): Reply {
  if (error.code === 'untrusted' && 'issuers' in error) {
    const { issuers, receipts } = error
    const shown =
      issuers.length > 3 ? `${issuers.slice(0, 3).join(', ')} and ${issuers.length - 3} more` : issuers.join(', ')
    const list = issuers.slice(0, 3).map(did => JSON.stringify(did))
    const line = `trust: [${[...list, ...(issuers.length > 3 ? ['…'] : [])].join(', ')}]`
    const whose = `${plural(receipts, 'receipt')} of ${shown}, who ${issuers.length === 1 ? 'is' : 'are'} not trusted here`
    const how = `Whoever trusts them writes \`${line}\` in \`${config}\`.`
    return complain(cliRows.NotTrusted, `\`${file}\` holds ${whose}; nothing was taken. ${how}`, { file })
  }
  if (error.code === 'disagreement') return complain(cliRows.NotDeterministic, `${capital(error.message)}.`, { file })
  return unfit(error as Exclude<ImportError, { code: 'untrusted' | 'disagreement' }>, file)
}

function said(file: string, { remembered, known, effects, failures, versions }: Imported): string {
  const rest = [
    known > 0 ? `${known} known` : '',
    effects > 0 ? `${plural(effects, 'effect')}, which are not remembered` : '',
    failures > 0 ? `${plural(failures, 'failure')}, which are not remembered` : '',
    versions > 0 ? `${versions} by another version of what instructions mean` : '',
  ].filter(part => part !== '')
  return [`${file}: ${plural(remembered, 'result is', 'results are')} remembered`, ...rest].join('; ')
}
