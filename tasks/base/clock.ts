/**
 * The clock a task runs on. Steps never call `Date.now()`: in a rehearsal this clock runs faster than real time, so that
 * poll intervals, deadlines and heartbeats run unmodified.
 */
export interface Clock {
  /** Milliseconds on this clock. Only differences mean anything. */
  now(): number
  /** Waits `ms` on this clock; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Milliseconds on this clock between two timestamps of a service (`to` defaults to now). */
  between(from: Date, to?: Date): number
  /** Converts milliseconds on this clock to real ones: users are shown real time. */
  real(ms: number): number
}

/** A clock that runs `speed` times as fast as real time. */
export function clockAt(speed: number): Clock {
  return {
    now: () => performance.now() * speed,
    between: (from, to = new Date()) => (to.getTime() - from.getTime()) * speed,
    real: (ms) => ms / speed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const stop = () => {
          clearTimeout(timer)
          reject(signal?.reason)
        }
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', stop)
          resolve()
        }, ms / speed)
        signal?.addEventListener('abort', stop, { once: true })
      }),
  }
}

/** Real time. */
export const realClock = clockAt(1)
