// Ctrl-C and `kill` for commands that run until they are told to stop.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Resolves at the first one. From then on a second one ends the process at once, as if nobody listened. */
export function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    const heard = (signal: NodeJS.Signals) => {
      for (const name of SIGNALS) process.off(name, heard)
      resolve(signal)
    }
    for (const name of SIGNALS) process.on(name, heard)
  })
}
