import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** The versions that the tests are written for: an emulator's next one may answer otherwise. */
const pinned = new Map(
  readFileSync('test/clouds/requirements.txt', 'utf8')
    .split('\n')
    .filter((line) => line.includes('=='))
    .map((line) => [line.replace(/[[=].*/, ''), line.replace(/.*==/, '')] as const),
)

/** The Python environment that `.ci/run` makes: `CI_TOOLS`, or where it is made if nobody says. */
const environment = path.resolve(process.env.CI_TOOLS || '.task/ci')

/**
 * A Python that holds this package in its pinned version: that of the environment, else the one on the PATH. Where there
 * is none, the answer is the name of what is missing, which no file has.
 */
export function pythonWith(name: string): string {
  const version = pinned.get(name)
  const own = path.join(environment, 'bin', 'python')
  const script = `import importlib.metadata, sys; print(sys.executable, importlib.metadata.version("${name}"))`
  for (const python of existsSync(own) ? [own] : ['python3', 'python']) {
    const { status, stdout } = spawnSync(python, ['-c', script], { encoding: 'utf8' })
    const [executable, found] = (stdout ?? '').trim().split(' ')
    if (status === 0 && executable && found === version) return executable
  }
  // Whoever says where the tools are does not want their tests skipped.
  if (process.env.CI_TOOLS) throw new Error(`${environment} does not hold ${name} ${version}`)
  return `${name} ${version}`
}
