/**
 * The export that an instruction names: that of just this name, else of the same name as WIT writes it. Homestar finds
 * `add-one` under `add_one` and `addOne` too, and its workflows are written so; the name is a part of what identifies them.
 */
export function findExport<T extends { name: string }>(functions: readonly T[], name: string): T | undefined {
  const find = (wanted: string): T | undefined => functions.find(entry => entry.name === wanted)
  return find(name) ?? find(kebab(name))
}

/** A name of a function of the world as WIT writes it. */
function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase()
}
