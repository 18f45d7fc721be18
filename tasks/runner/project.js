// Whose tasks, config and state a start works with. Plain JavaScript, as bin.js is.
const fs = require('node:fs')
const path = require('node:path')

/** The package's name: what a project depends on that uses it. */
const NAME = 'dcos-bootstrap'
/** What a project may hold of its own in place of the package's. */
const OWN = ['Taskfile.ts', 'config/cluster.yaml']

/**
 * The project's folder: from `cwd` upwards the nearest one that depends on this package, or holds a Taskfile.ts or a
 * config/cluster.yaml. A checkout is its own project, and for whoever calls it from elsewhere, too; an installed package is
 * called for the project that it is installed in, else for the folder where the user is.
 */
function projectFolder(cwd, packageRoot) {
  const [installedIn, ...inside] = packageRoot.split(`${path.sep}node_modules${path.sep}`)
  const isInstalled = inside.length > 0
  for (let folder = cwd; ; folder = path.dirname(folder)) {
    if (folder === packageRoot || dependsOnUs(folder)) return folder
    if (isInstalled && OWN.some((file) => fs.existsSync(path.join(folder, file)))) return folder
    if (folder === path.dirname(folder)) break
  }
  if (!isInstalled) return packageRoot
  return dependsOnUs(installedIn) ? installedIn : cwd
}

/** The folder that npx keeps of packages that it has fetched depends on them as well, and is nobody's project. */
function dependsOnUs(folder) {
  try {
    const { _npx, ...wanted } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
    const kinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']
    return !_npx && kinds.some((kind) => wanted[kind]?.[NAME] !== undefined)
  } catch {
    return false
  }
}

module.exports = { NAME, projectFolder }
