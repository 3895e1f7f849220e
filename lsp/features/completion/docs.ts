import { resolve, type Open } from '../../../compiler/open.ts'
import { keywordByText } from '../../../grammar/keywords.ts'
import { describe, describeBuiltIn, describeOperation, describeSymbol, markdown } from '../../describe/target.ts'
import { settingDocs, typeDocs } from '../../describe/words.ts'
import type { View } from '../../interface.ts'
import type { About } from './candidates.ts'
import type { Exported } from './exports.ts'
import { ofLanguage } from './exports.ts'
import { casesOf } from './names.ts'

/**
 * What an item of a completion is, as Markdown; undefined where there is nothing to say.
 *
 * @param others what other files of the workspace export
 */
export function completionDocs(view: View, about: About, others: readonly Exported[] = []): string | undefined {
  switch (about.kind) {
    case 'name': {
      const symbol = view.scope.get(about.name)
      const found = symbol && describeSymbol(view, symbol)
      return found && markdown(found)
    }
    case 'member':
      return memberDocs(view, about.path)
    case 'keyword':
      return keywordByText.get(about.name)?.doc
    case 'builtIn': {
      const found = describeBuiltIn(about.name)
      return found && markdown(found)
    }
    case 'type':
      return typeDocs.get(about.name)
    case 'setting':
      return settingDocs(about.name)
    case 'export': {
      const { path, name } = about
      const found = [...others, ...ofLanguage].find(entry => entry.path === path && entry.name === name)
      return found && markdown({ code: found.signature, language: 'ipvm', docs: found.docs })
    }
  }
}

function memberDocs(view: View, [head, ...rest]: readonly string[]): string | undefined {
  const symbol = view.scope.get(head!)
  const name = rest.join('.')
  switch (symbol?.kind) {
    case 'effect': {
      const node = symbol.node.operations.find(operation => operation.name.text === name)
      return node && markdown(describeOperation(symbol, node))
    }
    case 'module': {
      const func = symbol.component?.functions.get(name)
      const type = symbol.component?.types.get(name)
      const of = symbol.component?.types.get(rest.slice(0, -1).join('.'))
      if (of && !func && !type) return caseDocs(view, of, rest.at(-1)!)
      const found = func
        ? describe(view, { kind: 'function', module: symbol, func })
        : type
          ? describe(view, { kind: 'exported', module: symbol, path: name, type })
          : describe(view, { kind: 'interface', module: symbol, path: name })
      return found && markdown(found)
    }
    case 'type':
      return caseDocs(view, symbol.home.typeOf(symbol), name)
    default:
      return undefined
  }
}

function caseDocs(view: View, of: Open, name: string): string | undefined {
  const type = resolve(of)
  const found = casesOf(type).find(({ label }) => label === name)
  if (!found) return undefined
  const { payload } = found
  const described = describe(view, { kind: 'case', of: type, name, ...(payload ? { payload } : {}) })
  return described && markdown(described)
}
