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
  /** What the config wants of the stack, validated before any call is made; read once. */
  plan(): Promise<StackPlan>
  /** Stacks, by name, as they were before this run changed anything, so that later steps need not ask again. */
  glances: Map<string, Stack | undefined>
  /** What a destroy without a question saw of the cluster a moment ago, so that the undo steps need not look again. */
  seen: { inventory?: Inventory }
  /** Before the first resource of a new stack is created: checks whether the stack can be created; done once. */
  preflight(): Promise<void>
}

export interface Folders {
  /** The project. */
  root: string
  /** The package, with its templates and recipes. In a checkout it is the project. */
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
  /** Caches that can be computed again; a new folder when the code changes. */
  cache: string
}

export type Use = Context & Tools
