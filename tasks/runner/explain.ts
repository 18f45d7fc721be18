import type { FailureFacts } from './events.ts'
import { closure } from './graph.ts'
import { factsOf } from './outcome.ts'
import { type Judgement, judge, marks } from './pipeline.ts'
import { layOut } from './present/lay-out.ts'
import type { AnyTask, Difference, Tools } from './task.ts'
import type { CommandTools } from './taskfile.ts'

/** Why a task would run, or why not. */
export interface Explanation {
  task: string
  /** Whether it would run now; null if unknown or refused. */
  runs: boolean | null
  state: Judgement['state']
  why: string
  /** Values that differ from what is wanted. */
  differences: Difference[]
  /** What running it would do. */
  preview: string | null
  failure: FailureFacts | null
  /** Its direct and indirect dependencies, in dependency order. */
  needs: { name: string; state: Judgement['state']; why: string }[]
}

/** Checks a task and its dependencies; changes nothing. */
export async function explain(task: AnyTask, { pipeline }: Tools & CommandTools): Promise<Explanation> {
  const tasks = closure([task])
  const findings = await pipeline.inspect(tasks)
  const { failure, state, why } = judge(task, findings)
  const finding = findings.get(task)!
  const preview = state === 'todo' && finding.state === 'todo' ? await finding.preview?.() : undefined
  await preview?.discard()
  const needs = tasks
    .filter((one) => one !== task)
    .map((one) => ({ name: one.name, ...judge(one, findings) }))
  return {
    task: task.name,
    runs: state === 'done' ? false : state === 'todo' ? true : null,
    state,
    why,
    differences: finding.state === 'todo' ? (finding.differences ?? []) : [],
    preview: preview?.text ?? null,
    failure: failure ? factsOf(failure) : null,
    needs: needs.map(({ name, state: needState, why: needWhy }) => ({
      name,
      state: needState,
      why: needWhy,
    })),
  }
}

const verdicts = {
  done: 'would not run',
  todo: 'would run',
  refused: 'is refused',
  unknown: 'may or may not run',
}

/** The explanation as text. */
export async function explanationText(
  { differences, failure, needs, preview, state, task, why }: Explanation,
  stdout: NodeJS.WriteStream,
  complete: (text: string) => string,
): Promise<string> {
  const open = needs.filter((need) => need.state === 'todo').map(({ name }) => name)
  const after = state === 'todo' && open.length > 0 ? `, after ${open.join(', ')}` : ''
  // Dependencies that run first may change what its check finds.
  const again =
    state === 'done' && open.length > 0 ? `; it will be checked again after ${open.join(', ')}` : ''
  const lines = [`${task} ${verdicts[state]}${after}: ${why}${again}`]
  const width = Math.max(0, ...differences.map(({ what }) => what.length))
  // A single difference is already in `why`.
  if (differences.length > 1)
    lines.push(
      ...differences.map(({ from, to, what }) => `  ${what.padEnd(width)}  ${from || '""'} → ${to || '""'}`),
    )
  if (preview) lines.push(preview)
  if (failure?.cause) lines.push(`  why:  ${failure.cause}`)
  if (failure?.next) lines.push(`  next: ${complete(failure.next)}`)
  if (needs.length > 0) lines.push('', 'Dependencies')
  const column = Math.max(0, ...needs.map(({ name }) => name.length))
  const needLines = await Promise.all(
    needs.map((need) =>
      layOut(`${marks[need.state]} ${need.name.padEnd(column)}  ${need.why}`, stdout, column + 4),
    ),
  )
  return `${[await layOut(lines.join('\n'), stdout), ...needLines].join('\n')}\n`
}
