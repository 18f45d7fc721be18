// Finds the project whose tasks, config and state are used. Plain JavaScript like bin.js.
const fs = require('node:fs')
const path = require('node:path')

/** The package's name, which a project that uses it depends on. */
const NAME = 'dcos-bootstrap'
/** Files with which a project can replace the package's own. */
const OWN = ['Taskfile.ts', 'config/cluster.yaml']

/**
 * The project's folder: from `cwd` upwards the nearest one that depends on this package, or contains a Taskfile.ts or a
 * config/cluster.yaml. Otherwise: for a checkout, the checkout itself; for an installed package, the project that it is
 * installed in, or else `cwd`.
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

/** npx's cache folder depends on the packages it downloaded, too, but is not a project. */
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
