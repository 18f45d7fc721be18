// Makes dist/ for npm: what `import … from 'dcos-bootstrap'` means to an editor, to tsc and to Node. `npx task` itself needs none of
// it: it compiles the sources, which are packed as they are.
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const root = path.dirname(__dirname)
const dist = path.join(root, 'dist')

async function main() {
  fs.rmSync(dist, { recursive: true, force: true })
  const tsc = path.join(root, 'node_modules/.bin/tsc')
  const { status } = spawnSync(tsc, ['-p', path.join(__dirname, 'tsconfig.pack.json')], { stdio: 'inherit' })
  if (status !== 0) throw new Error('the declarations could not be made')
  keepReachable()
  // The package's own files in CommonJS are beside it; in here all is ESM.
  fs.writeFileSync(path.join(dist, 'package.json'), '{ "type": "module" }\n')
  await require('esbuild').build({
    entryPoints: [path.join(root, 'index.ts')],
    outdir: dist,
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    chunkNames: 'chunks/[name]-[hash]',
    minifyWhitespace: true,
    logLevel: 'warning',
  })
}

/** Of the declarations those that the first one leads to, which name each other as Node does. */
function keepReachable() {
  const reached = new Set([path.join(dist, 'index.d.ts')])
  for (const file of reached) {
    const text = fs.readFileSync(file, 'utf8').replace(/(["'])(\.{1,2}\/[^"']+)\.ts\1/g, (_, quote, name) => {
      reached.add(path.resolve(path.dirname(file), `${name}.d.ts`))
      return `${quote}${name}.js${quote}`
    })
    fs.writeFileSync(file, text)
  }
  for (const name of fs.readdirSync(dist, { recursive: true })) {
    const file = path.join(dist, name)
    if (file.endsWith('.d.ts') && !reached.has(file)) fs.rmSync(file)
  }
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
