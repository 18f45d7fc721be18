import { printable } from '../../base/terminal-text.ts'
import type { Reader, Stamped } from '../events.ts'

/** The time of an event, in UTC, because a log may be read in another time zone. */
export function timeOf({ time }: Stamped): string {
  return `${time.slice(11, 19)}Z`
}

/** Whether an event is a detail below the level of tasks; details are never mixed into a document. */
export function isDetail(event: Stamped): event is Stamped & { event: 'log'; detail: true } {
  return event.event === 'log' && event.detail === true
}

/** Writes only the details, as lines. */
export function detailsTo(stream: { write(text: string): unknown }): Reader {
  return (event) => {
    if (isDetail(event)) stream.write(`${timeOf(event)} ${printable(event.message)}\n`)
  }
}
