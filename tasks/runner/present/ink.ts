import type { CommandLine } from '../command-line.ts'
import { colored, isColored } from './color.ts'
import { isGitHubActions, withoutCommands } from './github.ts'

type Stream = { isTTY?: boolean }

/** The final form of texts for people: coloured or not, and without commands for a GitHub Actions log. */
export interface Ink {
  /** Returns the function that finishes a text for a stream. */
  on(stream: Stream): (text: string) => string
  /** Whether a stream goes to a log of GitHub Actions, which supports groups and annotations. */
  inGitHub(stream: Stream): boolean
}

/** `--output plain` and `--json` disable GitHub commands. */
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
