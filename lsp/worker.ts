/** The entry of `dist/lsp-worker.js`: the language server in a worker of a browser, for the page that has started it. */
import { serveWorker } from './browser.ts'

declare const IPVM_VERSION: string
declare const self: Parameters<typeof serveWorker>[0]

serveWorker(self, IPVM_VERSION)
