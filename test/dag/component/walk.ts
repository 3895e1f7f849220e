import type { ComponentBody, CoreSort, Definition, Named } from '../../../dag/component/ast.ts'

interface Lists {
  core: Record<CoreSort, number>
  coreModule: number
  coreInstance: number
  func: number
  instance: number
  component: number
  outer: Lists | undefined
}

/**
 * Goes through a component as `ast.ts` says an interpreter may, keeping the length of each list only, and gives the
 * first definition that refers to what is not there, or to a resource that nothing has bound.
 */
export function firstDangling(body: ComponentBody, outer?: Lists): Definition | undefined {
  const core = { func: 0, table: 0, memory: 0, global: 0, tag: 0 }
  const lists: Lists = { core, coreModule: 0, coreInstance: 0, func: 0, instance: 0, component: 0, outer }
  const ahead: [Definition, CoreSort, number | undefined][] = []
  const resources = new Set<number>()
  const has = (item: Named): boolean => {
    if (item.sort === 'type') return !item.resource || resources.has(item.resource.id)
    return item.index < lists[item.sort === 'core-module' ? 'coreModule' : item.sort]
  }
  const push = (sort: Named['sort']): void => {
    if (sort !== 'type') lists[sort === 'core-module' ? 'coreModule' : sort]++
  }
  for (const item of body.definitions) {
    let good = true
    switch (item.kind) {
      case 'core-module':
        lists.coreModule++
        break
      case 'core-instantiate':
        good = item.module < lists.coreModule && item.args.every(arg => arg.instance < lists.coreInstance)
        lists.coreInstance++
        break
      case 'core-bundle':
        good = item.exports.every(entry => entry.index < core[entry.sort])
        lists.coreInstance++
        break
      case 'core-alias':
        good = item.instance < lists.coreInstance
        core[item.sort]++
        break
      case 'component': {
        const inner = firstDangling(item.component, lists)
        if (inner) return inner
        lists.component++
        break
      }
      case 'instantiate':
        good = item.component < lists.component && item.args.every(has)
        for (const { resource } of item.resources) resources.add(resource.id)
        lists.instance++
        break
      case 'bundle':
        good = item.exports.every(has)
        lists.instance++
        break
      case 'alias':
        good = item.instance < lists.instance
        push(item.sort)
        break
      case 'outer-alias': {
        let from: Lists | undefined = lists
        for (let i = 0; i < item.count; i++) from = from?.outer
        good = from !== undefined && item.index < from[item.sort === 'component' ? 'component' : 'coreModule']
        push(item.sort)
        break
      }
      case 'resource':
        resources.add(item.resource.id)
        ahead.push([item, 'func', item.dtor])
        break
      case 'lift':
      case 'lower': {
        good = item.kind === 'lift' ? item.coreFunc < core.func : item.func < lists.func
        const { memory, realloc, postReturn } = item.options
        ahead.push([item, 'memory', memory], [item, 'func', realloc], [item, 'func', postReturn])
        if (item.kind === 'lift') lists.func++
        else core.func++
        break
      }
      case 'resource-new':
      case 'resource-drop':
      case 'resource-rep':
        good = resources.has(item.resource.id)
        core.func++
        break
      case 'stub':
        core.func++
        break
      case 'import':
        for (const { resource } of item.resources) resources.add(resource.id)
        push(item.type.sort)
        break
      case 'export':
        good = has(item)
        push(item.sort)
    }
    if (!good) return item
  }
  return ahead.find(([, sort, index]) => index !== undefined && index >= core[sort])?.[0]
}
