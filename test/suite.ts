import { appendFileSync } from 'node:fs'
import * as uvu from 'uvu'

// The tests import `suite` from uvu; test/run.js puts this in its place, to choose what runs and to time it.

/** `quick`: what needs nothing but npm and little time. `more`: the rest. `all`: both. */
const chosen = process.env.TEST_SET || 'all'
const log = process.env.TEST_LOG

type Register = uvu.Test['skip']

/** A suite of uvu; `more` registers a test that `npm test` leaves to `npm run test:all`. */
export interface Suite extends uvu.Test {
  more: Register & { skip: Register }
}

export function suite(name?: string): Suite {
  const test = uvu.suite(name)
  let registered = 0
  const add = (wanted: boolean, register: Register) => (title: string, body: uvu.Callback) => {
    if (!wanted) return
    registered++
    register(title, timed(title, body))
  }
  const run = test.run
  const plain = Object.assign(add(chosen !== 'more', test), {
    ...test,
    // Nothing is set up for a suite of which no test was chosen.
    run: () => {
      if (registered > 0) run()
    },
  })
  const wanted = chosen !== 'quick'
  const leave: Register = (title) => write(`left ${title}`)
  const more = Object.assign(wanted ? add(true, test) : leave, {
    skip: wanted ? add(true, test.skip) : leave,
  })
  return Object.assign(plain, { more }) as unknown as Suite
}

/** Writes down how long the test took, in milliseconds, for the list of the slowest. */
function timed(title: string, body: uvu.Callback): uvu.Callback {
  return async (context) => {
    const started = performance.now()
    try {
      await body(context)
    } finally {
      write(`${Math.round(performance.now() - started)} ${title}`)
    }
  }
}

function write(line: string): void {
  if (log) appendFileSync(log, `${line}\n`)
}
