import { canonicalInterface } from './names.ts'

/**
 * How the core names of a module stand for the names of its world (Component Model, BuildTargets.md and the older
 * form of the WIT tools). `instance` is the full name of an interface, undefined for the world itself.
 */
export interface Mangling {
  memory: string
  realloc: string
  initialize: string
  importModule: (instance: string | undefined) => string
  /** The module that offers a component its own exported resources. */
  ownResources: (instance: string | undefined) => string
  resourceDrop: (resource: string) => string
  resourceNew: (resource: string) => string
  resourceRep: (resource: string) => string
  exportFunc: (instance: string | undefined, name: string) => string
  postReturn: (exported: string) => string
  destructor: (instance: string | undefined, resource: string) => string
}

export const legacyMangling: Mangling = {
  memory: 'memory',
  realloc: 'cabi_realloc',
  initialize: '_initialize',
  importModule: instance => instance ?? '$root',
  ownResources: instance => `[export]${instance ?? '$root'}`,
  resourceDrop: resource => `[resource-drop]${resource}`,
  resourceNew: resource => `[resource-new]${resource}`,
  resourceRep: resource => `[resource-rep]${resource}`,
  exportFunc: (instance, name) => (instance === undefined ? name : `${instance}#${name}`),
  postReturn: exported => `cabi_post_${exported}`,
  destructor: (instance, resource) => `${instance === undefined ? '' : `${instance}#`}[dtor]${resource}`,
}

const prefix = 'cm32p2'

export const standardMangling: Mangling = {
  memory: `${prefix}_memory`,
  realloc: `${prefix}_realloc`,
  initialize: `${prefix}_initialize`,
  importModule: instance => (instance === undefined ? prefix : `${prefix}|${canonicalInterface(instance)}`),
  ownResources: instance => `${prefix}|_ex_${canonicalInterface(instance ?? '')}`,
  resourceDrop: resource => `${resource}_drop`,
  resourceNew: resource => `${resource}_new`,
  resourceRep: resource => `${resource}_rep`,
  exportFunc: (instance, name) => `${prefix}|${canonicalInterface(instance ?? '')}|${name}`,
  postReturn: exported => `${exported}_post`,
  destructor: (instance, resource) => `${prefix}|${canonicalInterface(instance ?? '')}|${resource}_dtor`,
}

/** The form is that of the names which the module itself uses. */
export function manglingOf(module: { imports: { module: string }[]; exports: { name: string }[] }): Mangling {
  const standard =
    module.exports.some(({ name }) => name.startsWith(`${prefix}|`) || name.startsWith(`${prefix}_`)) ||
    module.imports.some(item => item.module === prefix || item.module.startsWith(`${prefix}|`))
  return standard ? standardMangling : legacyMangling
}
