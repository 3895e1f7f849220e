import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { local } from './harness.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('core instances count until the engine has freed them', async () => {
  // One whose globals cannot be put back makes another for each call.
  const component = await local(`(component
    (core module $m
      (global $g (mut f64) (f64.const 0))
      (func (export "f") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m))
    (func (export "f") (param "n" u32) (result u32) (canon lift (core func $i "f"))))`)
  for (let i = 1; i <= 20; i++) {
    expect(component.value('f', i)).toBe(i)
    expect(component.task.instances).toBe(i)
  }
  while (component.task.instances > 1) {
    collect()
    await setImmediate()
  }
})
