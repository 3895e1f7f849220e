/** In a page: runs the tasks. What is bundled for it has nothing of Node's. */
import type { Result } from '../../../dag/result.ts'
import type { Failure } from '../../../runtime/interface.ts'
import { callComponent, type Compiled, compileComponent } from '../../../runtime/wasm/component.ts'
import { Task } from '../../../runtime/wasm/task.ts'
import { runTasks } from '../tasks.ts'
import { report } from './page.ts'

await report('tasks', inputs => {
  const task = new Task()
  const components = new Map<string, Result<Compiled, Failure>>()
  return runTasks(inputs, ({ component: name, func, args, limits }) => {
    let compiled = components.get(name)
    if (!compiled) {
      compiled = compileComponent(inputs.get(`components/${name}.wasm`)!, task.log)
      components.set(name, compiled)
    }
    if (!compiled.ok) return { ok: false, failure: compiled.error, memory: 0, gas: 0 }
    return callComponent(compiled.value, task, func, args, limits)
  })
})
