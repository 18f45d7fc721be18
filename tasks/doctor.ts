import { findCredentials } from './aws/identity.ts'
import { jsonText } from './base/terminal-text.ts'
import { adminLocation, key } from './cluster/checks/access.ts'
import { clock, identity, region } from './cluster/checks/account.ts'
import { dcos } from './cluster/checks/cluster.ts'
import { type DoctorCheck, examine } from './cluster/checks/examine.ts'
import { cli, disk, dns } from './cluster/checks/here.ts'
import { images } from './cluster/checks/images.ts'
import { instanceTypes } from './cluster/checks/instance-types.ts'
import { quota } from './cluster/checks/quota.ts'
import { Survey } from './cluster/checks/survey.ts'
import { capabilities, launchConfigurationsAllowed, template } from './cluster/checks/template.ts'
import type { Verdict } from './cluster/checks/verdict.ts'
import type { Use } from './cluster/context.ts'
import type { Help } from './runner/help/text.ts'
import { laidOut } from './runner/present/layout.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** What `npx task help doctor` says. */
export const help: Help = {
  checks:
    'the config, the template, credentials and permissions, quotas, the image, the instance types, the network, the tools on this machine',
  runs: 'prints the result of each check and what to do about it; changes nothing',
  keys: [
    'cloud',
    'region',
    'cluster',
    'agents',
    'installer',
    'image',
    'network',
    'access',
    'template',
    'parameters',
    'cli',
    'aws',
  ],
  options: { json: 'one JSON document with all checks' },
  exit: '0 no errors (there may be warnings); 1 errors; 2 the command line or the config is wrong',
  examples: ['doctor cloud=aws installer.from=dcos_generate_config.sh', 'doctor --json'],
}

/** In the order in which they are shown. */
const checks: Record<string, DoctorCheck> = {
  identity,
  region,
  clock,
  dns,
  template,
  capabilities,
  'launch-configs': launchConfigurationsAllowed,
  images,
  'instance-types': instanceTypes,
  quota,
  key,
  'admin-location': adminLocation,
  cli,
  disk,
  dcos,
}

const marks = { done: '✔', warn: '!', skipped: '·', fail: '✖' }
const stateWidth = Math.max(...Object.keys(marks).map((state) => state.length))
const nameWidth = Math.max(...Object.keys(checks).map((name) => name.length))

interface Line {
  name: string
  state: Verdict['state']
  message: string
  next: string | null
}

/** Checks everything that a cluster needs, and changes nothing. Exit status 1 on errors. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const { config, json, stdout } = use
  const lines: Line[] = []
  const terminal = stdout.isTTY === true
  const print = (text: string, indent = 0) => {
    if (!json) stdout.write(`${laidOut(text, stdout, indent)}\n`)
  }
  print(`${config.cluster.name} · ${config.cloud} · ${config.region}`)
  // A user who is asked for the code of an MFA device needs longer than a check may take.
  if (use.cloud.costsMoney && use.interactive) await findCredentials(use.aws).catch(() => {})
  for (const { name, verdict } of examine(checks, new Survey(use))) {
    const line = lineOf(name, await verdict)
    lines.push(line)
    const head = `${terminal ? marks[line.state] : line.state.padEnd(stateWidth)} ${line.name.padEnd(nameWidth)}  `
    const margin = ' '.repeat(head.length)
    print(`${head}${line.message.replaceAll('\n', `\n${margin}`)}`, head.length)
    if (line.next) print(`${margin}next: ${line.next}`)
  }
  const count = (state: Verdict['state']) => lines.filter((line) => line.state === state).length
  if (json) stdout.write(`${jsonText({ checks: lines }, 2)}\n`)
  else
    print(
      [
        `${count('done')} ok`,
        `${count('warn')} ${count('warn') === 1 ? 'warning' : 'warnings'}`,
        `${count('fail')} ${count('fail') === 1 ? 'error' : 'errors'}`,
        ...(count('skipped') > 0 ? [`${count('skipped')} skipped until the errors are fixed`] : []),
      ].join(', '),
    )
  return count('fail') > 0 ? 1 : 0
}

function lineOf(name: string, verdict: Verdict): Line {
  const { message, state } = verdict
  if (state === 'done') return { name, state, message, next: null }
  const why = state === 'fail' ? verdict.cause : null
  const cause = why === null ? '' : why.includes('\n') ? `:\n${why}` : `: ${why}`
  return { name, state, message: `${message}${cause}`, next: verdict.next }
}
