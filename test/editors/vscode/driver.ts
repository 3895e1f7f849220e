/**
 * What the check does inside of the editor: an extension beside the one that is checked, which tells what it has seen in
 * the file `IPVM_CHECK_REPORT`. It looks at the file `IPVM_CHECK_FILE`, and where `IPVM_CHECK` is `language` at a server.
 */
import { writeFileSync } from 'node:fs'
import * as vscode from 'vscode'
import type { Report } from './report.ts'

/** Milliseconds after which a file that nothing was said of has no problems. */
const patience = 100_000

export async function activate(): Promise<void> {
  let told: { ok: Report } | { error: string }
  try {
    told = { ok: await look(process.env['IPVM_CHECK'] === 'language') }
  } catch (error) {
    told = { error: (error as Error).stack ?? String(error) }
  }
  writeFileSync(process.env['IPVM_CHECK_REPORT']!, JSON.stringify(told))
}

async function look(language: boolean): Promise<Report> {
  const extension = vscode.extensions.getExtension('ipvm.ipvm')!
  const document = await vscode.workspace.openTextDocument(process.env['IPVM_CHECK_FILE']!)
  await vscode.window.showTextDocument(document)
  // Done when the editor has activated it for the language, too.
  await extension.activate()
  const trusted = vscode.workspace.isTrusted
  const common = {
    ...{ version: vscode.version, trusted, language: document.languageId },
    commands: (await vscode.commands.getCommands(true)).filter(name => name.startsWith('ipvm.')).sort(),
    runs: [await perform('ipvm.run', document.uri.toString(), 'main')],
  }
  if (!language) Object.assign(common, { problems: await problemsOf(document.uri) })
  if (!trusted) return common
  if (language) return { ...common, ...(await ask(document)) }
  common.runs.push(await perform('ipvm.test', document.uri.toString()))
  common.runs.push(await perform('ipvm.test', document.uri.toString(), 'a "quoted" $(name); --help'))
  common.runs.push(await perform('ipvm.run', document.uri.toString(), 'main; touch injected'))
  common.runs.push(await perform('ipvm.build', document.uri.toString(), 'main'))
  const effects = await vscode.workspace.openTextDocument(vscode.Uri.parse('ipvm:effects'))
  const offered = { lenses: await lensesOf(document), effects: effects.getText() }
  return { ...common, ...offered, ...(await type(await vscode.window.showTextDocument(document))) }
}

/** What is wrong with the file `faulty.ipvm` beside one, as the language server of the extension says. */
async function problemsOf(beside: vscode.Uri): Promise<string[]> {
  const uri = vscode.Uri.joinPath(beside, '../faulty.ipvm')
  const { promise, resolve } = Promise.withResolvers<void>()
  const look = (): void => void (vscode.languages.getDiagnostics(uri).length > 0 && resolve())
  const listener = vscode.languages.onDidChangeDiagnostics(look)
  await vscode.window.showTextDocument(uri, { preserveFocus: true })
  look()
  const timer = setTimeout(resolve, patience)
  await promise
  clearTimeout(timer)
  listener.dispose()
  return vscode.languages
    .getDiagnostics(uri)
    .map(({ code, message }) => `${typeof code === 'object' ? code.value : String(code)} ${message}`)
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
async function ask(document: vscode.TextDocument): Promise<Pick<Report, 'wit' | 'tabs' | 'lenses'>> {
  const wit = await vscode.workspace.openTextDocument(vscode.Uri.parse('ipvm-wit:/a%20folder/main.ipvm/hello.wit'))
  await vscode.commands.executeCommand('ipvm.graph', document.uri.toString(), 'main')
  await seen(() => tabs().includes('Graph of main'))
  return {
    lenses: await lensesOf(document),
    wit: wit.getText(),
    tabs: tabs(),
  }
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
