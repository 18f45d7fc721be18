export interface ScheduleOptions {
  /** How many nodes may run at a time. */
  concurrency: number
  /** Continue with what does not depend on a failure; otherwise running nodes finish and no new ones start. */
  keepGoing: boolean
  signal: AbortSignal
}

/**
 * Runs `execute` for each node once everything it waits for has succeeded, as many at a time as allowed. `execute` returns
 * whether it succeeded and never throws. Resolves with the nodes that never started. O(nodes + edges), without recursion.
 */
export function schedule<Node>(
  nodes: Node[],
  waitsFor: (node: Node) => Iterable<Node>,
  execute: (node: Node) => Promise<boolean>,
  options: ScheduleOptions,
): Promise<Node[]> {
  const blockers = new Map<Node, number>(nodes.map((node) => [node, 0]))
  const followers = new Map<Node, Node[]>(nodes.map((node) => [node, []]))
  for (const node of nodes) {
    for (const other of waitsFor(node)) {
      if (!followers.has(other)) continue
      followers.get(other)!.push(node)
      blockers.set(node, blockers.get(node)! + 1)
    }
  }
  const ready = nodes.filter((node) => blockers.get(node) === 0)
  const unstarted = new Set(nodes)
  let next = 0
  let running = 0
  let stopped = false

  return new Promise((resolve) => {
    const pump = () => {
      while (!stopped && !options.signal.aborted && running < options.concurrency && next < ready.length) {
        const node = ready[next++]!
        unstarted.delete(node)
        running++
        void execute(node).then((succeeded) => {
          running--
          if (succeeded) release(node)
          else if (!options.keepGoing) stopped = true
          pump()
        })
      }
      if (running === 0) resolve([...unstarted])
    }
    const release = (node: Node) => {
      for (const follower of followers.get(node)!) {
        const left = blockers.get(follower)! - 1
        blockers.set(follower, left)
        if (left === 0) ready.push(follower)
      }
    }
    pump()
  })
}
