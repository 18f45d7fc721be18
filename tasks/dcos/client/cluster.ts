import { Failure } from '../../base/failure.ts'
import { table } from '../../base/table.ts'
import type { Master } from '../http.ts'
import { fieldsOf, optionalText } from '../shape.ts'
import type { ClientUse, Command } from './command.ts'
import { prettyJson } from './json.ts'

/** How the dcos CLI masks a secret, set or not. */
const MASK = '********'

export const clusterList: Command = {
  name: 'cluster list',
  summary: 'Show the cluster this client is attached to',
  options: ['json'],
  async run(master, { json }, use) {
    const [version, id] = await Promise.all([
      fact(master, '/dcos-metadata/dcos-version.json', 'version'),
      fact(master, '/metadata', 'CLUSTER_ID'),
    ])
    const cluster = {
      attached: true,
      cluster_id: id ?? '',
      name: use.clusterName,
      status: version ? 'AVAILABLE' : 'UNAVAILABLE',
      url: master.url,
      version: version ?? 'UNKNOWN',
    }
    if (json) return prettyJson([cluster])
    return table(
      ['', 'NAME', 'ID', 'STATUS', 'VERSION', 'URL'],
      [['*', cluster.name, cluster.cluster_id, cluster.status, cluster.version, cluster.url]],
    )
  },
}

export const configShow: Command = {
  name: 'config show',
  summary: 'Show the settings of this client, with the token masked',
  options: ['json'],
  async run(master, { json }, use) {
    const settings = settingsOf(master, use)
    if (json) return prettyJson(settings)
    return Object.entries(settings)
      .map(([key, value]) => `${key} ${value}\n`)
      .join('')
  },
}

function settingsOf(master: Master, use: ClientUse): Record<string, string> {
  return {
    'cluster.name': use.clusterName,
    ...(use.token === undefined ? {} : { 'core.dcos_acs_token': MASK }),
    'core.dcos_url': master.url,
    ...(use.caCert === undefined ? {} : { 'core.ssl_verify': use.caCert }),
  }
}

/** A string of a JSON answer; undefined if missing, which must not break a list of clusters. */
async function fact(master: Master, path: string, key: string): Promise<string | undefined> {
  try {
    return optionalText(fieldsOf(await master.get(path))[key])
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}
