import type { Timeline } from './model.ts'

/** The maximum number of ticks on the time axis, and the possible intervals, in seconds. */
const MAX_TICKS = 8
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400]

/** The position of a time between begin and end, in percent. */
export function share(at: number, { begin, end }: Timeline): number {
  return round(((at - begin) / Math.max(1, end - begin)) * 100)
}

export const round = (value: number) => Math.round(value * 100) / 100

function stepOf({ begin, end }: Timeline): number {
  const seconds = (end - begin) / 1000
  return (STEPS.find((step) => seconds / step <= MAX_TICKS) ?? STEPS.at(-1)!) * 1000
}

/** The interval of the ticks, in percent. */
export function stepShare(timeline: Timeline): number {
  return Math.round((stepOf(timeline) / Math.max(1, timeline.end - timeline.begin)) * 1e6) / 1e4
}

/** The ticks of the axis. */
export function ticks(timeline: Timeline): string {
  const step = stepOf(timeline)
  const marks: string[] = []
  for (let at = timeline.begin; at <= timeline.end; at += step) {
    const left = share(at, timeline)
    // The last label must stay within the page.
    if (left < 97) marks.push(`<span style="left: ${left}%">${shortClock(at - timeline.begin)}</span>`)
  }
  return marks.join('')
}

/** `1:02:03.456` */
export function clock(ms: number): string {
  const [hours, minutes, seconds] = new Date(Math.max(0, ms)).toISOString().slice(11, 23).split(':')
  const whole = Math.floor(ms / 3_600_000)
  return `${whole > 0 ? `${whole}:` : ''}${whole > 0 || hours !== '00' ? minutes : Number(minutes)}:${seconds}`
}

const shortClock = (ms: number) => clock(ms).replace(/\.\d+$/, '')
/** `22:44:03.123`, in UTC */
export const time = (at: number) => new Date(at).toISOString().slice(11, 23)
/** `2026-11-25 22:44:03 UTC` */
export const moment = (at: number) => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
