import { effectsSource } from './effects.ts'

/** The modules that come with the language, by the source that an import names. */
export const builtIns: ReadonlyMap<string, string> = new Map([['ipvm:effects', effectsSource]])
