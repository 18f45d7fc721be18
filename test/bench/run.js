// Measures, and asserts nothing: `node test/bench/run.js [rerun|calls|notice|scale…]`; without a name, all of them. The tests
// do not run these. BENCH_ROUNDS says how often each thing is done (the medians are printed).
const { spawnSync } = require('node:child_process')
const { mkdirSync, rmSync } = require('node:fs')
const path = require('node:path')
const esbuild = require('esbuild')

// What a user waits for on this machine, a line of waits.ts each; and others, a file each.
const waits = ['list', 'noop', 'rerun', 'bootstrap', 'nodes', 'edit']
const benchmarks = [...waits, 'calls', 'notice', 'scale']
const root = path.dirname(path.dirname(__dirname))
const output = path.join(root, '.task', 'bench', String(process.pid))

const names = process.argv.slice(2)
const unknown = names.filter((name) => !benchmarks.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`there is no benchmark ${unknown.join(', ')}; there are ${benchmarks.join(', ')}\n`)
  process.exit(2)
}
mkdirSync(output, { recursive: true })
process.on('exit', () => rmSync(output, { recursive: true, force: true }))
for (const name of names.length > 0 ? names : benchmarks) {
  const outfile = path.join(output, `${name}.mjs`)
  esbuild.buildSync({
    entryPoints: [path.join(__dirname, `${waits.includes(name) ? 'waits' : name}.ts`)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  })
  const { status } = spawnSync(process.execPath, [outfile], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, BENCH_LINE: name, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  })
  if (status !== 0) process.exit(1)
}
