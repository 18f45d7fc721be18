import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { access } from './conformance/access.ts'
import { Cloud, type Row } from './conformance/cloud.ts'
import { creation } from './conformance/creation.ts'
import { deletion } from './conformance/deletion.ts'
import { events } from './conformance/events.ts'
import { keyPairs } from './conformance/key-pairs.ts'
import { updates } from './conformance/updates.ts'

const conformance = suite('rehearsal: as AWS documents it')

const parts: Record<string, Row[]> = {
  'key pairs': keyPairs,
  creation,
  events,
  'updates and rollbacks': updates,
  deletion,
  'access and faults': access,
}

/** How many questions are asked in parallel. */
const AT_ONCE = 8

conformance('the rehearsal answers as AWS does, with its texts', async () => {
  const cloud = new Cloud()
  await cloud.open()
  const rows = Object.entries(parts).flatMap(([part, own]) => own.map((row) => ({ part, ...row })))
  const answers = new Map<string, { agrees: boolean; line: string }>()
  const queue = [...rows]
  const worker = async () => {
    for (let row = queue.shift(); row; row = queue.shift()) {
      const { part, question, source, documented, ask } = row
      const answer = await ask(cloud).then(String, (caught: Error) => `${caught.name}: ${caught.message}`)
      const agrees = typeof documented === 'string' ? answer === documented : documented.test(answer)
      const told = agrees ? shorten(answer) : `${answer}\n      documented: ${documented} (${source})`
      answers.set(question, { agrees, line: `  ${agrees ? '✓' : '✗'} ${part}: ${question} — ${told}` })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  await cloud.close()
  const lines = rows.map(({ question }) => answers.get(question)!)
  const agreeing = lines.filter(({ agrees }) => agrees).length
  process.stdout.write(
    `\n${lines.map(({ line }) => line).join('\n')}\n  ${agreeing} of ${rows.length} agree\n`,
  )
  assert.is(answers.size, rows.length, 'each question is asked once')
  assert.equal(
    lines.filter(({ agrees }) => !agrees).map(({ line }) => line),
    [],
  )
})

function shorten(answer: string): string {
  const line = answer.replace(/\s+/g, ' ')
  return line.length > 120 ? `${line.slice(0, 119)}…` : line
}

conformance.run()
