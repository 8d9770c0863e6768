// `npm run profile`: one room under full load, and where the server's time went. Writes V8's own profiles, one for each
// thread, which Chrome's DevTools (Performance → Load profile) and speedscope open, and prints the functions that took most.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { FanOutLoad } from './load/fan-out-load.ts'
import { PEERS } from './peers.ts'

const HELP = `npm run profile -- [options]

  --subscribers <n>  how many listen (1000)
  --window <n>       messages under way at a time (20)
  --seconds <n>      how long (5)
  --out <folder>     where the profiles go (data/profiles)
  --help             shows this
`
const SHOWN = 15

const { values } = parseArgs({
  options: {
    subscribers: { type: 'string', default: '1000' },
    window: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '5' },
    out: { type: 'string', default: 'data/profiles' },
    help: { type: 'boolean', default: false },
  },
})

/** @throws Error unless it is a whole number from 1 */
function count(name: 'subscribers' | 'window' | 'seconds'): number {
  const value = Number(values[name])
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number from 1\n\n${HELP}`)
  return value
}

interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

/** Milliseconds of each function itself, without what it called, the longest first. */
function selfTimes({ nodes, samples, timeDeltas }: Profile): [string, number][] {
  const nameById = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const file = url.replace(/^file:\/\//, '').replace(`${process.cwd()}/`, '')
      return [id, `${functionName || '(anonymous)'}${file === '' ? '' : `  ${file}:${lineNumber + 1}`}`]
    }),
  )
  const msByName = new Map<string, number>()
  for (const [index, id] of samples.entries()) {
    const name = nameById.get(id) ?? '?'
    msByName.set(name, (msByName.get(name) ?? 0) + (timeDeltas[index] ?? 0) / 1000)
  }
  return [...msByName].filter(([name]) => name !== '(idle)').sort(([, one], [, other]) => other - one)
}

if (values.help) {
  process.stdout.write(HELP)
} else {
  const [subscribers, window, seconds] = [count('subscribers'), count('window'), count('seconds')]
  const folder = join(resolve(values.out), new Date().toISOString().replaceAll(':', '-'))
  mkdirSync(folder, { recursive: true })
  const server = await PEERS.recado.start(['--cpu-prof', `--cpu-prof-dir=${folder}`])
  try {
    const load = await FanOutLoad.open(server, await PEERS.recado.connect(server.port), subscribers)
    const figures = await load.saturate(window, { warmUpMs: 1_000, measureMs: seconds * 1_000 })
    load.close()
    console.log(
      `${Math.round(figures.deliveriesPerSecond).toLocaleString('en')} deliveries/s, ` +
        `${figures.cpuPerDelivery.toFixed(2)} µs of processor time each (the profiler costs something itself)`,
    )
  } finally {
    await server.stop()
  }
  for (const file of readdirSync(folder).toSorted()) {
    const times = selfTimes(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile)
    console.log(`\n${join(folder, file)}`)
    for (const [name, ms] of times.slice(0, SHOWN)) console.log(`${ms.toFixed(0).padStart(7)} ms  ${name}`)
  }
}
