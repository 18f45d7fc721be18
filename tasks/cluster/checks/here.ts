import { lookup } from 'node:dns/promises'
import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { dnsSuffix } from '../../aws/partition.ts'
import { Failure } from '../../base/failure.ts'
import { checkCli, cliSource, judgeCliFile } from '../cli.ts'
import type { Use } from '../context.ts'
import type { Survey } from './survey.ts'
import { done, fail, failed, type Verdict, warn } from './verdict.ts'

/** The CLI and its plugins take about 50 MB, journals and downloads in progress the rest. */
const SPACE_NEEDED = 200e6
const SPACE_LEAST = 20e6

/** Whether DNS works, by the example of AWS's endpoint. */
export async function dns({ use }: Survey): Promise<Verdict> {
  if (use.cloud.onThisMachine) return done('not needed: a rehearsal stays on this machine')
  const { endpoint, region } = use.aws.options
  const host = endpoint ? new URL(endpoint).hostname : `cloudformation.${region}.${dnsSuffix(region)}`
  if (isIP(host.replace(/^\[|\]$/g, ''))) return done(`not needed: aws.endpoint is the address ${host}`)
  try {
    const { address } = await lookup(host)
    return done(`${host} is ${address}`)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    return fail(
      'ENDPOINT_UNREACHABLE',
      `the name ${host} cannot be resolved (${code})`,
      endpoint ? 'correct aws.endpoint' : 'check the network and its DNS, and the name of the region',
    )
  }
}

/** Whether .task can be written, and has room. */
export async function disk({ use }: Survey): Promise<Verdict> {
  const folder = await existing(use.folders.state)
  const shown = path.relative(use.folders.root, use.folders.state)
  try {
    await access(folder, constants.W_OK | constants.X_OK)
    if (!(await stat(folder)).isDirectory())
      return fail('DISK', `${folder} is a file, but must be a folder`, `remove ${folder}`)
    const { bavail, bsize } = await statfs(folder)
    const free = bavail * bsize
    const text = `${shown} can be written and has ${megabytes(free)} free`
    if (free < SPACE_LEAST) return fail('DISK', `${shown} has only ${megabytes(free)} free`, 'free up space')
    return free < SPACE_NEEDED ? warn(text, `${megabytes(SPACE_NEEDED)} are recommended`) : done(text)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return fail(
      'DISK',
      `${folder} cannot be written (${code ?? message})`,
      `grant yourself access to ${folder}`,
    )
  }
}

/** Whether the dcos CLI is installed, or can be verified when it is downloaded. */
export async function cli(survey: Survey): Promise<Verdict> {
  const { use } = survey
  const { sha256, url } = use.config.cli
  const source = cliSource(url)
  try {
    await judgeCliFile(use)
  } catch (error) {
    if (error instanceof Failure) return failed(error)
    throw error
  }
  const found = await checkCli(use)
  if (found.state === 'refused') return failed(found.failure)
  if (source === 'file' && !sha256)
    return warn(
      `${found.why}; no hash is set, so whatever is downloaded would be run`,
      'set cli.sha256 to the SHA-256 of the binary you trust',
    )
  if (found.state === 'done') return done(found.why)
  const obstacle = source === 'file' ? undefined : await obstacleToPypi(use)
  if (obstacle && source === 'pypi') return failed(obstacle)
  if (obstacle)
    return warn(`the built-in client will be used: ${obstacle.message}: ${obstacle.why}`, obstacle.next!)
  return done(
    `${found.why} yet; ${source === 'file' ? 'its hash is' : 'the hashes of its packages are'} known`,
  )
}

/** Why nothing from PyPI can be installed on this machine, as far as that can be seen without a network. */
async function obstacleToPypi({ environment, folders, signal }: Use): Promise<Failure | undefined> {
  const { findPython, onPath } = await import('../../dcos/pypi/python.ts')
  const { toolEnvironment } = await import('../../dcos/pypi/tool.ts')
  if (await onPath('uv', environment.PATH)) return undefined
  const tools = { environment: toolEnvironment(environment, tmpdir()), folder: folders.root, signal }
  return findPython(path.join(folders.package, 'tasks/dcos/pypi/probe.py'), tools).then(
    () => undefined,
    (error) => {
      if (error instanceof Failure) return error
      throw error
    },
  )
}

/** The folder, or its nearest parent that exists. */
async function existing(folder: string): Promise<string> {
  for (let at = folder; ; at = path.dirname(at)) {
    const there = await stat(at).catch(() => undefined)
    if (there || at === path.dirname(at)) return at
  }
}

function megabytes(bytes: number): string {
  return bytes >= 10e9 ? `${Math.round(bytes / 1e9)} GB` : `${Math.round(bytes / 1e6)} MB`
}
