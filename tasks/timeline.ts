import path from 'node:path'
import { Failure } from './base/failure.ts'
import { PRIVATE_FILE } from './base/file.ts'
import { writeOwnFile } from './base/own-file.ts'
import { jsonText } from './base/terminal-text.ts'
import type { Help } from './runner/help/text.ts'
import { readRun } from './runner/runs/read.ts'
import { runsFolder } from './runner/runs/record.ts'
import type { Tools } from './runner/task.ts'
import type { CommandTools, Opening } from './runner/taskfile.ts'
import { GENERATOR, timelinePage } from './runner/timeline/page.ts'

/** What `npx task help timeline` says. */
export const help: Help = {
  runs: 'writes a self-contained HTML page and prints its path: each task and resource as a bar, the critical path, signals, failures; in .task/runs unless a file is named',
  keys: [],
  options: { force: 'overwrite an existing file', json: 'the id of the run and the path, as JSON' },
  examples: ['timeline', 'timeline last-bootstrap.html'],
}

/** Draws a run, by default the last one: when each task and each part of it began and ended, and what determined the duration. */
export async function execute(use: Opening & Tools & CommandTools): Promise<number> {
  const { flags, json, root, stdout, words } = use
  const file = words.find((word) => /\.html?$/i.test(word))
  const [id, ...more] = words.filter((word) => word !== file)
  if (more.length > 0)
    throw new Failure('USAGE', {
      message: `timeline takes a run and a file, not ${more.join(' ')}`,
      next: 'npx task timeline, or npx task timeline ID FILE.html',
    })
  const run = await readRun(root, id)
  const place = file ? path.resolve(file) : path.join(runsFolder(root), `${run.summary.id}.html`)
  await writeOwnFile(place, timelinePage(run), {
    mark: GENERATOR,
    force: flags.force,
    ...(file === undefined && { mode: PRIVATE_FILE }),
  })
  stdout.write(json ? `${jsonText({ id: run.summary.id, file: place }, 2)}\n` : `${place}\n`)
  return 0
}
