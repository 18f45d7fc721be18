import { Failure } from '../runner/failure.ts'
import type { Answer } from './command.ts'

/** Why `cluster setup` (CLI 1.2.0) did not attach a cluster, from what it said: it has one exit status for everything. */
export function setupFailed(
  answer: Answer,
  { url, token }: { url: string; token: string | undefined },
): Failure {
  const said = lastWords(answer)
  if (
    answer.late ||
    /dial tcp|no such host|connection (refused|reset)|i\/o timeout|deadline exceeded|EOF\b/i.test(said)
  ) {
    return new Failure('DCOS_UNREACHABLE', {
      message: `DC/OS at ${url} does not answer the CLI`,
      cause: answer.late ? 'cluster setup did not end in time' : said,
      next: 'look whether it is up: npx task wait',
    })
  }
  if (/x509|certificate/i.test(said)) {
    return new Failure('DCOS_UNREACHABLE', {
      message: `the certificate of DC/OS at ${url} is not trusted`,
      cause: said,
      next: 'set auth.caCert to the file of the authority that signed it',
    })
  }
  // Without a token it asks for one, on a closed stdin; a wrong one shows when a login page comes in place of JSON.
  const asked = /couldn't log in|Enter token|login|authentication/i.test(`${answer.stdout}${answer.stderr}`)
  if (asked || (token !== undefined && /invalid character '<'|HTTP 40[13]/.test(said))) {
    return new Failure('AUTH_NEEDED', {
      message: `DC/OS at ${url} asks for a login`,
      cause: token === undefined ? 'there is no token' : `it refuses the token (${said})`,
      next: 'npx task cli-config at a terminal, or auth.tokenFile=FILE',
    })
  }
  return new Failure('DCOS_UNHEALTHY', {
    message: `the CLI cannot be set up with DC/OS at ${url}`,
    cause: said,
    next: 'wait until DC/OS is up (npx task wait), then run the same line again',
  })
}

/** A plugin that the CLI does not take. */
export function pluginRefused(zip: string, answer: Answer): Failure {
  return new Failure('CLI_NOT_EXECUTABLE', {
    message: `the dcos CLI does not take the plugin ${zip}`,
    cause: lastWords(answer),
    next: 'set cli.plugins to plugins of this CLI and this machine',
  })
}

/** What it said last, without the notice about plugins that were left out on purpose. */
function lastWords(answer: Answer): string {
  const lines = `${answer.stdout}\n${answer.stderr}`
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line && !line.includes('skipping plugin installation'))
  const words = lines
    .at(-1)
    ?.replace(/^Error: /, '')
    .slice(0, 300)
  return words ?? `the CLI ended with status ${answer.code} and said nothing`
}
