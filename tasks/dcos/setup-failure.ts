import { Failure } from '../base/failure.ts'
import type { Answer } from './command.ts'

/** Why `cluster setup` (CLI 1.2.0) did not attach a cluster, from its output: it has one exit status for everything. */
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
      next: 'check whether it is up: npx task wait',
    })
  }
  if (/x509|certificate/i.test(said)) {
    return new Failure('DCOS_UNREACHABLE', {
      message: `the certificate of DC/OS at ${url} is not trusted`,
      cause: said,
      next: 'set auth.caCert to the file of the authority that signed it',
    })
  }
  // Without a token it asks for one, on a closed stdin. With one it parses the page of a rejection as JSON.
  const asked = said.includes("couldn't log in")
  const refused = token !== undefined && said.includes("invalid character '<'")
  if (asked || refused) {
    return new Failure('AUTH_NEEDED', {
      message: `DC/OS at ${url} asks for a login`,
      cause: refused
        ? 'it answers the token with a page instead of JSON, as it does when it rejects one'
        : 'there is no token',
      next: 'npx task cli-config at a terminal, or auth.tokenFile=FILE',
    })
  }
  return new Failure('DCOS_UNHEALTHY', {
    message: `the CLI cannot be set up with DC/OS at ${url}`,
    cause: said,
    next: 'wait until DC/OS is up (npx task wait), then run the same command again',
  })
}

/** A plugin that the CLI does not accept. */
export function pluginRefused(zip: string, answer: Answer): Failure {
  return new Failure('CLI_NOT_EXECUTABLE', {
    message: `the dcos CLI does not accept the plugin ${zip}`,
    cause: lastWords(answer),
    next: 'set cli.plugins to plugins for this CLI and this machine',
  })
}

/** The last of its output, without the notices of a successful setup. */
function lastWords(answer: Answer): string {
  const lines = `${answer.stdout}\n${answer.stderr}`
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line && !/skipping plugin installation|Skipping login\.$/.test(line))
  const words = lines
    .at(-1)
    ?.replace(/^Error: /, '')
    .slice(0, 300)
  return words ?? `the CLI exited with status ${answer.code} and printed nothing`
}
