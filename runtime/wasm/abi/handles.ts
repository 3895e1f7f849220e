import type { Resource } from '../../../dag/component/ast.ts'
import type { Value } from '../../../dag/value.ts'
import { Handle } from '../resources.ts'
import { type Codec, misfit } from './codec.ts'
import { cost } from './costs.ts'
import type { Crossing } from './crossing.ts'

/**
 * Handles of resources. On our side of the boundary they are {@link Handle} objects in the place of values; they
 * exist between components and hosts only, and no job ever sees one.
 */
export function handle(kind: 'own' | 'borrow', resource: Resource): Codec {
  const up = (crossing: Crossing, index: number): Value => {
    const { handles } = crossing
    return (kind === 'own' ? handles.takeOwn(resource, index) : handles.lend(resource, index)) as unknown as Value
  }
  const down = (crossing: Crossing, value: Value): number => {
    if (!((value as unknown) instanceof Handle)) misfit(value, 'a handle')
    const given = value as unknown as Handle
    return kind === 'own' ? crossing.handles.addOwn(resource, given) : crossing.handles.addBorrow(resource, given)
  }
  return {
    size: 4,
    align: 4,
    flat: ['i32'],
    weight: 32,
    cost: cost.handle,
    load: (crossing, at) => up(crossing, crossing.linear.view.getUint32(at, true)),
    store: (crossing, value, at) => crossing.linear.view.setUint32(at, down(crossing, value), true),
    lift: (crossing, flat) => up(crossing, flat.number() >>> 0),
    lower: (crossing, value, flat) => void flat.push(down(crossing, value)),
  }
}
