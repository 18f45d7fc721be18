// package.json as it is packed; the original is kept until it is restored.
const fs = require('node:fs')
const path = require('node:path')

const root = path.dirname(__dirname)
const manifest = path.join(root, 'package.json')
const original = path.join(root, '.task', 'package.json')
/** What replaced it. */
const packed = path.join(root, '.task', 'package.packed.json')

function set(change) {
  fs.mkdirSync(path.dirname(original), { recursive: true })
  fs.copyFileSync(manifest, original)
  const changed = `${JSON.stringify(change(JSON.parse(fs.readFileSync(manifest, 'utf8'))), null, 2)}\n`
  fs.writeFileSync(packed, changed)
  fs.writeFileSync(manifest, changed)
}

/** Also after a run that was killed, unless package.json was edited since. */
function restore() {
  if (!fs.existsSync(original) || !fs.existsSync(packed)) return
  if (fs.readFileSync(manifest, 'utf8') === fs.readFileSync(packed, 'utf8')) fs.renameSync(original, manifest)
  fs.rmSync(original, { force: true })
  fs.rmSync(packed)
}

module.exports = { restore, set }
