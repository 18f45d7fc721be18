import { homedir } from 'node:os'
import path from 'node:path'
import { loadConfig } from '../../config/load.ts'
import type { Config } from '../../config/schema.ts'
import { isSecret } from '../../config/secret.ts'
import { awsAgent } from '../aws/agent.ts'
import { Aws } from '../aws/clients.ts'
import { traceText } from '../aws/trace.ts'
import { Failure } from '../base/failure.ts'
import { removeEmptyFolders } from '../base/file.ts'
import type { Tools } from '../runner/task.ts'
import type { Opening, Session } from '../runner/taskfile.ts'
import { closing } from './closing.ts'
import type { Context, Folders } from './context.ts'
import { openCloud } from './open-cloud.ts'
import type { StackPlan } from './plan/plan.ts'

export { isSecret }

/** Reads the config and opens its cloud. */
export async function open(opening: Opening): Promise<Session<Context>> {
  const { cwd, entry, environment, file, overrides, packageRoot, root, tools, trace } = opening
  const loaded = await loadConfig({ root, packageRoot, cwd, overrides, environment, file })
  const config = loaded.config
  if (loaded.cloudQuestion) config.cloud = await askForCloud(tools)
  const folders = foldersOf(config, opening)
  const cloud = await openCloud(config, folders)
  const aws = new Aws({
    region: config.region,
    profile: config.aws.profile,
    endpoint: config.aws.endpoint,
    handler: cloud.handler,
    environment,
    agent: cloud.handler ? undefined : await awsAgent(environment),
    further: cloud.handler || !tools.interactive ? undefined : await askingForMfa(tools),
    count: (call) => {
      tools.report.calls[call] = (tools.report.calls[call] ?? 0) + 1
    },
    trace:
      trace &&
      ((request) =>
        trace(`${traceText(request)}${request.region === config.region ? '' : ` (${request.region})`}`)),
  })
  let plan: Promise<StackPlan> | undefined
  let preflight: Promise<void> | undefined
  const context: Context = {
    config,
    aws,
    cloud,
    clock: cloud.clock,
    folders,
    entry,
    environment,
    plan: () => {
      plan ??= import('./plan/judge.ts').then(({ judge }) => judge({ ...tools, aws, cloud, config, folders }))
      return plan
    },
    glances: new Map(),
    seen: {},
    preflight: () => {
      preflight ??= import('./checks/preflight.ts').then((it) => it.preflight({ ...tools, ...context }))
      return preflight
    },
  }
  return {
    context,
    subject: { name: config.cluster.name, cloud: config.cloud, region: config.region },
    sources: loaded.set.map((key) => `${key}: ${loaded.where(key) ?? 'default'}`),
    ...(config.cloud === 'rehearsal' && config.rehearsal.speed !== 1
      ? { remark: `its clock runs at ${config.rehearsal.speed} times real time` }
      : {}),
    closing: (way) => closing(context, tools.report, way),
    secrets: secretsIn(config),
    lock: path.join(folders.cluster, 'lock'),
    close: async () => {
      aws.close()
      await cloud.close()
      await removeEmptyFolders(folders.cluster, folders.state)
    },
  }
}

/** The secrets in the config. */
function secretsIn(value: unknown, key = ''): string[] {
  if (typeof value === 'string') return isSecret(key, value) ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, one]) => secretsIn(one, key ? `${key}.${name}` : name))
}

/** Loaded only where credentials are looked for, and there is somebody to ask. */
async function askingForMfa(tools: Tools): Promise<object> {
  const mfa = await import('../aws/mfa.ts')
  return mfa.askingForMfa((question) => tools.ask(question))
}

/** A user who set the old tool's variables expects AWS, and must not be surprised by a rehearsal. */
async function askForCloud(tools: Tools): Promise<Config['cloud']> {
  const answer = await tools.ask(
    'DCOS_* variables are set, but cloud is not: rehearsal (on this machine, free) or aws? ',
  )
  const word = answer?.trim().toLowerCase()
  if (word === 'rehearsal' || word === 'aws') return word
  throw new Failure('CONFIG_INVALID', {
    message: 'DCOS_* variables of the old tool are set, but cloud is not',
    cause: 'the old tool always meant AWS; this one rehearses by default',
    next: 'add cloud=aws or cloud=rehearsal to the command',
  })
}

function foldersOf(config: Config, { cache, environment, packageRoot, root }: Opening): Folders {
  const state = path.join(root, '.task')
  return {
    root,
    package: packageRoot,
    home: environment.HOME || homedir(),
    state,
    cluster: path.join(state, config.cloud, config.region, config.cluster.name),
    cli: path.join(state, 'cli'),
    rehearsal: path.join(state, 'rehearsed'),
    cache,
  }
}
