// What a project that has this package installed imports by its name: `import { task, wait } from 'dcos-bootstrap'`. It loads
// neither AWS nor DC/OS: a task does, when it is wanted.

export { cliConfig, cliInstall, default, keypair, preflight, stack, wait } from './Taskfile.ts'
export { Failure } from './tasks/base/failure.ts'
export { writeAtomically } from './tasks/base/file.ts'
export type { Use } from './tasks/cluster/context.ts'
export type { WaitValue } from './tasks/cluster/health.ts'
export {
  type Check,
  checkAgain,
  done,
  outdated,
  refuse,
  type Tools,
  task,
  todo,
} from './tasks/runner/task.ts'
export { type CommandTools, command, down, extend, status, taskfile, up } from './tasks/runner/taskfile.ts'
