// A disk that takes nothing more, may not be written, or says that it could not sync.
import { codeOf, trySend } from '../../setup/request.ts'
import { until } from '../../setup/until.ts'
import { type Alone, inAlone } from '../alone.ts'
import { pause } from '../devices.ts'
import { fingerprintOf } from '../files.ts'
import { startRefused } from '../programs.ts'
import { makeSmallDisk } from '../small-disk.ts'
import { canTrace, trace } from '../trace.ts'
import { impossible, type Outcome, type Row, type RowOptions, times } from './row.ts'

const ROUNDS = 3
/** By then a disk that is out of order must have been noticed. */
const NOTICED_MS = 20_000
const ALSO = '`STORAGE_UNAVAILABLE`, never acknowledged; reads go on; recovers'
let probes = 0

interface Disorder {
  /**
   * A commit may find room all the same: the write-ahead log begins anew in the space that it has. What is acknowledged
   * then lasts as any, which the oracle judges.
   */
  readonly mayFit?: boolean
}

/** While the disk is out of order: new sends are refused, and pages are answered. */
async function mustRefuse(alone: Alone, ms: number, { mayFit = false }: Disorder): Promise<void> {
  const { ledger, server, people } = alone
  const began = performance.now()
  const from = people[0]
  if (!from) throw new Error('there is nobody')
  let refused = 0
  do {
    const nonce = `while the disk is out of order ${probes++}`
    const text = `${nonce} ${'x'.repeat(2_000)}`
    ledger.sending({ nonce, from: from.username, to: null, text })
    const result = await trySend(server.graphql, from.token, { text, plain: true, nonce })
    const code = codeOf(result)
    if (code === null) ledger.acknowledged(nonce, result.data.sendMessage)
    if (code === 'STORAGE_UNAVAILABLE') refused++
    else if (code === null && mayFit) alone.figures.fitted = (alone.figures.fitted ?? 0) + 1
    // Before the first refusal it may not have been broken yet.
    else if (code === null && refused > 0) alone.wrong('a send was acknowledged while the disk was out of order')
    else if (code !== null) alone.wrong(`a send was refused with ${code} while the disk was out of order`)
    const page = await alone.page().catch(error => error as Error)
    if (page instanceof Error) alone.wrong(`a page was refused while the disk was out of order: ${page}`)
    else if (page.length === 0) alone.wrong('a page was empty while the disk was out of order')
    await pause(20)
    if (refused === 0 && performance.now() - began > NOTICED_MS) return alone.wrong('no send was refused')
  } while (refused === 0 || performance.now() - began < ms)
  alone.figures.refused = (alone.figures.refused ?? 0) + refused
}

/** Under load: out of order for a while, then in order again, some times. */
async function inTurns(
  alone: Alone,
  scale: number,
  breakIt: () => Promise<() => Promise<void>>,
  disorder: Disorder = {},
): Promise<void> {
  const { random } = alone
  alone.load({ lanes: 4 })
  for (let round = times(scale, ROUNDS); round > 0; round--) {
    await pause(100 + random() * 400)
    const mend = await breakIt()
    await mustRefuse(alone, 200 + random() * 800, disorder)
    for (const device of alone.stock) if (random() < 0.3) device.hop(0)
    await mend()
    const mended = performance.now()
    await alone.reachEverybody()
    alone.atLeast('slowestRecoveryMs', performance.now() - mended)
    alone.say(`${round - 1} rounds to go`)
  }
}

export const diskFull: Row = {
  name: 'disk-full',
  fault: 'the disk is full',
  also: '`STORAGE_UNAVAILABLE` for what does not fit; what is acknowledged lasts; reads go on; recovers',
  async run(options) {
    const disk = makeSmallDisk(options.seed % 2 === 0 ? 'tmpfs' : 'ext4')
    if (disk === null) return impossible('neither may a file system be mounted, nor is there prlimit')
    try {
      return await inAlone({ ...options, dataDir: disk.path }, async alone => {
        alone.figures[`on ${disk.kind}`] = 1
        const fill = async () => {
          await disk.fill(alone.server.pid)
          return () => disk.free(alone.server.pid)
        }
        await inTurns(alone, options.scale, fill, { mayFit: true })
      })
    } finally {
      disk.dispose()
    }
  },
}

function failing(name: string, fault: string, calls: string, error: string, run: Run = inAlone): Row {
  return {
    name,
    fault,
    also: ALSO,
    async run(options) {
      if (!canTrace()) return impossible('strace is not here, or may not look at other processes')
      return run(options, alone =>
        inTurns(alone, options.scale, async () => {
          const inject = ['-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}`]
          return (await trace(alone.server.pid, inject)).end
        }),
      )
    },
  }
}

type Run = (options: RowOptions, play: (alone: Alone) => Promise<void>) => Promise<Outcome>

export const fsyncFails = failing('fsync-fails', 'fsync fails', 'fsync,fdatasync', 'EIO')

/** First while it runs, by calls that fail as on a file system which became read-only; then a start on a real one. */
export const readOnly = failing('read-only', 'the disk is read-only', 'pwrite64', 'EROFS', async (options, play) => {
  const disk = makeSmallDisk(options.seed % 2 === 0 ? 'ext4' : 'tmpfs')
  if (disk?.remount == null) {
    disk?.dispose()
    return impossible('no file system may be mounted')
  }
  const { remount } = disk
  try {
    return await inAlone({ ...options, dataDir: disk.path }, async alone => {
      await play(alone)
      await alone.stop('SIGKILL')
      remount('ro')
      const before = await fingerprintOf(disk.path)
      const { status, output } = await startRefused(disk.path)
      if (status === 0 || status === null) alone.wrong(`a start on a read-only disk ends with ${status}`)
      if (!output.includes(disk.path)) alone.wrong(`does not say what is wrong: ${output}`)
      if ((await fingerprintOf(disk.path)) !== before) alone.wrong('a start on a read-only disk changed files')
      remount('rw')
      await alone.start()
      await until('it takes messages again', () => alone.page())
    })
  } finally {
    disk.dispose()
  }
})
