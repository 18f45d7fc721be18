// The packages that a published dcos-bootstrap contains in compiled form, made by .ci/prepack.js: a project that installs it need not
// install the AWS clients, which are a hundred times as large.
const fs = require('node:fs')
const path = require('node:path')

const FOLDER = 'dist/packages'

/**
 * The compiled packages, if they contain all the names that are imported from each (`*` for everything). Undefined in a checkout,
 * which npm's lock file marks: it is never published.
 */
function shippedPackages(packageRoot, wanted) {
  const folder = path.join(packageRoot, FOLDER)
  const index = path.join(folder, 'index.json')
  if (fs.existsSync(path.join(packageRoot, 'package-lock.json')) || !fs.existsSync(index)) return undefined
  const { entries, names, outputs } = JSON.parse(fs.readFileSync(index, 'utf8'))
  const isThere = (name) =>
    names[name]?.includes('*') || wanted[name].every((word) => names[name]?.includes(word))
  if (!Object.keys(wanted).every(isThere)) return undefined
  return {
    entries,
    files: outputs.map((name) => ({ name, contents: fs.readFileSync(path.join(folder, name)) })),
  }
}

/** Writes them into a package's folder. */
function ship(packageRoot, { entries, files, wanted: names }) {
  const folder = path.join(packageRoot, FOLDER)
  fs.mkdirSync(folder, { recursive: true })
  for (const { contents, name } of files) fs.writeFileSync(path.join(folder, name), contents)
  const outputs = files.map(({ name }) => name)
  fs.writeFileSync(path.join(folder, 'index.json'), JSON.stringify({ entries, names, outputs }))
}

module.exports = { ship, shippedPackages }
