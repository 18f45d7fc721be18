import path from 'node:path'

/** Where the host keys of a cluster's nodes are kept. */
export function knownHosts(folder: string): string {
  return path.join(folder, 'known_hosts')
}
