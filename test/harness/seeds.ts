/**
 * Random tests take the same cases in every run, so that what fails once fails again. With `IPVM_NIGHTLY=1` they take
 * many more, from a seed of their own, which every message of theirs tells; `IPVM_SEED=<n>` takes that one.
 */
export const nightly = process.env['IPVM_NIGHTLY'] === '1'

export const seed = Number(process.env['IPVM_SEED'] ?? (nightly ? Math.floor(Math.random() * 2 ** 31) : 20_260))

/** How many cases of something are tried. */
export function cases(usual: number, atNight: number): number {
  return nightly ? atNight : usual
}
