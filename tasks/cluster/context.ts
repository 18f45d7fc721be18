import type { Config } from '../../config/schema.ts'
import type { Aws } from '../aws/clients.ts'
import type { Stack } from '../aws/stack/stack.ts'
import type { Clock } from '../base/clock.ts'
import type { Tools } from '../runner/task.ts'
import type { Cloud } from './cloud.ts'
import type { Inventory } from './contents.ts'
import type { StackPlan } from './plan/plan.ts'

/** What every step of this pipeline works with. */
export interface Context {
  config: Config
  aws: Aws
  cloud: Cloud
  clock: Clock
  folders: Folders
  /** The entry of the Taskfile that is running: `bootstrap`, `status` … */
  entry: { kind: string; name: string }
  environment: Record<string, string | undefined>
  /** What the config wants of the stack, judged before any call is made; read once. */
  plan(): Promise<StackPlan>
  /** Stacks, by name, as they were seen before anything was made of them: so that those who look next need not ask again. */
  glances: Map<string, Stack | undefined>
  /** What a destroy that asked no question saw of the cluster a moment ago: who undoes something need not look again. */
  seen: { inventory?: Inventory }
  /** Before the first thing is made for a stack that is not there yet: looks whether it can come up; done once. */
  preflight(): Promise<void>
}

export interface Folders {
  /** The project. */
  root: string
  /** The package: what it comes with, templates and recipes, is here. In a checkout it is the project. */
  package: string
  /** The user's home. */
  home: string
  /** Everything that is kept between runs, git-ignored. */
  state: string
  /** This cluster's own folder under .task: its private HOME for the CLI, a generated key. */
  cluster: string
  /** CLIs, shared by content hash. */
  cli: string
  /** The rehearsed cloud's log. */
  rehearsal: string
  /** What can be worked out again; another folder as soon as the code is another. */
  cache: string
}

export type Use = Context & Tools
