import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { zipSync } from 'fflate'

/** What the extension takes of its own folder, beside its bundled code. */
const own = ['package.json', 'README.md', 'language-configuration.json', 'syntaxes/ipvm.tmLanguage.json']
/** The program: its launcher, the command line, and what its workers load. */
const program = ['ipvm.js', 'cli.js', 'worker.js', 'keeper.js']

interface Manifest {
  name: string
  displayName: string
  description: string
  version: string
  publisher: string
  engines: { vscode: string }
  extensionKind: string[]
  categories: string[]
  keywords: string[]
}

/**
 * The extension as a `.vsix`: a ZIP file by the Open Packaging Conventions, with the manifest of the Marketplace beside
 * `extension/` (https://code.visualstudio.com/api/working-with-extensions/publishing-extension). The same sources give
 * the same bytes.
 *
 * @param root of the project, whose `dist` is built
 */
export async function makeVsix(root: string): Promise<Uint8Array> {
  const folder = join(root, 'editors/vscode')
  const read = (path: string): Uint8Array => readFileSync(join(root, path))
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  const project = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Project
  if (manifest.version !== project.version)
    throw new Error(`The extension has version ${manifest.version}, the project ${project.version}`)
  const files: Record<string, Uint8Array> = {}
  for (const name of own) files[`extension/${name}`] = read(`editors/vscode/${name}`)
  files['extension/dist/extension.cjs'] = await bundle(folder)
  files['extension/LICENSE.txt'] = read('LICENSE')
  files['extension/CHANGELOG.md'] = read('CHANGELOG.md')
  files['extension/NOTICES.txt'] = text(notices(root, [...Object.keys(project.dependencies), 'vscode-languageclient']))
  for (const name of program) files[`extension/server/dist/${name}`] = read(`dist/${name}`)
  const { name, version, license } = project
  files['extension/server/package.json'] = text(JSON.stringify({ name, version, license, type: 'module' }))

  const all = { 'extension.vsixmanifest': text(manifestOf(manifest)), ...files }
  const types = text(contentTypes(Object.keys(all)))
  return zipSync({ '[Content_Types].xml': types, ...all }, { level: 9, mtime: new Date(2020, 0, 1) })
}

/** The code of the extension in one file; the editor itself gives `vscode`. */
async function bundle(folder: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'src/extension.ts')],
    outfile: 'extension.cjs',
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    external: ['vscode'],
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  })
  return outputFiles[0]!.contents
}

function text(content: string): Uint8Array {
  return new TextEncoder().encode(content)
}

function escape(content: string): string {
  return content.replace(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`)
}

function manifestOf(manifest: Manifest): string {
  const { name, displayName, description, version, publisher, engines, extensionKind, categories, keywords } = manifest
  const tags = [...keywords, 'ipvm', '__ext_ipvm']
  const property = (id: string, value: string): string =>
    `      <Property Id="Microsoft.VisualStudio.${id}" Value="${escape(value)}"/>`
  const asset = (type: string, path: string): string =>
    `    <Asset Type="Microsoft.VisualStudio.${type}" Path="extension/${path}" Addressable="true"/>`
  return `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id="${escape(name)}" Version="${escape(version)}" Publisher="${escape(publisher)}"/>
    <DisplayName>${escape(displayName)}</DisplayName>
    <Description xml:space="preserve">${escape(description)}</Description>
    <Tags>${escape(tags.join(','))}</Tags>
    <Categories>${escape(categories.join(','))}</Categories>
    <GalleryFlags>Public</GalleryFlags>
    <License>extension/LICENSE.txt</License>
    <Properties>
${property('Code.Engine', engines.vscode)}
${property('Code.ExtensionDependencies', '')}
${property('Code.ExtensionPack', '')}
${property('Code.ExtensionKind', extensionKind.join(','))}
${property('Code.LocalizedLanguages', '')}
${property('Services.GitHubFlavoredMarkdown', 'true')}
    </Properties>
  </Metadata>
  <Installation>
    <InstallationTarget Id="Microsoft.VisualStudio.Code"/>
  </Installation>
  <Dependencies/>
  <Assets>
${asset('Code.Manifest', 'package.json')}
${asset('Services.Content.Details', 'README.md')}
${asset('Services.Content.Changelog', 'CHANGELOG.md')}
${asset('Services.Content.License', 'LICENSE.txt')}
  </Assets>
</PackageManifest>
`
}

/** Types by the ends of the names, each of which must have one. */
function contentTypes(names: string[]): string {
  const known: Record<string, string> = {
    cjs: 'application/javascript',
    js: 'application/javascript',
    json: 'application/json',
    md: 'text/markdown',
    txt: 'text/plain',
    vsixmanifest: 'text/xml',
  }
  const ends = [...new Set(names.map(name => name.slice(name.lastIndexOf('.') + 1)))].sort()
  const rows = ends.map(end => {
    if (!Object.hasOwn(known, end)) throw new Error(`Files that end with .${end} have no type`)
    return `<Default Extension=".${end}" ContentType="${known[end]}"/>`
  })
  const namespace = 'http://schemas.openxmlformats.org/package/2006/content-types'
  return `<?xml version="1.0" encoding="utf-8"?>\n<Types xmlns="${namespace}">${rows.join('')}</Types>\n`
}

interface Project {
  name: string
  version: string
  license: string
  dependencies: Record<string, string>
}

/** The licences of packages that are bundled, and of all that they depend on. */
function notices(root: string, names: string[]): string {
  const found = new Map<string, string>()
  const visit = (name: string, from: string): void => {
    const folder = folderOf(name, from)
    if (folder === undefined || found.has(folder)) return
    const one = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Partial<Project>
    found.set(folder, '')
    const license = readdirSync(folder).find(file => /^licen[cs]e/i.test(file))
    const words = license ? readFileSync(join(folder, license), 'utf8').trim() : 'See its package.json.'
    found.set(folder, `${name} ${one.version} (${String(one.license)})\n\n${words}\n`)
    for (const dependency of Object.keys(one.dependencies ?? {})) visit(dependency, folder)
  }
  for (const name of names) visit(name, root)
  const head = 'The extension and the program in it are made with these packages.\n'
  return [head, ...[...found.values()].sort()].join(`\n${'-'.repeat(80)}\n\n`)
}

/** Where Node finds a package from a folder; nothing for one of another platform. */
function folderOf(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name)
    if (existsSync(join(path, 'package.json'))) return path
    if (folder === dirname(folder)) return undefined
  }
}
