import type { Application, ClusterDoor, RehearsedCluster } from '../cluster.ts'
import type { Answer, Ask } from './answer.ts'
import { objectIn } from './answer.ts'
import { addApplications } from './applications.ts'
import { catalogue, type Package } from './catalogue.ts'
import { absoluteId } from './definition.ts'
import { CosmosError, definitionOf, NAME, render } from './package.ts'

interface Question {
  door: ClusterDoor
  cluster: RehearsedCluster
  body: Record<string, unknown>
  /** The version of the answer. */
  version: number
  now: number
}

/** An endpoint, and the versions in which it answers (Cosmos picks one by `Accept`). */
interface Endpoint {
  versions: number[]
  answer(question: Question): object | Promise<object>
}

/** What follows /package/: Cosmos, with a catalogue of two packages. Undefined for an endpoint it does not have. */
export async function cosmos(
  door: ClusterDoor,
  cluster: RehearsedCluster,
  ask: Ask,
  path: string,
  now: number,
): Promise<Answer | undefined> {
  const endpoint = Object.hasOwn(endpoints, path) ? endpoints[path]! : undefined
  if (!endpoint) return undefined
  try {
    const version = versionOf(path, endpoint, ask)
    const value = await endpoint.answer({ door, cluster, body: objectIn(ask.body) ?? {}, version, now })
    return answerOf(`${path.replace('/', '.')}-response`, version, value, 200)
  } catch (error) {
    if (!(error instanceof CosmosError)) throw error
    const { data, message, status, type } = error
    return answerOf('error', 1, { type, message, data }, status)
  }
}

/** GET /capabilities: what the cluster can do, from which the CLI decides which commands it offers. No jobs, no diagnostics bundles. */
export function capabilities(): Answer {
  const type = 'application/vnd.dcos.capabilities+json;charset=utf-8;version=v1'
  const names = ['PACKAGE_MANAGEMENT', 'LOGGING']
  const body = JSON.stringify({ capabilities: names.map((name) => ({ name })) })
  return { status: 200, headers: { 'content-type': type }, body }
}

function answerOf(kind: string, version: number, value: object, status: number): Answer {
  const type = `application/vnd.dcos.package.${kind}+json;charset=utf-8;version=v${version}`
  return { status, headers: { 'content-type': type }, body: JSON.stringify(value) }
}

/** The newest accepted version; a client that accepts anything gets the newest of all. */
function versionOf(path: string, { versions }: Endpoint, { headers }: Ask): number {
  const accept = String(headers.accept ?? '*/*')
  if (accept.includes('*/*') || accept === 'application/json') return Math.max(...versions)
  const wanted = [...accept.matchAll(/version=v(\d+)/g)].map(([, version]) => Number(version))
  const found = wanted.filter((version) => versions.includes(version))
  if (found.length > 0) return Math.max(...found)
  const kind = `application/vnd.dcos.package.${path.replace('/', '.')}-response+json;charset=utf-8;version=v`
  const rule = `should match one of: ${versions.map((version) => kind + version).join(', ')}`
  throw new CosmosError('not_valid', `Item 'header 'Accept'' deemed invalid by rule: ${rule}`)
}

const endpoints: Record<string, Endpoint> = {
  search: {
    versions: [1],
    answer: ({ body }) => ({ packages: found(String(body.query ?? '')).map(entryOf) }),
  },
  describe: {
    versions: [2, 3],
    answer: ({ body, version }) => {
      const definition = definitionOf(packageIn(body))
      return version === 2 ? definition : { package: definition }
    },
  },
  'list-versions': {
    versions: [1],
    answer: ({ body }) => ({ results: { [packageIn(body).version]: '0' } }),
  },
  render: { versions: [1], answer: ({ body }) => ({ marathonJson: render(packageIn(body), body) }) },
  install: { versions: [1, 2], answer: install },
  uninstall: { versions: [1], answer: uninstall },
  list: { versions: [1], answer: list },
  'repository/list': {
    versions: [1],
    answer: () => ({ repositories: [{ name: 'Rehearsal', uri: 'https://rehearsal.invalid/repo' }] }),
  },
  'repository/add': { versions: [1], answer: unsupported },
  'repository/delete': { versions: [1], answer: unsupported },
}

