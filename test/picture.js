// Draws docs/bootstrap.svg: `npx task bootstrap` in a terminal of 80×24, recorded in tmux from a copy of this checkout, as an
// animated SVG that plays on its own and needs nothing. Run it when what the terminal shows has changed: node test/picture.js
const { execFileSync } = require('node:child_process')
const { cpSync, mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { performance } = require('node:perf_hooks')
const { stripVTControlCharacters } = require('node:util')

const root = path.dirname(__dirname)
const [columns, rows] = [80, 16]
const [width, height, size] = [8.4, 18, 14]
/** How often the screen is looked at, and how long its last state stays, in milliseconds. */
const LOOK_MS = 400
const STAY_MS = 6000
/** The colours 0 to 7 of a terminal on a dark ground. */
const palette = ['#555', '#f47067', '#57ab5a', '#c69026', '#539bf5', '#b083f0', '#39c5cf', '#cdd9e5']

/** What sets the look of the text that follows. */
const LOOK = `${String.fromCharCode(27)}[`

const folder = mkdtempSync(path.join(os.tmpdir(), 'picture-'))
const project = path.join(folder, 'dcos-bootstrap')
const home = path.join(folder, 'home')
const tmux = (...words) =>
  execFileSync('tmux', ['-S', path.join(folder, 'socket'), ...words], { encoding: 'utf8' })

/** What the screen shows while a line runs: each state once, with the milliseconds at which it came. */
async function record(line) {
  tmux('send-keys', '-l', line)
  const frames = []
  tmux('send-keys', 'Enter')
  const started = performance.now()
  for (let last = ''; ; await new Promise((resolve) => setTimeout(resolve, LOOK_MS))) {
    const screen = tmux('capture-pane', '-p', '-e').trimEnd()
    // What only spins is no news.
    const now = screen.replaceAll(/[\u2800-\u28ff]/g, '')
    if (now !== last) frames.push({ screen, at: performance.now() - started })
    last = now
    if (/\n\$$/.test(stripVTControlCharacters(screen)) && frames.length > 2) return frames
  }
}

const escaped = (text) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** A row of the screen as pieces of text of one look each. */
function rowOf(text, row) {
  let style = ''
  let column = 0
  const pieces = []
  for (const [index, piece] of text.split(LOOK).entries()) {
    const end = index === 0 ? 0 : piece.indexOf('m') + 1
    if (end > 0) style = styleOf(piece.slice(0, end - 1), style)
    const plain = piece.slice(end)
    const x = (column * width).toFixed(1)
    if (plain.trim())
      pieces.push(`<tspan x="${x}"${style} xml:space="preserve">${escaped(plain.trimEnd())}</tspan>`)
    column += [...plain].length
  }
  return pieces.length > 0 ? `<text y="${(row + 1) * height}">${pieces.join('')}</text>` : ''
}

function styleOf(codes, before) {
  let style = before
  for (const code of (codes || '0').split(';').map(Number)) {
    if (code === 0 || code === 39) style = ''
    else if (code === 1) style += ' font-weight="bold"'
    else if (code === 2) style += ' opacity=".6"'
    else if (code >= 30 && code <= 37) style = ` fill="${palette[code - 30]}"`
    else if (code >= 90 && code <= 97) style = ` fill="${palette[code - 90]}"`
  }
  return style
}

function draw(frames) {
  const total = frames.at(-1).at + STAY_MS
  const percent = (ms) => `${((ms / total) * 100).toFixed(2)}%`
  const shown = frames.map(({ screen, at }, index) => {
    const until = frames[index + 1]?.at ?? total
    const rule = `@keyframes f${index}{0%,${percent(at)}{visibility:hidden}${percent(at + 1)},${percent(until)}{visibility:visible}${percent(Math.min(until + 1, total))},100%{visibility:hidden}}`
    const lines = screen.split('\n').slice(-rows).map(rowOf).join('')
    return {
      rule,
      group: `<g style="animation:f${index} ${Math.round(total)}ms step-end infinite">${lines}</g>`,
    }
  })
  const [right, bottom] = [Math.ceil(columns * width) + 24, rows * height + 28]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${right} ${bottom}" width="${right}" role="img" aria-label="npx task bootstrap in a terminal">
<style>text{font:${size}px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#cdd9e5}${shown.map(({ rule }) => rule).join('')}</style>
<rect width="100%" height="100%" rx="8" fill="#1c2128"/><g transform="translate(12 6)">
${shown.map(({ group }) => group).join('\n')}
</g></svg>\n`
}

async function main() {
  mkdirSync(home)
  for (const name of require('./project-files.json'))
    cpSync(path.join(root, name), path.join(project, name), { recursive: true })
  symlinkSync(path.join(root, 'node_modules'), path.join(project, 'node_modules'))
  const environment = { PATH: process.env.PATH, HOME: home, TERM: 'screen-256color', LANG: 'C.UTF-8' }
  const given = Object.entries(environment).flatMap(([key, value]) => ['-e', `${key}=${value}`])
  const shell = `cd ${project}; npx() { shift; ${process.execPath} tasks/runner/bin.js "$@"; }; npx task --version >/dev/null; clear; PS1='$ '`
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', `${columns}`, '-y', `${rows}`, ...given, 'exec sh')
  tmux('set', '-g', 'status', 'off')
  tmux('send-keys', '-l', shell)
  tmux('send-keys', 'Enter')
  while (tmux('capture-pane', '-p').trim() !== '$')
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  const frames = await record('npx task bootstrap')
  const file = path.join(root, 'docs', 'bootstrap.svg')
  writeFileSync(file, draw(frames))
  process.stdout.write(`${file}: ${frames.length} frames\n`)
}

main().finally(() => {
  try {
    tmux('kill-server')
  } catch {}
  rmSync(folder, { recursive: true, force: true })
})
