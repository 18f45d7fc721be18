// Makes dist/ for npm: what `import … from 'dcos-bootstrap'` means to an editor, to tsc and to Node, and the compiled packages, so
// that package.json need not name them as dependencies until postpack.js restores it. The sources are packed as they are:
// `npx task` compiles them.
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const { bundle } = require('../tasks/runner/bundle.js')
const { ship } = require('../tasks/runner/shipped.js')
const { restore, set } = require('./manifest.js')

const root = path.dirname(__dirname)
const dist = path.join(root, 'dist')

async function main() {
  restore()
  fs.rmSync(dist, { recursive: true, force: true })
  const tsc = path.join(root, 'node_modules/.bin/tsc')
  const { status } = spawnSync(tsc, ['-p', path.join(__dirname, 'tsconfig.pack.json')], { stdio: 'inherit' })
  if (status !== 0) throw new Error('the declarations could not be made')
  const typed = keepReachable()
  // The package's own files in CommonJS are beside it; in here all is ESM.
  fs.writeFileSync(path.join(dist, 'package.json'), '{ "type": "module" }\n')
  await require('esbuild').build({
    entryPoints: [path.join(root, 'index.ts')],
    outdir: dist,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true,
    logLevel: 'warning',
    plugins: [onlyStatic],
  })
  const { packages } = await bundle({ packageRoot: root, root }, [], () => undefined)
  ship(root, packages)
  fs.writeFileSync(path.join(dist, 'packages', 'LICENSES.txt'), licences(packages.inputs))
  const compiled = new Set(
    Object.keys(packages.wanted)
      .map(packageOf)
      .filter((name) => !typed.has(name)),
  )
  set(({ dependencies, ...manifest }) => ({
    ...manifest,
    dependencies: Object.fromEntries(Object.entries(dependencies).filter(([name]) => !compiled.has(name))),
  }))
}

/** `@aws-sdk/client-ec2` of `@aws-sdk/client-ec2/x.js`. */
const packageOf = (name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/')

/** The licences of the packages that esbuild read these files of, as they must be passed on with their code. */
function licences(inputs) {
  const folders = new Set()
  for (const file of inputs) {
    const [, folder] = /^(.*\bnode_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? []
    if (folder) folders.add(path.resolve(root, folder))
  }
  const byText = new Map()
  for (const folder of [...folders].sort()) {
    const { license, name, version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
    const texts = fs.readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)\b/i.test(file))
    const text = texts.map((file) => fs.readFileSync(path.join(folder, file), 'utf8').trim()).join('\n\n')
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version} (${license})`])
  }
  return [...byText]
    .map(([text, names]) => `${names.join('\n')}\n\n${text}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`)
}

/** What a task imports when it runs is not part of it: only the runner runs tasks, and compiles the sources. */
const onlyStatic = {
  name: 'only-static',
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ kind, path: file }) =>
      kind === 'dynamic-import' ? { path: file, external: true } : undefined,
    )
  },
}

/**
 * Of the declarations those that the first one leads to, which name each other as Node does. Returns the packages whose types they
 * use.
 */
function keepReachable() {
  const packages = new Set()
  const reached = new Set([path.join(dist, 'index.d.ts')])
  for (const file of reached) {
    const text = fs.readFileSync(file, 'utf8').replace(/(["'])(\.{1,2}\/[^"']+)\.ts\1/g, (_, quote, name) => {
      reached.add(path.resolve(path.dirname(file), `${name}.d.ts`))
      return `${quote}${name}.js${quote}`
    })
    for (const [, name] of text.matchAll(/\bfrom ["']((?!\.|node:)[^"']+)["']/g))
      packages.add(packageOf(name))
    fs.writeFileSync(file, text)
  }
  for (const name of fs.readdirSync(dist, { recursive: true })) {
    const file = path.join(dist, name)
    if (file.endsWith('.d.ts') && !reached.has(file)) fs.rmSync(file)
  }
  return packages
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
