import { once } from 'node:events'
import type { Project } from '../acceptance/project.ts'

/** Serves a project's rehearsed AWS on a loopback port with its own command, as for any other client. */
export async function startRehearsal(
  project: Project,
  ...words: string[]
): Promise<{ url: string; stop(): Promise<void> }> {
  const child = project.start(['rehearsal', ...(words.length > 0 ? words : ['rehearsal.speed=500'])])
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout!.on('data', (chunk) => {
      said += chunk
      const found = /^AWS endpoint (\S+)$/m.exec(said)?.[1]
      if (found) resolve(found)
    })
    child.stderr!.on('data', (chunk) => {
      said += chunk
    })
    child.on('exit', () => reject(new Error(`the rehearsal does not answer:\n${said}`)))
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const stop = async () => {
    process.off('exit', kill)
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
  return { url, stop }
}
