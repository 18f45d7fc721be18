// Runs the tests: `node test/run.js [--all | --more] [WORD…]` runs the files whose path holds one of the words, or all.
// Without an option only what needs nothing but npm (`npm test`); `--more` runs the rest, `--all` both (`npm run test:all`).
// uvu alone cannot be trusted with the verdict: it exits 0 when a hook throws, when `.run()` is forgotten and when
// no file matches, and a leaked timer hangs it. So every group of files runs in a process of its own under a time
// limit, and counts as passed only if uvu's own totals say so. The last line is `N passed, N failed, N skipped`.
const { spawn, spawnSync } = require('node:child_process')
const {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { performance } = require('node:perf_hooks')
const esbuild = require('esbuild')

const root = path.dirname(__dirname)
// Of this run alone: another may be going on.
const output = path.join(root, '.task', 'test', String(process.pid))
const TIME_LIMIT_MS = 10 * 60_000
const PROCESSES = Math.max(2, os.availableParallelism())
const SLOWEST = 10
/** Groups that take minutes: they start first, so that none of them is left to run alone at the end. */
const LONG = [
  'pypi-cli',
  'clouds',
  'unit-boot',
  'crash-each-call',
  'signals',
  'unit-rehearsal',
  'template-sources',
]
/** What a project is made of. */
const PROJECT = require('./project-files.json')

const allowedSkips = readFileSync(path.join(__dirname, 'skipped.txt'), 'utf8')
  .split('\n')
  .filter((line) => line && !line.startsWith('#'))

async function main(args) {
  const words = args.filter((word) => !word.startsWith('--'))
  const options = args.filter((word) => word.startsWith('--'))
  const set = options[0] === '--all' ? 'all' : options[0] === '--more' ? 'more' : 'quick'
  if (options.length > (set === 'quick' ? 0 : 1)) throw new Error(`unknown option: ${options.join(' ')}`)
  const groups = grouped(
    walk(__dirname)
      .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
      .filter(
        (file) => set !== 'more' || /\b(optional|slow)\(/.test(readFileSync(path.join(root, file), 'utf8')),
      ),
  )
  mkdirSync(output, { recursive: true })
  await bundle(groups)
  compileProject()

  const total = { passed: 0, failed: 0, skipped: 0 }
  const failures = []
  if (groups.length === 0) {
    process.stdout.write('no test file matches\n')
    total.failed = 1
  }
  const queue = [...groups]
  const going = new Set()
  const progress = () => {
    if (!process.stdout.isTTY) return
    const names = [...going].map((group) => group.name).join(', ')
    const line = `${total.passed} passed, ${total.failed} failed, ${groups.length - queue.length - going.size}/${groups.length} groups · ${names}`
    process.stdout.write(`\r\u001b[K${line.slice(0, (process.stdout.columns || 80) - 1)}`)
  }
  const worker = async () => {
    for (let group = queue.shift(); group; group = queue.shift()) {
      going.add(group)
      progress()
      const result = await run(group, set)
      going.delete(group)
      for (const key of Object.keys(total)) total[key] += result.verdict[key]
      failures.push(...failuresIn(group, result.text))
      const seconds = Math.round(result.ms / 1000)
      if (process.stdout.isTTY) process.stdout.write('\r\u001b[K')
      process.stdout.write(`== ${group.name} (${seconds} s)\n${result.text}`)
      progress()
    }
  }
  await Promise.all(Array.from({ length: PROCESSES }, worker))
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K')
  sayTimes(groups)
  if (failures.length > 0) process.stdout.write(`failed:\n${failures.map((one) => `  ${one}\n`).join('')}`)
  process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`)
  return total.failed === 0 ? 0 : 1
}

function walk(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => path.relative(root, path.join(folder, file)).split(path.sep).join('/'))
    .sort()
}

/** A group is a process: each acceptance test file, and the unit tests of each folder together. Long ones start first. */
function grouped(files) {
  const groups = new Map()
  for (const file of files) {
    const [, folder] = file.split('/')
    const acceptance = folder === 'acceptance'
    const name = acceptance ? path.basename(file, '.test.ts') : `unit-${folder.replace('.test.ts', '')}`
    const group = groups.get(name) ?? { name, files: [], log: path.join(output, `${name}.log`) }
    group.files.push(file)
    groups.set(name, group)
  }
  const long = ({ name }) => (LONG.includes(name) ? LONG.indexOf(name) : LONG.length)
  return [...groups.values()].sort((one, other) => long(one) - long(other))
}

// One entry a group; shared code is split off, packages stay where npm put them.
async function bundle(groups) {
  const entryPoints = {}
  for (const group of groups) {
    const entry = path.join(output, `${group.name}.entry.mts`)
    const imports = group.files.map((file) => `import ${JSON.stringify(path.join(root, file))}`)
    writeFileSync(entry, `${imports.join('\n')}\n`)
    entryPoints[group.name] = entry
  }
  const suite = path.join(__dirname, 'suite.ts')
  await esbuild.build({
    entryPoints,
    outdir: output,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'error',
    plugins: [
      {
        name: 'suite',
        setup: (build) =>
          build.onResolve({ filter: /^uvu$/ }, ({ importer }) =>
            importer === suite ? { path: 'uvu', external: true } : { path: suite },
          ),
      },
    ],
  })
}

/** The compiled tasks, once: the projects that the acceptance tests make take a copy, as each would compile the same. */
function compileProject() {
  const folder = path.join(output, 'project')
  for (const name of PROJECT) cpSync(path.join(root, name), path.join(folder, name), { recursive: true })
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  const { status } = spawnSync(process.execPath, [path.join(folder, 'tasks/runner/bin.js'), '--list'])
  if (status !== 0) rmSync(path.join(folder, '.task'), { recursive: true, force: true })
}

function run(group, set) {
  return new Promise((resolve) => {
    const started = performance.now()
    const child = spawn(
      process.execPath,
      ['--enable-source-maps', '--unhandled-rejections=strict', path.join(output, `${group.name}.mjs`)],
      {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          FORCE_COLOR: '0',
          AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
          TEST_SET: set,
          TEST_LOG: group.log,
          TEST_BUILD: path.join(output, 'project/.task/build'),
        },
      },
    )
    let text = ''
    child.stdout.on('data', (chunk) => {
      text += chunk
    })
    child.stderr.on('data', (chunk) => {
      text += chunk
    })
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, TIME_LIMIT_MS)
    child.on('close', (code) => {
      clearTimeout(timer)
      const result = judge(group, text, late ? 'over the time limit' : code)
      resolve({ text: text + result.complaint, verdict: result, ms: performance.now() - started })
    })
  })
}

// uvu prints `Total: N`, `Passed: N`, `Skipped: N`; a group whose totals are missing or do not add up has failed. One that is
// skipped as a whole is skipped.
function judge(group, text, code) {
  const number = (label) => Number(text.match(new RegExp(`^\\s*${label}:\\s+(\\d+)`, 'm'))?.[1] ?? 0)
  const all = number('Total')
  const passed = number('Passed')
  const skipped = number('Skipped')
  const said = [...text.matchAll(/^SKIP (.+?) — /gm)].map((match) => match[1])
  const unlisted = said.filter((name) => !allowedSkips.includes(name))
  const complaints = []
  if (all === 0 && skipped === 0 && !logged([group]).some(({ left }) => left)) complaints.push('no test ran')
  if (code !== 0) complaints.push(`exit ${code}`)
  if (said.length !== skipped) complaints.push(`${skipped} skipped, but ${said.length} said why`)
  if (unlisted.length > 0) complaints.push(`skipped, but not in test/skipped.txt: ${unlisted.join(' · ')}`)
  let failed = all - passed
  if (failed === 0 && complaints.length > 0) failed = 1
  const complaint = complaints.map((line) => `!! ${group.name}: ${line}\n`).join('')
  return { passed, failed, skipped, complaint }
}

/** The failures in the output of a group, each on a line, for a list at the end: uvu reports each where it happened. */
function failuresIn(group, text) {
  const tests = [...text.matchAll(/^ +FAIL +(.+)\n +(.+)/gm)].map(([, test, reason]) => `${test}: ${reason}`)
  const complaints = [...text.matchAll(/^!! (.+)/gm)].map(([, complaint]) => complaint)
  return [...tests.map((line) => `${group.name}: ${line}`), ...complaints]
}

/** What test/suite.ts wrote down: how long each test took, and those left to `npm run test:all`. */
function logged(groups) {
  return groups
    .filter(({ log }) => existsSync(log))
    .flatMap(({ log, name }) =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => ({ name, line })),
    )
    .map(({ name, line }) => {
      const [first, ...title] = line.split(' ')
      return { name, title: title.join(' '), left: first === 'left', ms: Number(first) }
    })
}

function sayTimes(groups) {
  const tests = logged(groups)
  const left = tests.filter((one) => one.left).length
  const slowest = tests.filter((one) => !one.left).sort((one, other) => other.ms - one.ms)
  if (slowest.length > 0) process.stdout.write('the slowest:\n')
  for (const { ms, name, title } of slowest.slice(0, SLOWEST))
    process.stdout.write(`  ${(ms / 1000).toFixed(1)} s  ${name}: ${title}\n`)
  if (left > 0) process.stdout.write(`${left} more tests need more than npm, or time: npm run test:all\n`)
}

main(process.argv.slice(2)).then(
  (code) => finish(code),
  (error) => {
    process.stdout.write(`${error.stack ?? error}\n0 passed, 1 failed, 0 skipped\n`)
    finish(1)
  },
)

function finish(code) {
  rmSync(output, { recursive: true, force: true })
  process.exit(code)
}
