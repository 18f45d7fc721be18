// package.json as it is packed; the original is kept until it is restored.
const fs = require('node:fs')
const path = require('node:path')

const root = path.dirname(__dirname)
const manifest = path.join(root, 'package.json')
const original = path.join(root, '.task', 'package.json')

function set(change) {
  fs.mkdirSync(path.dirname(original), { recursive: true })
  fs.copyFileSync(manifest, original)
  const changed = change(JSON.parse(fs.readFileSync(manifest, 'utf8')))
  fs.writeFileSync(manifest, `${JSON.stringify(changed, null, 2)}\n`)
}

/** Also after a run that was killed. */
function restore() {
  if (fs.existsSync(original)) fs.renameSync(original, manifest)
}

module.exports = { restore, set }
