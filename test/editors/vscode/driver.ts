/**
 * What the check does inside of the editor: an extension beside the one that is checked, which tells what it has seen in
 * the file `IPVM_CHECK_REPORT`. It looks at the file `IPVM_CHECK_FILE`, in a workspace that is trusted at more of it unless
 * `IPVM_CHECK` is `program`; where that is `grant` it goes on when the workspace has come to be trusted.
 */
import { writeFileSync } from 'node:fs'
import * as vscode from 'vscode'
import type { Report } from './report.ts'

/** Milliseconds after which it is told what there is, though it is not what was waited for. */
const patience = 100_000

export async function activate(): Promise<void> {
  let told: { ok: Report } | { error: string }
  try {
    told = { ok: await look() }
  } catch (error) {
    told = { error: (error as Error).stack ?? String(error) }
  }
  writeFileSync(process.env['IPVM_CHECK_REPORT']!, JSON.stringify(told))
}

async function look(): Promise<Report> {
  const extension = vscode.extensions.getExtension('ipvm.ipvm')!
  const document = await vscode.workspace.openTextDocument(process.env['IPVM_CHECK_FILE']!)
  await vscode.window.showTextDocument(document)
  // Done when the editor has activated it for the language, too.
  await extension.activate()
  const trusted = vscode.workspace.isTrusted
  const commands = (await vscode.commands.getCommands(true)).filter(name => name.startsWith('ipvm.')).sort()
  const runs = [await perform('ipvm.run', document.uri.toString(), 'main')]
  const { uri } = document
  const first = await problemsOf(uri, 'pinned.ipvm')
  const kept = await keep(vscode.Uri.joinPath(uri, '../png.wasm'))
  const isOther = (problems: string[]): boolean => problems.join() !== first.join()
  const pinned = kept === 'done' ? await problemsOf(uri, 'pinned.ipvm', isOther) : first
  const common = {
    ...{ version: vscode.version, trusted, language: document.languageId, commands, runs },
    ...{ problems: await problemsOf(uri, 'faulty.ipvm'), unkept: first, kept, pinned },
  }
  if (process.env['IPVM_CHECK'] === 'grant') return { ...common, granted: await grant(uri, isOther) }
  if (!trusted || process.env['IPVM_CHECK'] === 'program') return common
  runs.push(await perform('ipvm.test', document.uri.toString()))
  runs.push(await perform('ipvm.test', document.uri.toString(), 'a "quoted" $(name); --help'))
  runs.push(await perform('ipvm.run', document.uri.toString(), 'main; touch injected'))
  runs.push(await perform('ipvm.build', document.uri.toString(), 'main'))
  const asked = await ask(document)
  return { ...common, ...asked, ...(await type(await vscode.window.showTextDocument(document))) }
}

/** What is another thing when the workspace has come to be trusted; whoever looks at the window says that it is. */
async function grant(
  uri: vscode.Uri,
  isOther: (problems: string[]) => boolean,
): Promise<NonNullable<Report['granted']>> {
  const store = vscode.Uri.joinPath(uri, '../.ipvm')
  const hadStore = await vscode.workspace.fs.stat(store).then(
    () => true,
    () => false,
  )
  const { promise, resolve } = Promise.withResolvers<void>()
  const listener = vscode.workspace.onDidGrantWorkspaceTrust(() => resolve())
  await vscode.commands.executeCommand('workbench.trust.manage')
  await promise
  listener.dispose()
  const run = await perform('ipvm.run', uri.toString(), 'main')
  const kept = await keep(vscode.Uri.joinPath(uri, '../png.wasm'))
  return { run, kept, pinned: await problemsOf(uri, 'pinned.ipvm', isOther), hadStore }
}

/** What came of putting a file into the store. */
async function keep(uri: vscode.Uri): Promise<string> {
  try {
    await vscode.commands.executeCommand('ipvm.keep', uri.toString())
    return 'done'
  } catch (error) {
    return (error as Error).message
  }
}

/**
 * What is wrong with a file beside one, as the language server of the extension says.
 *
 * @param isMeant what is waited for
 */
