import type { ClientCapabilities } from 'vscode-languageserver'

/** What a client can take of what the protocol leaves to it: one that says nothing of something is given its oldest form. */
export interface Support {
  /** Texts with places to be filled in. */
  snippets: boolean
  commitCharacters: boolean
  /** Markdown in what is said of a place, of an item and of a call; else plain text. */
  markdown: { hover: boolean; completion: boolean; signature: boolean }
  /** Parameters as parts of a signature, in place of their texts. */
  labelOffsets: boolean
  /** A call of which no parameter is being written. */
  noActiveParameter: boolean
  /** Where something is declared with what is around it, and with what leads there. */
  links: { definition: boolean; typeDefinition: boolean }
  /** Symbols in symbols; else all beside each other. */
  nestedSymbols: boolean
  /** Actions that say what they change; without them there are none. */
  actions: boolean
  prepareRename: boolean
  /** Changes of files with the versions for which they are meant. */
  documentChanges: boolean
}

export function supportOf({ textDocument, workspace }: ClientCapabilities): Support {
  const item = textDocument?.completion?.completionItem
  const signature = textDocument?.signatureHelp?.signatureInformation
  return {
    snippets: item?.snippetSupport === true,
    commitCharacters: item?.commitCharactersSupport === true,
    markdown: {
      hover: takesMarkdown(textDocument?.hover?.contentFormat),
      completion: takesMarkdown(item?.documentationFormat),
      signature: takesMarkdown(signature?.documentationFormat),
    },
    labelOffsets: signature?.parameterInformation?.labelOffsetSupport === true,
    noActiveParameter: signature?.noActiveParameterSupport === true,
    links: {
      definition: textDocument?.definition?.linkSupport === true,
      typeDefinition: textDocument?.typeDefinition?.linkSupport === true,
    },
    nestedSymbols: textDocument?.documentSymbol?.hierarchicalDocumentSymbolSupport === true,
    actions: Boolean(textDocument?.codeAction?.codeActionLiteralSupport),
    prepareRename: textDocument?.rename?.prepareSupport === true,
    documentChanges: workspace?.workspaceEdit?.documentChanges === true,
  }
}

function takesMarkdown(formats: unknown): boolean {
  return Array.isArray(formats) && formats.includes('markdown')
}
