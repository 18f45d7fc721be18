// Compiles the Taskfile and its imports with esbuild. Packages are compiled separately from our own files, which change
// more often and take a tenth of the time. The output is CommonJS, because V8's code can be cached for it on every Node
// version (modules.js).
const crypto = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { NAME } = require('./project.js')

/** The bundle's entry point; a project without its own Taskfile uses the package's. */
function startAt({ packageRoot, root }) {
  const own = path.join(root, 'Taskfile.ts')
  const taskfile = fs.existsSync(own) ? own : path.join(packageRoot, 'Taskfile.ts')
  const from = (file) => `from ${JSON.stringify(path.resolve(packageRoot, file))}`
  return `
    export { default as taskfile } ${from(taskfile)}
    export { main } ${from('tasks/runner/main.ts')}
    export { listJson, listShort, listText } ${from('tasks/runner/help/list.ts')}`
}

/**
 * Compiles the project in `root` with the package in `packageRoot`. `known` returns the packages compiled before, under a key or
 * with the names that are imported from each, which are then reused.
 */
async function bundle({ packageRoot, root }, lockFiles, known) {
  const esbuild = require('esbuild')
  const shared = {
    absWorkingDir: root,
    outdir: root,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // The output names are content hashes; this makes them depend on how they were built as well.
    banner: { js: `// ${sha256(esbuild.version + fs.readFileSync(__filename))}` },
    logLevel: 'silent',
  }
  const own = await esbuild.build({
    ...shared,
    // To locate errors (origin.js).
    sourcemap: 'inline',
    sourcesContent: false,
    stdin: { contents: startAt({ packageRoot, root }), resolveDir: root, sourcefile: 'start.ts' },
    ...(root === packageRoot ? { packages: 'external' } : { plugins: [ofAProject(packageRoot)] }),
  })
  const wanted = importedPackages(own)
  const locks = [...lockFiles.map((name) => path.join(root, name)), path.join(packageRoot, 'package.json')]
  const lock = locks.filter((file) => fs.existsSync(file)).map((file) => sha256(fs.readFileSync(file)))
  const key = sha256(JSON.stringify([wanted, shared.banner, lock]))
  const compiled = known(key, wanted) ?? (await bundlePackages(esbuild, shared, wanted, packageRoot))
  const packages = { ...compiled, key, wanted }
  const files = await Promise.all(own.outputFiles.map((file) => toCommonJs(esbuild, file, mapped)))
  return {
    entry: path.basename(outputOf(own, 'start.ts')),
    inputs: Object.keys(own.metafile.inputs).filter((file) =>
      isWatched(path.resolve(root, file), packageRoot),
    ),
    listInputs: evaluatedBy(own.metafile, 'start.ts').filter((file) =>
      isWatched(path.resolve(root, file), packageRoot),
    ),
    files,
    packages,
  }
}

/** Whether a file may be edited by the user; for other packages the lock file is watched. */
function isWatched(file, packageRoot) {
  const inside = isWithin(file, packageRoot) ? path.relative(packageRoot, file) : file
  return !inside.split(path.sep).includes('node_modules')
}

const isWithin = (file, folder) => file.startsWith(folder + path.sep)

/**
 * A project that has the package installed, or called by npx: its files import it by name, wherever it is installed, and use
 * packages of their own, whose versions may differ from ours.
 */