async function problemsOf(
  beside: vscode.Uri,
  name: string,
  isMeant = (problems: string[]): boolean => problems.length > 0,
): Promise<string[]> {
  const uri = vscode.Uri.joinPath(beside, '..', name)
  const problems = (): string[] =>
    vscode.languages
      .getDiagnostics(uri)
      .map(({ code, message }) => `${typeof code === 'object' ? code.value : String(code)} ${message}`)
  const { promise, resolve } = Promise.withResolvers<void>()
  const look = (): void => void (isMeant(problems()) && resolve())
  const listener = vscode.languages.onDidChangeDiagnostics(look)
  await vscode.window.showTextDocument(uri, { preserveFocus: true })
  look()
  const timer = setTimeout(resolve, patience)
  await promise
  clearTimeout(timer)
  listener.dispose()
  return problems()
}

/** How a command ended: by the exit code of its task, or without one. */
async function perform(command: string, ...args: unknown[]): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>()
  let started = false
  const listeners = [
    vscode.tasks.onDidStartTask(() => (started = true)),
    vscode.tasks.onDidEndTaskProcess(({ exitCode }) => resolve(exitCode)),
  ]
  // What it asks or says to a person stays open, and its answer with it.
  await vscode.commands.executeCommand(command, ...args)
  const isRunning = started || vscode.tasks.taskExecutions.length > 0
  const end = isRunning ? `exit ${await promise}` : 'no task'
  for (const listener of listeners) listener.dispose()
  return `${command} ${args.slice(1).join(' ')}: ${end}`
}

/** What the language configuration makes of keys. */
async function type(editor: vscode.TextEditor): Promise<Pick<Report, 'typed' | 'word' | 'comment'>> {
  const { document } = editor
  const at = async (text: string, cursor: number, keys: string): Promise<string> => {
    await editor.edit(edit => edit.replace(new vscode.Range(0, 0, document.lineCount, 0), text))
    const place = document.positionAt(cursor)
    editor.selection = new vscode.Selection(place, place)
    for (const key of keys) await vscode.commands.executeCommand('type', { text: key })
    return document.getText()
  }
  const typed = [
    await at('/// One.', 8, '\nTwo.'),
    await at('//! One.', 8, '\nTwo.'),
    await at('//// One.', 9, '\nTwo.'),
    await at('job f() -> u8 ', 14, '{\n1'),
    await at('"a $"', 4, '{'),
    await at('let b = ', 8, '"'),
  ]
  await at('let next-u32-b = a - 1', 0, '')
  const word = document.getText(document.getWordRangeAtPosition(new vscode.Position(0, 9)))
  await vscode.commands.executeCommand('editor.action.commentLine')
  const comment = document.getText()
  await vscode.commands.executeCommand('workbench.action.files.revert')
  return { typed, word, comment }
}

/** What comes from the language server. */
async function ask(document: vscode.TextDocument): Promise<Pick<Report, 'wit' | 'effects' | 'tabs' | 'lenses'>> {
  const { uri } = document
  const effects = await vscode.workspace.openTextDocument(vscode.Uri.parse('ipvm:effects'))
  const component = uri.with({ scheme: 'ipvm-wit', path: `${uri.path}/hello.wit` })
  const wit = await vscode.workspace.openTextDocument(component)
  await vscode.commands.executeCommand('ipvm.graph', uri.toString(), 'main')
  await seen(() => tabs().includes('Graph of main'))
  return { lenses: await lensesOf(document), effects: effects.getText(), wit: wit.getText(), tabs: tabs() }
}

async function lensesOf({ uri }: vscode.TextDocument): Promise<string[]> {
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 10)
  return lenses.map(({ command }) => `${command?.command} ${command?.arguments?.[1]}`)
}

function tabs(): string[] {
  return vscode.window.tabGroups.all.flatMap(group => group.tabs.map(({ label }) => label))
}

/** Waits for tabs, of which the editor tells later. */
async function seen(isSo: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const look = (): void => void (isSo() && resolve())
  const listener = vscode.window.tabGroups.onDidChangeTabs(look)
  look()
  await promise
  listener.dispose()
}
