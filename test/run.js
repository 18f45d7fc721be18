// Runs the tests: `node test/run.js [WORD…]` runs the files whose path holds one of the words, or all.
// uvu alone cannot be trusted with the verdict: it exits 0 when a hook throws, when `.run()` is forgotten and when
// no file matches, and a leaked timer hangs it. So every group of files runs in a process of its own under a time
// limit, and counts as passed only if uvu's own totals say so. The last line is `N passed, N failed, N skipped`.
const { spawn } = require('node:child_process')
const { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs')
const path = require('node:path')
const esbuild = require('esbuild')

const root = path.dirname(__dirname)
// Of this run alone: another may be going on.
const output = path.join(root, '.task', 'test', String(process.pid))
const TIME_LIMIT_MS = 10 * 60_000
const PROCESSES = 2

const allowedSkips = readFileSync(path.join(__dirname, 'skipped.txt'), 'utf8')
  .split('\n')
  .filter((line) => line && !line.startsWith('#'))

async function main(words) {
  const files = walk(__dirname)
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .sort()
  const units = files.filter((file) => !file.startsWith('test/acceptance/'))
  const acceptance = files.filter((file) => file.startsWith('test/acceptance/'))
  mkdirSync(output, { recursive: true })
  const groups = []
  if (units.length > 0) groups.push({ name: 'unit', files: units })
  for (const file of acceptance) groups.push({ name: path.basename(file, '.test.ts'), files: [file] })
  await bundle(groups)

  const total = { passed: 0, failed: 0, skipped: 0 }
  if (groups.length === 0) {
    process.stdout.write('no test file matches\n')
    total.failed = 1
  }
  const queue = [...groups]
  const again = []
  const worker = async () => {
    for (let group = queue.shift(); group; group = queue.shift()) {
      const result = await run(group)
      // Real processes, signals and terminals on a busy machine: what fails beside a neighbour is asked again alone, aloud.
      if (result.verdict.failed > 0) again.push(group)
      else add(result.verdict)
      process.stdout.write(`== ${group.name}\n${result.text}`)
    }
  }
  const add = (verdict) => {
    for (const key of Object.keys(total)) total[key] += verdict[key]
  }
  await Promise.all(Array.from({ length: PROCESSES }, worker))
  for (const group of again) {
    const { text, verdict } = await run(group)
    process.stdout.write(`== ${group.name}, again and alone: it failed before\n${text}`)
    add(verdict)
  }
  process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`)
  return total.failed === 0 ? 0 : 1
}

function walk(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => path.relative(root, path.join(folder, file)).split(path.sep).join('/'))
}

// One entry a group; shared code is split off, packages stay where npm put them.
async function bundle(groups) {
  const entryPoints = {}
  for (const group of groups) {
    const entry = path.join(output, `${group.name}.entry.ts`)
    const imports = group.files.map((file) => `import ${JSON.stringify(path.join(root, file))}`)
    writeFileSync(entry, `${imports.join('\n')}\n`)
    entryPoints[group.name] = entry
  }
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
  })
}

function run(group) {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ['--enable-source-maps', '--unhandled-rejections=strict', path.join(output, `${group.name}.mjs`)],
      {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, FORCE_COLOR: '0', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
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
      resolve({ text: text + result.complaint, verdict: result })
    })
  })
}

// uvu prints `Total: N`, `Passed: N`, `Skipped: N`; a group whose totals are missing or do not add up has failed.
function judge(group, text, code) {
  const number = (label) => Number(text.match(new RegExp(`^\\s*${label}:\\s+(\\d+)`, 'm'))?.[1] ?? 0)
  const all = number('Total')
  const passed = number('Passed')
  const skipped = number('Skipped')
  const said = [...text.matchAll(/^SKIP (.+?) — /gm)].map((match) => match[1])
  const unlisted = said.filter((name) => !allowedSkips.includes(name))
  const complaints = []
  if (all === 0) complaints.push('no test ran')
  if (code !== 0) complaints.push(`exit ${code}`)
  if (said.length !== skipped) complaints.push(`${skipped} skipped, but ${said.length} said why`)
  if (unlisted.length > 0) complaints.push(`skipped, but not in test/skipped.txt: ${unlisted.join(' · ')}`)
  let failed = all - passed
  if (failed === 0 && complaints.length > 0) failed = 1
  const complaint = complaints.map((line) => `!! ${group.name}: ${line}\n`).join('')
  return { passed, failed, skipped, complaint }
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