function unsupported(): never {
  throw new CosmosError('NotImplemented', 'a rehearsed cluster has one repository', {}, 501)
}

function packageIn({ packageName, packageVersion }: Record<string, unknown>): Package {
  const name = String(packageName ?? '')
  const one = catalogue.find((candidate) => candidate.name === name)
  if (!one) throw new CosmosError('PackageNotFound', `Package [${name}] not found`, { packageName: name })
  if (packageVersion === undefined || packageVersion === null || packageVersion === one.version) return one
  throw new CosmosError('VersionNotFound', `Version [${packageVersion}] of package [${name}] not found`)
}

/** As Cosmos searches: names, descriptions and tags, `*` for anything. */
function found(query: string): Package[] {
  const words = query.split('*').map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const pattern = new RegExp(words.join('.*'), 'i')
  return catalogue.filter(({ description, name, tags }) =>
    [name, description, ...tags].some((text) => pattern.test(text)),
  )
}

function entryOf({ description, framework, name, tags, version }: Package): object {
  return {
    name,
    currentVersion: version,
    versions: { [version]: '0' },
    description,
    framework,
    tags,
    selected: false,
  }
}

async function install({ body, cluster, door, now, version }: Question): Promise<object> {
  const one = packageIn(body)
  const definition = render(one, body)
  const appId = absoluteId(String(definition.id))
  if (cluster.apps.some(({ id }) => id === appId))
    throw new CosmosError('PackageAlreadyInstalled', 'Package is already installed', {}, 409)
  await addApplications(door, [definition], now)
  const notes = version > 1 ? { postInstallNotes: one.postInstallNotes } : {}
  return { packageName: one.name, packageVersion: one.version, appId, ...notes }
}

async function uninstall({ body, cluster, door }: Question): Promise<object> {
  const name = String(body.packageName ?? '')
  const { postUninstallNotes, version } = packageIn({ packageName: name })
  const installed = installedOf(cluster, body)
  if (installed.length === 0)
    throw new CosmosError('PackageNotInstalled', `Package [${name}] is not installed`)
  if (installed.length > 1 && body.all !== true) {
    const ids = installed.map(({ id }) => id)
    const message = `Multiple apps named [${name}] are installed: [${ids.join(', ')}]`
    throw new CosmosError('AmbiguousAppId', message, { packageName: name, appIds: ids })
  }
  for (const { id } of installed) await door.removeApplication(id)
  return {
    results: installed.map(({ id }) => ({
      packageName: name,
      appId: id,
      packageVersion: version,
      postUninstallNotes,
    })),
  }
}

function list({ body, cluster }: Question): object {
  const packages = installedOf(cluster, body).flatMap(({ definition, id }) => {
    const one = catalogue.find(({ name }) => name === labelsOf(definition)[NAME])
    return one
      ? [{ appId: id, packageInformation: { packageDefinition: definitionOf(one), resourceDefinition: {} } }]
      : []
  })
  return { packages }
}

/** The applications of all packages, or of one, or the one with an id. */
function installedOf(
  cluster: RehearsedCluster,
  { appId, packageName }: Record<string, unknown>,
): Application[] {
  return cluster.apps.filter(({ definition, id }) => {
    const name = labelsOf(definition)[NAME]
    if (name === undefined || (packageName !== undefined && name !== packageName)) return false
    return appId === undefined || id === absoluteId(String(appId))
  })
}

function labelsOf(definition: Record<string, unknown>): Record<string, unknown> {
  return (definition.labels ?? {}) as Record<string, unknown>
}
