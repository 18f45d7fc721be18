import path from 'node:path'

/** The file with the host keys of a cluster's nodes. */
export function knownHosts(folder: string): string {
  return path.join(folder, 'known_hosts')
}
