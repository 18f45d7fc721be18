// Where an error comes from, in the files that the user knows rather than in the bundle. Plain JavaScript, as bin.js is; loaded
// only when an error is told, as are the maps.
const fs = require('node:fs')
const path = require('node:path')

const FRAMES_SHOWN = 4
const FRAME = /^(\s+at (?:.*? \()?)(?:file:\/\/)?(\/.*?|[A-Za-z]:\\.*?):(\d+):(\d+)(\)?)$/

/**
 * Where an error was thrown (`tasks/hello.ts:12:9`), the way there, whether that is the user's own file, and its stack. Undefined
 * for an error that no file of ours or of the user's has seen. `places`: the bundle's folder, the project's and the package's.
 */
function originOf(error, places) {
  const lines = String(error?.stack ?? '').split('\n')
  const frames = []
  const stack = lines.map((line) => {
    const frame = mapped(line, places)
    if (!frame) return line
    frames.push(frame)
    return frame.line
  })
  const at = frames.find(({ file }) => isUsers(file, places)) ?? frames[0]
  if (!at) return undefined
  const { packageRoot, root } = places
  // In a checkout the user edits our tasks, too: a room of ours that was called is ours all the same.
  const theirs = isUsers((root === packageRoot ? frames[0] : at).file, places)
  // The runner calls everything.
  const way = frames.filter(({ file }) => path.dirname(file) !== path.join(packageRoot, 'tasks/runner'))
  return {
    place: at.place,
    theirs,
    way: way.slice(0, FRAMES_SHOWN).map(({ line }) => line.trim()),
    stack: stack.join('\n'),
  }
}

/** The file of the user's in which the steps of a task are, by the function that loads them; with the line of `name` where it is there. */
function stepsOf(load, name, places) {
  const [, chunk] = /require\("\.\/([^"]+)"\)/.exec(String(load)) ?? []
  const sources = chunk && readMap(path.join(places.folder, chunk))?.sources
  // esbuild puts a module after those that it imports.
  const file = sources?.at(-1) && path.resolve(places.root, sources.at(-1))
  if (!file || !fs.existsSync(file)) return undefined
  const named = new RegExp(`\\bexport\\b.*\\b${name}\\b`)
  const line = fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .findIndex((text) => named.test(text))
  return shown(file, places) + (line < 0 ? '' : `:${line + 1}`)
}

function mapped(line, places) {
  const [, before, file, row, column, after] = FRAME.exec(line) ?? []
  if (!file || path.dirname(file) !== places.folder) return undefined
  const map = readMap(file)
  if (!map) return undefined
  const { SourceMap } = require('node:module')
  const found = new SourceMap(map).findEntry(row - 1, column - 1)
  if (found.originalSource === undefined) return undefined
  const source = path.resolve(places.root, found.originalSource)
  const place = `${shown(source, places)}:${found.originalLine + 1}:${found.originalColumn + 1}`
  return { file: source, place, line: `${before}${place}${after}` }
}

const maps = new Map()

function readMap(file) {
  if (!maps.has(file)) {
    let map
    try {
      map = JSON.parse(fs.readFileSync(`${file}.map`, 'utf8'))
    } catch {}
    maps.set(file, map)
  }
  return maps.get(file)
}

/** In a checkout the Taskfile and the files directly in tasks/, which a user adds to and edits; else all that is not the package's. */
function isUsers(file, { packageRoot, root }) {
  if (root !== packageRoot)
    return !file.startsWith(packageRoot + path.sep) && !file.split(path.sep).includes('node_modules')
  return path.relative(root, file) === 'Taskfile.ts' || path.dirname(file) === path.join(root, 'tasks')
}

function shown(file, { packageRoot, root }) {
  return file.startsWith(packageRoot + path.sep) && root !== packageRoot
    ? path.join('dcos-bootstrap', path.relative(packageRoot, file))
    : path.relative(root, file)
}

module.exports = { originOf, stepsOf }
