// Finds errors in a Taskfile that compiles. Plain JavaScript like build.js.
const fs = require('node:fs')
const path = require('node:path')
const { originOf } = require('./origin.js')

const next = 'fix it there; the next start recompiles it'
const wanted = 'it must be: export default taskfile(…), see docs/tasks.md'

/** The failure for a Taskfile that threw while being evaluated. */
function thrownBy(error, places) {
  const said = `${error?.name ?? 'it threw'}: ${String(error?.message ?? error)}`.split('\n')[0]
  const origin = originOf(error, places)
  const cause = origin ? `${origin.place}: ${said}\n${origin.way.slice(1).join('\n')}`.trimEnd() : said
  return { code: 'USAGE', message: 'the Taskfile cannot be evaluated', cause, next }
}

/** The failure if the Taskfile's default export is not a valid pipeline. */
function faultIn(taskfile, { packageRoot, root }) {
  const own = path.join(root, 'Taskfile.ts')
  const file = fs.existsSync(own) ? own : path.join(packageRoot, 'Taskfile.ts')
  const lines = fs.readFileSync(file, 'utf8').split('\n')
  const failure = (message, line, cause) => {
    const place = path.relative(root, file) + (line < 0 ? '' : `:${line + 1}`)
    return { code: 'USAGE', message, cause: `${place}: ${cause}`, next }
  }
  const entries = taskfile?.entries
  const isEntry = (one) => typeof one?.name === 'string' && typeof one.kind === 'string'
  if (!Array.isArray(entries) || !Array.isArray(taskfile.groups) || typeof taskfile.open !== 'function') {
    const line = lines.findIndex((text) => /\bexport default\b|\bas default\b/.test(text))
    return failure('the Taskfile does not export a pipeline', line, wanted)
  }
  const odd = entries.find((one) => !isEntry(one))
  if (odd !== undefined || entries.includes(undefined)) {
    const line = lines.findIndex((text) => /\bexport default\b/.test(text))
    const what = `${typeof odd === 'object' ? JSON.stringify(odd) : String(odd)} among its entries is not a task or command`
    return failure('the Taskfile does not export a pipeline', line, what)
  }
  const names = entries.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice === undefined) return undefined
  const declared = lines.flatMap((text, index) =>
    new RegExp(`\\(\\s*['"\`]${twice.replace(/[^\w-]/g, '\\$&')}['"\` ]`).test(text) ? [index] : [],
  )
  return failure(
    `two entries of the Taskfile are named ${twice}`,
    declared.at(-1) ?? -1,
    'give it another name',
  )
}

module.exports = { faultIn, next, thrownBy, wanted }
