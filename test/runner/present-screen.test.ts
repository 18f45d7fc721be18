import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Screen } from '../../tasks/runner/present/screen.ts'

const test = suite('present/screen')

/** The features of a terminal that the screen uses: rows of a width, a cursor, lines that wrap. */
class Glass {
  rows: string[] = ['']
  row = 0
  column = 0
  cursor = true
  writes = 0

  constructor(
    public columns: number,
    public height = 24,
  ) {}

  readonly write = (text: string) => {
    this.writes++
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal reads escape sequences.
    for (const [part] of text.matchAll(/\x1b\[\??(\d*)([A-Za-z])|[\s\S]/g)) this.take(part)
  }

  private take(part: string): void {
    if (part === '\x1b[?25l') this.cursor = false
    else if (part === '\x1b[?25h') this.cursor = true
    else if (part === '\x1b[2K') this.rows[this.row] = ''
    else if (part === '\x1b[K') this.rows[this.row] = this.rows[this.row]!.slice(0, this.column)
    else if (part === '\x1b[B') this.row++
    else if (part.startsWith('\x1b[') && part.endsWith('A'))
      this.row = Math.max(0, this.row - Number(part.slice(2, -1)))
    else if (part === '\r') this.column = 0
    else if (part === '\n') this.next()
    else if (part.startsWith('\x1b')) throw new Error(`unknown sequence ${JSON.stringify(part)}`)
    else {
      if (this.column === this.columns) this.next()
      const before = (this.rows[this.row] ?? '').padEnd(this.column)
      this.rows[this.row] = before.slice(0, this.column) + part + before.slice(this.column + 1)
      this.column++
    }
  }

  private next(): void {
    this.row++
    this.column = 0
    this.rows[this.row] ??= ''
  }

  get text(): string {
    return this.rows.join('\n').trimEnd()
  }

  screen(): Screen {
    return new Screen(this.write, () => ({ columns: this.columns, rows: this.height }))
  }
}

test('a block is replaced by a longer or shorter one, and the text above it stays', () => {
  const glass = new Glass(20)
  glass.write('above\n')
  const screen = glass.screen()
  for (const lines of [
    ['one'],
    ['one', 'two', 'three'],
    ['ONE', 'two'],
    ['x'.repeat(20), 'y'.repeat(45), 'z'],
    ['end'],
  ]) {
    screen.draw(lines)
    const rows = lines.flatMap((line) => line.match(/.{1,20}/g)!)
    assert.is(glass.text, ['above', ...rows].join('\n'))
  }
  screen.clear()
  assert.is(glass.text, 'above')
  glass.write('below\n')
  assert.is(glass.text, 'above\nbelow')
  screen.done()
})

test('unchanged lines are not written again', () => {
  const glass = new Glass(20)
  const screen = glass.screen()
  screen.draw(['one', 'two'])
  const { writes } = glass
  screen.draw(['one', 'two'])
  assert.is(glass.writes, writes)
  glass.rows[0] = 'untouched'
  screen.draw(['one', 'TWO'])
  assert.is(glass.text, 'untouched\nTWO')
  screen.done()
})

test('the cursor is hidden only while a block is drawn', () => {
  const glass = new Glass(20)
  const before = process.listenerCount('exit')
  const screen = glass.screen()
  assert.ok(glass.cursor)
  screen.draw(['one'])
  assert.not.ok(glass.cursor)
  screen.clear()
  assert.ok(glass.cursor)
  screen.draw(['two'])
  screen.done()
  assert.ok(glass.cursor)
  assert.is(process.listenerCount('exit'), before)
})

test('after the terminal became narrower, the reflowed rows of the block are replaced', () => {
  const glass = new Glass(20)
  const screen = glass.screen()
  glass.write('above\n')
  screen.draw(['x'.repeat(15), 'y'])
  // As a terminal reflows it.
  glass.columns = 10
  glass.rows = ['above', 'x'.repeat(10), 'x'.repeat(5), 'y', '']
  glass.row = 4
  screen.draw(['new'])
  assert.is(glass.text, 'above\nnew')
  screen.done()
})

test.run()
