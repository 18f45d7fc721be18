import { type Answers, aboutKey, defaultAnswer, judgeAnswer } from '../../config/answers.ts'
import { Failure } from '../base/failure.ts'
import { nearest } from '../base/suggest.ts'
import { laidOut } from '../runner/present/layout.ts'
import type { Opening } from '../runner/taskfile.ts'

type Use = Opening & Opening['tools'] & { stderr: NodeJS.WriteStream }

/** The keys that `init` asks for; the keys of one question are answered in one line. */
export const questions = [
  ['cloud'],
  ['region'],
  ['cluster.name'],
  ['agents.private', 'agents.public', 'cluster.masters'],
  ['access.publicKey'],
]

/** Stands for a closed input: no terminal can send it as an answer. */
const CLOSED = '\u0004'

/** Asks for each key that is not set yet until the answer is valid, and stores it in `answers`. */
export async function interview(use: Use, answers: Answers): Promise<void> {
  for (const question of questions) {
    const keys = question.filter((key) => !answers.has(key))
    if (keys.length > 0) await put(use, keys, answers)
  }
}

/** Stores the defaults of the keys that are not set. */
export async function takeDefaults(use: Opening, answers: Answers): Promise<void> {
  for (const key of questions.flat()) {
    if (!answers.has(key))
      answers.set(key, await defaultAnswer(key, use.environment, answers.get('aws.profile')))
  }
}

/** The answer to a question; the default for Enter alone. Throws if the input is closed. */
export async function askFor(use: Use, prompt: string, fallback: string): Promise<string> {
  const answer = await use.ask(`${prompt} [${fallback}]: `, CLOSED)
  if (answer === undefined || answer === CLOSED)
    throw new Failure('INTERRUPTED', {
      message: 'the input was closed: nothing was written',
      next: 'npx task init asks again',
    })
  return answer.trim() || fallback
}

async function put(use: Use, keys: string[], answers: Answers): Promise<void> {
  const defaults: string[] = []
  for (const key of keys)
    defaults.push(String(await defaultAnswer(key, use.environment, answers.get('aws.profile'))))
  say(use, '')
  for (const key of keys) {
    const { allowed, description } = aboutKey(key)
    say(use, `${key}: ${description} (${allowed})`)
  }
  let doubted = ''
  for (;;) {
    const typed = await askFor(use, keys.join(', '), defaults.join(' '))
    const words = keys.length === 1 ? [typed] : typed.split(/[\s,]+/)
    if (words.length > keys.length) {
      say(use, `  at most ${keys.length} values, separated by spaces, not ${words.length}`)
      continue
    }
    const judged = keys.map((key, index) => judgeAnswer(key, words[index] ?? defaults[index]!, use))
    const faults = judged.flatMap((one) => ('fault' in one ? [one.fault] : []))
    for (const fault of faults) say(use, fault.replace(/^/gm, '  '))
    if (faults.length > 0) continue
    const doubt = typed === doubted ? undefined : doubtful(keys[0]!, typed)
    if (doubt) {
      say(use, `  ${typed} is not among those known here, did you mean ${doubt}? Enter it again to keep it`)
      doubted = typed
      continue
    }
    for (const [index, one] of judged.entries()) if ('value' in one) answers.set(keys[index]!, one.value)
    return
  }
}

/** What was probably meant by a valid word that is not among the known ones. */
function doubtful(key: string, word: string): string | undefined {
  const { examples } = aboutKey(key)
  return examples.includes(word) ? undefined : nearest(word, examples)[0]
}

function say({ stderr }: Use, text: string): void {
  stderr.write(`${laidOut(text, stderr)}\n`)
}
