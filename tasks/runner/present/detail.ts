import { printable } from '../../base/terminal-text.ts'
import type { Reader, Stamped } from '../events.ts'

/** The time of an event, in a log that somebody may read in another time zone. */
export function timeOf({ time }: Stamped): string {
  return `${time.slice(11, 19)}Z`
}

/** Whether an event tells what goes on below the tasks; that never goes where a document is written. */
export function isDetail(event: Stamped): event is Stamped & { event: 'log'; detail: true } {
  return event.event === 'log' && event.detail === true
}

/** Reads the details alone, as lines. */
export function detailsTo(stream: { write(text: string): unknown }): Reader {
  return (event) => {
    if (isDetail(event)) stream.write(`${timeOf(event)} ${printable(event.message)}\n`)
  }
}
