import type { Ipld } from '../dag/ipld.ts'
import type { Severity } from '../grammar/diagnostics.ts'
import { printable } from '../grammar/render.ts'
import { exits, type Reply } from './output.ts'

/** What the command line itself finds wrong; the compiler's rows are in `grammar/diagnostics.ts`. */
export interface CliRow {
  name: string
  code: string
  severity: Severity
  explain: string
  wrong: string
  right: string
  exit: number
}

/** IPVM9xxx: the command line, compiled files and the store. The examples are command lines. */
export const cliRows = {
  Usage: {
    name: 'Usage',
    code: 'IPVM9001',
    severity: 'error',
    explain:
      'The command line asks for something that is not there: a command, an option, a file, a job or an argument. ' +
      'Nothing was started. `ipvm help COMMAND` shows what a command takes; the message of a wrong argument lists the ' +
      'parameters of the job.',
    wrong: 'ipvm biuld job.ipvm\n',
    right: 'ipvm build job.ipvm\n',
    exit: exits.usage,
  },
  Damaged: {
    name: 'Damaged',
    code: 'IPVM9002',
    severity: 'error',
    explain:
      'A compiled file or a block is not what it claims to be: its bytes do not hash to their CID, a part of it is ' +
      'missing, or it is not a job at all. Every block is verified when it is read, so that nothing of a damaged file ' +
      'runs, and nothing of a file with a damaged block or instruction comes into the store. Build or fetch it again.',
    wrong: 'head -c 1000 job.car > part.car && ipvm run part.car\n',
    right: 'ipvm run job.car\n',
    exit: exits.diagnostics,
  },
  Store: {
    name: 'Store',
    code: 'IPVM9003',
    severity: 'error',
    explain:
      'The store (`.ipvm` in the current folder, `--store DIR` or `IPVM_STORE`) cannot be used. Blocks, results that are ' +
      'remembered and records of runs can be made again: a damaged `store.db` can be moved away, and a new one is made by ' +
      'the next run. Leave `runs/` where it is: these journals say what runs have changed.',
    wrong: 'ipvm run job.ipvm --store /dev/null\n',
    right: 'ipvm run job.ipvm --store ./store\n',
    exit: exits.diagnostics,
  },
  NotFormatted: {
    name: 'NotFormatted',
    code: 'IPVM9004',
    severity: 'error',
    explain: '`ipvm fmt --check` found a file that `ipvm fmt` would change. It changes the layout only, never the CID.',
    wrong: 'ipvm fmt --check messy.ipvm\n',
    right: 'ipvm fmt messy.ipvm\n',
    exit: exits.diagnostics,
  },
  NotExpressible: {
    name: 'NotExpressible',
    code: 'IPVM9005',
    severity: 'error',
    explain:
      'The target of `build --target` has no way to say what the job says; the message names the construct. The job ' +
      'itself is sound: it builds as a CAR and runs here.',
    wrong: 'ipvm build job-with-floats.ipvm --target homestar\n',
    right: 'ipvm build job-with-floats.ipvm\n',
    exit: exits.diagnostics,
  },
  NotAtHand: {
    name: 'NotAtHand',
    code: 'IPVM9006',
    severity: 'error',
    explain:
      'The job calls a component that it names by CID, and the store does not have its bytes. A compiled file brings ' +
      'its components along unless it was built with `--no-bundle`; running one, or building a source that imports ' +
      'the file of the component, puts them into the store.',
    wrong: 'ipvm build job.ipvm --no-bundle && ipvm run job.car --store ./empty\n',
    right: 'ipvm build job.ipvm && ipvm run job.car --store ./empty\n',
    exit: exits.diagnostics,
  },
  NotAllowed: {
    name: 'NotAllowed',
    code: 'IPVM9007',
    severity: 'error',
    explain:
      'The job does something to the world that it was not granted, or that nothing here performs; nothing of it was ' +
      'started. A grant names an operation and what it is for: `--allow http.get=example.com`, ' +
      '`--allow fs.write=./out`, `--allow secret.get=TOKEN`. It stands on the command line, or under `allow` in ' +
      '`ipvm.config.ts` of the current folder. The message lists all that is missing, and the command line with it. What ' +
      'a job asks for only while it runs, such as a URL that it has computed, fails the task in the same way.',
    wrong: 'ipvm run thumbnails.ipvm\n',
    right: 'ipvm run thumbnails.ipvm --allow http.get=example.com --allow fs.write=./out\n',
    exit: exits.refused,
  },
  NotDeterministic: {
    name: 'NotDeterministic',
    code: 'IPVM9008',
    severity: 'error',
    explain:
      'A task that `check` or `run --check` had computed more than once came to different results, which a pure function cannot. The ' +
      'message names the task and both results. Either memory or a processor of this machine is damaged, or the host ' +
      'has let something in that differs from run to run, which would be a bug of ipvm.',
    wrong: 'ipvm run job.ipvm\n',
    right: 'ipvm run job.ipvm\n',
    exit: exits.failed,
  },
  NotTaken: {
    name: 'NotTaken',
    code: 'IPVM9009',
    severity: 'error',
    explain:
      'A workflow of Homestar cannot be read as a job; the message tells the place and what is wrong there. It has to be ' +
      '`{"tasks": […]}` in DAG-JSON or DAG-CBOR, each task an instruction that is written out, each argument a value of the ' +
      'type that the component says, a file by its CID, or the promise `{"await/ok": …}` of another task of the workflow. ' +
      'What Homestar passes over in silence, as an argument too many, is refused.',
    wrong: 'echo \'{"tasks": []}\' > none.json && ipvm run none.json\n',
    right: 'ipvm build job.ipvm --target homestar && ipvm run job.homestar.json\n',
    exit: exits.diagnostics,
  },
  NotVerified: {
    name: 'NotVerified',
    code: 'IPVM9011',
    severity: 'error',
    explain:
      'A token of UCAN is refused: a delegation of `--proof`, or an invocation. The message names the reason and the token: ' +
      'it is `Malformed`, its signature is not by its issuer (`InvalidSignature`), it has `Expired`, it is `TooEarly`, ' +
      '`Revoked` or `Replayed`, it is for somebody else (`InvalidAudience`) or about something else (`InvalidSubject`), its ' +
      'command (`InvalidCommand`) or its policy (`MatchError`) does not cover what is asked, a delegation before it is missing ' +
      '(`UnavailableProof`), it proves nothing (`InvalidClaim`), or it comes from who may grant nothing here (`Untrusted`). ' +
      'Nothing was started. `ipvm inspect FILE` shows what a token says.',
    wrong: 'ipvm run job.ipvm --as bob --proof for-carol.ucan\n',
    right: 'ipvm run job.ipvm --as bob --proof for-bob.ucan\n',
    exit: exits.refused,
  },
  Gateway: {
    name: 'Gateway',
    code: 'IPVM9013',
    severity: 'error',
    explain:
      'A block that is not in the store was asked for at a gateway (`--gateway URL`, `IPVM_GATEWAY`), and none gave it: the ' +
      'gateway cannot be reached, is too slow, leads to another host, or gave bytes that are not what the CID says. The ' +
      'message names it. A gateway is not trusted: every block is verified before it is kept, so that nothing of what it ' +
      'gave wrongly is in the store. Ask another one; the option may be given more than once.',
    wrong: 'ipvm run bafyreib… --gateway http://127.0.0.1:1\n',
    right: 'ipvm run bafyreib… --gateway https://trustless-gateway.link\n',
    exit: exits.failed,
  },
  NotTrusted: {
    name: 'NotTrusted',
    code: 'IPVM9014',
    severity: 'error',
    explain:
      'A file of receipts says what tasks have come to, and who has computed it. What is imported is remembered as if it had ' +
      'been computed here, so that only issuers are believed that `trust` in `ipvm.config.ts` of the current folder names, ' +
      'beside the store itself; where the file holds receipts of others, nothing of it is taken. Whether it is what it claims ' +
      'to be `ipvm verify FILE` says, and `ipvm verify FILE --audit` computes its results again.',
    wrong: 'ipvm import theirs.receipts.car\n',
    right: 'ipvm verify theirs.receipts.car --audit\n',
    exit: exits.refused,
  },
} satisfies Record<string, CliRow>

/** Something is wrong that has no place in a source: one sentence, and the file that it is about. */
export function complain(
  row: CliRow,
  message: string,
  { file, near, exit = row.exit }: { file?: string; near?: string | undefined; exit?: number } = {},
): Reply {
  const text = near === undefined ? message : `${message} Did you mean \`${near}\`?`
  return {
    exit,
    json: { ok: false, diagnostics: [toDiagnostic(row, text, file)] },
    stderr: `error: ${printable(text)}`,
  }
}

/** The same shape as a diagnostic of the compiler; without a place in a file, `start` and `end` are its beginning. */
export function toDiagnostic(row: CliRow, message: string, file?: string): Ipld {
  const place = file === undefined ? null : { line: 1, column: 1 }
  const { code, severity } = row
  return { code, severity, message, file: file ?? null, start: place, end: place, related: [], fixes: [] }
}

export function wrongUsage(message: string, more: { file?: string; near?: string | undefined } = {}): Reply {
  return complain(cliRows.Usage, message, more)
}
