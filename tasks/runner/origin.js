// Where an error comes from, in source files rather than in the bundle. Plain JavaScript like bin.js; loaded only when an
// error is reported, as are the source maps.
const fs = require('node:fs')
const path = require('node:path')

const FRAMES_SHOWN = 4
const FRAME = /^(\s+at (?:.*? \()?)(?:file:\/\/)?(\/.*?|[A-Za-z]:\\.*?):(\d+):(\d+)(\)?)$/

/**
 * Where an error was thrown (`tasks/hello.ts:12:9`), the frames above, whether it is the user's own file, and the stack trace.
 * Undefined if the stack contains no source file. `places`: the folders of the bundle, the project and the package.
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
  // In a checkout the user edits our tasks too; an error thrown in one of our modules is still ours.
  const theirs = isUsers((root === packageRoot ? frames[0] : at).file, places)
  // Frames of the runner explain nothing: it calls everything.
  const way = frames.filter(({ file }) => path.dirname(file) !== path.join(packageRoot, 'tasks/runner'))
  return {
    place: at.place,
    theirs,
    way: way.slice(0, FRAMES_SHOWN).map(({ line }) => line.trim()),
    stack: stack.join('\n'),
  }
}

/** The source file of a task's steps, found by the function that loads them; with the line that exports `name`, if any. */
function stepsOf(load, name, places) {
  const [, chunk] = /require\("\.\/([^"]+)"\)/.exec(String(load)) ?? []
  const sources = chunk && readMap(path.join(places.folder, chunk))?.sources
  // esbuild puts a module after its imports.
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

/** In a checkout: the Taskfile and the files directly in tasks/, which users add and edit; else everything outside the package. */
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
