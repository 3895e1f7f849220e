import {
  commands,
  ProcessExecution,
  Task,
  TaskPanelKind,
  tasks,
  Uri,
  window,
  workspace,
  type ExtensionContext,
  type TextDocument,
} from 'vscode'
import { choose } from './lenses.ts'
import { argumentsOf } from './program.ts'
import { findProgram, firstFolder } from './server.ts'

type What = 'run' | 'build' | 'test'

/** `ipvm.run`, `ipvm.build` and `ipvm.test`: called with a file and a name by a code lens, with neither by a person. */
export function registerRuns(context: ExtensionContext): void {
  const register = (what: What, title: string): void => {
    const perform = (uri?: unknown, name?: unknown): Promise<void> => run(context, what, title, uri, name)
    context.subscriptions.push(commands.registerCommand(`ipvm.${what}`, perform))
  }
  register('run', 'Run which job?')
  register('build', 'Build which job?')
  register('test', 'Run tests')
}

async function run(context: ExtensionContext, what: What, title: string, uri: unknown, name: unknown): Promise<void> {
  if (!workspace.isTrusted) return tellUntrusted()
  const document = await documentOf(uri)
  if (!document) return
  if (document.uri.scheme !== 'file') {
    return void window.showErrorMessage('Only files on a disk can be run. Save the file first.')
  }
  // A title of a menu gives a file and something else than a name.
  let chosen = typeof name === 'string' ? name : undefined
  if (chosen === undefined && what !== 'test') {
    const offer = await choose(document, 'ipvm.run', title)
    if (!offer) return void window.showInformationMessage('There is no job to choose.')
    chosen = offer.name
  }
  if (document.isDirty && !(await document.save())) return
  const args = argumentsOf(what, document.uri.fsPath, chosen)
  if (!args) return void window.showErrorMessage(`“${chosen}” is not the name of a job.`)
  const program = findProgram(context)
  if ('why' in program) return void window.showErrorMessage(program.why)

  // Where the server looks for what a file imports by its CID.
  const folder = workspace.getWorkspaceFolder(document.uri) ?? firstFolder()
  // Tasks of a window without a folder do not start everywhere.
  if (!folder) return void window.showErrorMessage('Jobs and tests are run in a folder. Open the one of the file.')
  const task = new Task(
    { type: 'process' },
    folder,
    [what, chosen ?? workspace.asRelativePath(document.uri)].join(' '),
    'ipvm',
    new ProcessExecution(program.command, [...program.args, ...args], { cwd: folder.uri.fsPath, env: program.env }),
    [],
  )
  task.presentationOptions = { panel: TaskPanelKind.Dedicated, clear: true }
  await tasks.executeTask(task)
}

/** The document that a command is about; without one that of the editor. */
export async function documentOf(uri: unknown): Promise<TextDocument | undefined> {
  const given = uri instanceof Uri ? uri : typeof uri === 'string' ? Uri.parse(uri, true) : undefined
  const document = given ? await workspace.openTextDocument(given) : window.activeTextEditor?.document
  return document?.languageId === 'ipvm' ? document : undefined
}

function tellUntrusted(): void {
  const manage = 'Manage Workspace Trust'
  void window
    .showWarningMessage('Nothing of a workspace that is not trusted is run, tested or built.', manage)
    .then(answer => answer === manage && commands.executeCommand('workbench.trust.manage'))
}
