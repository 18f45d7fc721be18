import type { CommandLine } from '../command-line.ts'
import { colored, isColored } from './color.ts'
import { isGitHubActions, withoutCommands } from './github.ts'

type Stream = { isTTY?: boolean }

/** How texts for people come out: coloured or not, and what they must not say to the log that they end up in. */
export interface Ink {
  /** Makes a text that is ready otherwise fit for a stream. */
  on(stream: Stream): (text: string) => string
  /** Whether a stream ends up in a log of GitHub Actions, which knows groups and annotations. */
  inGitHub(stream: Stream): boolean
}

/** `--output plain` and `--json` leave GitHub out of it. */
export function inkFor(
  line: Pick<CommandLine, 'color' | 'output'>,
  environment: Record<string, string | undefined>,
): Ink {
  const inGitHub = ({ isTTY }: Stream) => line.output === 'auto' && !isTTY && isGitHubActions(environment)
  return {
    inGitHub,
    on(stream) {
      const color = isColored(stream, line, environment) ? colored : (text: string) => text
      return inGitHub(stream) ? (text) => color(withoutCommands(text)) : color
    },
  }
}
