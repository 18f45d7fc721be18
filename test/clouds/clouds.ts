import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Project } from '../acceptance/project.ts'
import { shared } from '../optional.ts'
import { startEmulator } from './emulator.ts'
import { openMaster } from './master.ts'
import { startRehearsal } from './rehearsal.ts'
import { pythonWith } from './tools.ts'

/** A cloud that stands. */
export interface Standing {
  /** Where its AWS answers, for other clients than ours. */
  endpoint: string
  /** What a user writes to have a cluster there, and nothing else that differs from cloud to cloud. */
  words: string[]
  stop(): Promise<void>
}

/** Something that can stand in for AWS, and what is known of it. */
export interface Cloud {
  name: string
  /** What must be there to bring a template up on it: paths, or the name of what is missing. */
  needs(template: string): string[]
  /** The templates that it can bring up. */
  templates: string[]
  /** Those whose creation it can be made to roll back; moto cannot fail in order. */
  rollsBack: string[]
  /** The most requests of a run that finds nothing to do. */
  rerunCalls: number
  start(project: Project): Promise<Standing>
}

/** The words for the templates that are tried, by what they are called here. */
export const templates: Record<string, string[]> = {
  ours: [],
  small: [`template=${path.resolve('test/clouds/small.json')}`],
  'official 2021': [`template=${shared}/real/official-2021-single-master.json`],
  'official 2015': [`template=${shared}/real/official-2015-single-master.json`, 'parameters.AcceptEULA=Yes'],
  'lite 2021': [`template=${shared}/real/lite-2021-single-master.json`],
}

/** The file that a template's words name; our own is named by the config. */
export function fileOf(template: string): string {
  return templates[template]![0]?.replace('template=', '') ?? path.resolve('templates/dcos.yaml')
}

const shim = `${shared}/tools/moto_shim.py`
const moto = pythonWith('moto')
const ministack = pythonWith('ministack')

export const clouds: Cloud[] = [
  {
    name: 'rehearsal',
    needs: (template) => [fileOf(template)],
    templates: ['ours', 'official 2021', 'official 2015'],
    rollsBack: ['official 2021'],
    rerunCalls: 2,
    start: async (project) => {
      const { stop, url } = await startRehearsal(project)
      return { endpoint: url, words: ['rehearsal.speed=500'], stop }
    },
  },
  {
    name: 'rehearsal over HTTP',
    needs: (template) => [fileOf(template)],
    templates: ['small', 'official 2021'],
    rollsBack: ['small'],
    rerunCalls: 2,
    start: async (project) => behindEndpoint(await startRehearsal(project)),
  },
  {
    name: 'moto',
    // By itself it cannot bring the official templates up.
    needs: (template) => [moto, fileOf(template), ...(template === 'small' ? [] : [shim])],
    templates: ['small', 'official 2021', 'official 2015'],
    rollsBack: [],
    rerunCalls: 2,
    start: async () =>
      behindEndpoint(
        await startEmulator(moto, (port) => [
          ...(existsSync(shim) ? [shim] : ['-m', 'moto.server']),
          ...['-H', '127.0.0.1', '-p', String(port)],
        ]),
      ),
  },
  {
    name: 'ministack',
    needs: (template) => [ministack, fileOf(template)],
    templates: ['small', 'lite 2021'],
    rollsBack: ['small', 'lite 2021'],
    // It tells the tags of a key pair only when asked for the tags.
    rerunCalls: 3,
    start: async () =>
      behindEndpoint(
        await startEmulator(
          ministack,
          () => ['-m', 'ministack'],
          (port) => ({ GATEWAY_PORT: String(port), BIND_HOST: '127.0.0.1', LOG_LEVEL: 'WARNING' }),
        ),
      ),
  },
]

/** AWS at another address. The names in a stack's outputs resolve to nothing there, so a master is served here. */
async function behindEndpoint({ stop, url }: { url: string; stop(): Promise<void> }): Promise<Standing> {
  const master = await openMaster()
  return {
    endpoint: url,
    words: [
      'cloud=aws',
      `aws.endpoint=${url}`,
      `cluster.url=${master.url}`,
      // Found out over the network otherwise.
      'access.adminLocation=203.0.113.7/32',
    ],
    stop: async () => {
      await master.close()
      await stop()
    },
  }
}
