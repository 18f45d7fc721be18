import type { ClientUse, Command } from './command.ts'

/** Printed once on stderr whenever the built-in client runs. */
export const WHO = 'dcos: the built-in client of dcos-bootstrap, because no dcos CLI is installed\n'

/** How to get what the built-in client cannot do. */
export const WHOLE_CLI =
  'For the full dcos CLI, set cli.url to auto, or to a path or URL of its binary and cli.sha256, and run npx task cli-install --force.'

/** The help text; `commands` may be a group of the commands. */
export function helpOf(commands: readonly Command[]): string {
  const lines = commands.map(({ name, usage, options = [], summary }) => {
    const form = [name, ...(usage ? [usage] : []), ...options.map((option) => `[--${option}]`)].join(' ')
    return `    ${form.padEnd(44)}${summary}`
  })
  return `Usage: npx task dcos -- COMMAND\n\n${lines.join('\n')}\n\n${WHOLE_CLI}\n`
}

/** `--version`, in the dcos CLI's form. */
export function versionOf({ version }: ClientUse): string {
  return `dcoscli.version=built-in\ndcos.version=${version}\n`
}