const ofAProject = (packageRoot) => ({
  name: 'of-a-project',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^${NAME}$`) }, () => ({ path: path.join(packageRoot, 'index.ts') }))
    build.onResolve({ filter: /^[^./]/ }, ({ importer, kind, path: name }) => {
      if (kind === 'entry-point' || path.isAbsolute(name)) return undefined
      const ours =
        importer === 'start.ts' || (isWatched(importer, packageRoot) && isWithin(importer, packageRoot))
      return ours ? { path: name, external: true } : undefined
    })
  },
})

/** The imported packages, each with the names that are imported from it. */
function importedPackages({ metafile, outputFiles }) {
  const packages = {}
  for (const { path: file, text } of outputFiles) {
    const { imports } = Object.entries(metafile.outputs).find(([name]) => file.endsWith(name))[1]
    for (const { kind, path: name } of imports.filter((one) => one.external && !isNodes(one.path))) {
      packages[name] ??= new Set()
      const names = packages[name]
      // Everything, unless the import lists names.
      if (kind === 'import-statement') for (const word of namesImported(text, name)) names.add(word)
      else names.add('*')
    }
  }
  return Object.fromEntries(
    Object.entries(packages)
      .map(([name, names]) => [name, names.has('*') ? ['*'] : [...names].sort()])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

const isNodes = (name) => name.startsWith('node:') || require('node:module').isBuiltin(name)

/** The names that esbuild's output imports from a package: `*` for everything; empty if it imports none. */
function namesImported(text, name) {
  const names = []
  const statement = /^import (?:(\w+)(?:, )?)?(?:\{([^}]*)\}|\* as ([\w$]+))? from "([^"]+)";$/gm
  for (const [, standard, list, namespace, from] of text.matchAll(statement)) {
    if (from !== name) continue
    if (standard) names.push('default')
    for (const word of list?.split(',') ?? []) names.push(word.trim().split(' as ')[0])
    if (!namespace) continue
    // `v.object`: the members used, unless the namespace itself is passed on.
    const uses = [
      ...text.matchAll(
        new RegExp(`(?<![\\w$.])${namespace.replaceAll('$', '\\$')}(\\.(\\w+))?(?![\\w$])`, 'g'),
      ),
    ]
    for (const [, point, member] of uses.slice(1)) names.push(point ? member : '*')
  }
  return names
}

/** The packages, tree-shaken: one output each, plus shared chunks. */
async function bundlePackages(esbuild, shared, wanted, packageRoot) {
  const names = Object.keys(wanted)
  const result = await esbuild.build({
    ...shared,
    entryPoints: names.map((name) => ({ in: `wanted:${name}`, out: fileName(name) })),
    // Without this esbuild takes a package's one CommonJS file, which cannot be tree-shaken.
    mainFields: ['module', 'main'],
    // Identifiers are kept: packages read the names of classes.
    minifyWhitespace: true,
    minifySyntax: true,
    plugins: [entries(packageRoot, wanted), plainKeys, lateHttps],
  })
  const files = await Promise.all(result.outputFiles.map((file) => toCommonJs(esbuild, file, shrunk)))
  const entry = (name) => path.basename(outputOf(result, `wanted:${name}`))
  const inputs = Object.keys(result.metafile.inputs)
  return { entries: Object.fromEntries(names.map((name) => [name, entry(name)])), files, inputs }
}

const mapped = { sourcemap: 'external', sourcesContent: false }
const shrunk = { minifyWhitespace: true, minifySyntax: true }
const fileName = (name) => name.replace(/\W+/g, '-').replace(/^-/, '')

/** One module per package that re-exports the names used. */
const entries = (root, wanted) => ({
  name: 'entries',
  setup(build) {
    build.onResolve({ filter: /^wanted:/ }, (one) => ({ path: one.path.slice(7), namespace: 'wanted' }))
    build.onLoad({ filter: /.*/, namespace: 'wanted' }, ({ path: name }) => ({
      contents: wanted[name].includes('*')
        ? `export * as $all from ${JSON.stringify(name)}`
        : `export { ${wanted[name].join(', ')} } from ${JSON.stringify(name)}`,
      resolveDir: root,
    }))
  },
})

/**
 * The AWS clients describe every operation of a service in one file, with computed keys, which keep esbuild from removing
 * unused entries. With the constants inlined, EC2's megabyte shrinks to a tenth.
 */
const plainKeys = {
  name: 'plain-keys',
  setup(build) {
    build.onLoad({ filter: /[\\/]dist-es[\\/]schemas[\\/]schemas_\d+\.js$/ }, async ({ path: file }) => {
      const text = await fs.promises.readFile(file, 'utf8')
      const constants = new Map(
        [...text.matchAll(/^const (\w+) = ("[^"\\]*");$/gm)].map(([, name, value]) => [name, value]),
      )
      return {
        contents: text.replace(/\[(\w+)\]:/g, (whole, name) =>
          constants.has(name) ? `${constants.get(name)}:` : whole,
        ),
      }
    })
  },
}

/** The AWS clients import `https`, which takes as long to load as a client, whether or not they have anything to send. */
const lateHttps = {
  name: 'late-https',
  setup(build) {
    build.onResolve({ filter: /^node:https$/ }, ({ importer, kind }) =>
      kind === 'import-statement' && /[\\/]dist-es[\\/]/.test(importer)
        ? { path: 'https', namespace: 'late' }
        : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: 'late' }, () => ({
      contents: "export default new Proxy({}, { get: (_, name) => require('node:https')[name] })",
    }))
  },
}

async function toCommonJs(esbuild, { path: file, text }, options) {
  const { code, map } = await esbuild.transform(text, {
    ...options,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // Use require() instead: modules compiled together are loaded together.
    supported: { 'dynamic-import': false },
    ...(text.includes('import.meta.url') ? importUrl : {}),
  })
  return { name: path.basename(file), contents: code, map }
}

const importUrl = {
  define: { 'import.meta.url': '$url' },
  banner: "const $url = require('node:url').pathToFileURL(__filename).href;",
}

function outputOf({ metafile }, entryPoint) {
  return Object.entries(metafile.outputs).find(([, one]) => one.entryPoint === entryPoint)[0]
}

/** The files evaluated when one is loaded: its static imports, transitively; not its dynamic imports. */
function evaluatedBy({ inputs }, start) {
  const found = new Set([start])
  for (const file of found) {
    for (const { external, kind, path: imported } of inputs[file].imports)
      if (!external && kind === 'import-statement') found.add(imported)
  }
  return [...found]
}

function sha256(content) {
  return crypto.createHash('sha256').update(content).digest('hex')
}

module.exports = { bundle, sha256 }
