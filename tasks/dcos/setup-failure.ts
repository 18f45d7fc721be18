import { Failure } from '../base/failure.ts'
import type { Answer } from './command.ts'

/** Why `cluster setup` (CLI 1.2.0) did not attach a cluster, from what it said: it has one exit status for everything. */
export function setupFailed(
  answer: Answer,
  { url, token }: { url: string; token: string | undefined },
): Failure {
  const said = lastWords(answer)
  if (
    answer.late ||
    /dial tcp|no such host|connection (refused|reset)|i\/o timeout|deadline exceeded|: EOF$/i.test(said)
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
  // Without a token it asks for one, on a closed stdin. With one it reads the page of a refusal as JSON.
  const asked = said.includes("couldn't log in")
  const refused = token !== undefined && said.includes("invalid character '<'")
  if (asked || refused) {
    return new Failure('AUTH_NEEDED', {
      message: `DC/OS at ${url} asks for a login`,
      cause: refused
        ? 'it answers the token with a page in place of JSON, as when it refuses one'
        : 'there is no token',
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

/** What it said last, without the notices of a setup that goes well. */
function lastWords(answer: Answer): string {
  const lines = `${answer.stdout}\n${answer.stderr}`
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line && !/skipping plugin installation|Skipping login\.$/.test(line))
  const words = lines
    .at(-1)
    ?.replace(/^Error: /, '')
    .slice(0, 300)
  return words ?? `the CLI ended with status ${answer.code} and said nothing`
}
