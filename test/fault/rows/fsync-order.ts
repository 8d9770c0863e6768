// From outside, by the system calls: a message leaves the server, to its sender or to anybody, only after the write-ahead
// log that has it was synced. kill -9 can't show that: what was written and not synced outlives a process, not a power cut.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { trySend } from '../../setup/request.ts'
import { type Alone, inAlone } from '../alone.ts'
import { pause } from '../devices.ts'
import { canTrace, trace } from '../trace.ts'
import { impossible, type Row, times } from './row.ts'

const SENDS = 400
const LANES = 4
const MARK = /mark-\d{6}-/g
const CALLS = 'pwrite64,pwritev,write,writev,sendto,sendmsg,fsync,fdatasync'

export const fsyncOrder: Row = {
  name: 'fsync-order',
  fault: 'none: the order of the system calls is read by strace',
  also: 'each acknowledgement, and each delivery, follows the fsync of the log that has it',
  async run(options) {
    if (!canTrace()) return impossible('strace is not here, or may not look at other processes')
    return inAlone(options, async alone => {
      const folder = await mkdtemp(join(tmpdir(), 'recado-trace-'))
      try {
        const file = join(folder, 'calls')
        const following = await trace(alone.server.pid, ['-y', '-s', '70000', '-o', file, '-e', `trace=${CALLS}`])
        await sendMarked(alone, times(options.scale, SENDS, 40))
        await following.end()
        const { violations, acknowledged, delivered, syncs } = readCalls(await readFile(file, 'latin1'))
        for (const detail of violations) alone.ledger.violate('A', 'the system calls', detail)
        Object.assign(alone.figures, {
          acknowledgementsSeen: acknowledged,
          deliveriesSeen: delivered,
          syncsSeen: syncs,
        })
        // Else nothing was seen, and so nothing judged.
        if (acknowledged < 20) alone.wrong(`only ${acknowledged} acknowledgements were seen in the trace`)
        if (delivered < acknowledged) alone.wrong(`only ${delivered} deliveries were seen in the trace`)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })
  },
}

let marks = 0

async function sendMarked({ server, people, ledger, random }: Alone, count: number): Promise<void> {
  let left = count
  async function lane(n: number): Promise<void> {
    const from = people[n % people.length]
    while (from && left-- > 0) {
      const text = `mark-${String(marks++).padStart(6, '0')}-`
      ledger.sending({ nonce: text, from: from.username, to: null, text })
      const answer = await trySend(server.graphql, from.token, { text, plain: true, nonce: text })
      if (answer.data?.sendMessage) ledger.acknowledged(text, answer.data.sendMessage)
      await pause(random() * 5)
    }
  }
  await Promise.all(Array.from({ length: LANES }, (_, n) => lane(n)))
}

interface Calls {
  readonly violations: readonly string[]
  readonly acknowledged: number
  readonly delivered: number
  /** Of the write-ahead log of recado.db. */
  readonly syncs: number
}

/** @param text what strace wrote: one call a line, or two where another thread came between */
export function readCalls(text: string): Calls {
  const violations: string[] = []
  /** Written to the log, and not synced since. */
  let unsynced = new Set<string>()
  /** What a sync that is under way, by thread, makes last. */
  const syncing = new Map<string, Set<string>>()
  const durable = new Set<string>()
  let [acknowledged, delivered, syncs] = [0, 0, 0]

  for (const line of text.split('\n')) {
    const [, thread = '', rest = ''] = /^(?:\[pid\s+)?(\d+)\]?\s+(.*)$/s.exec(line) ?? []
    const resumed = /^<\.\.\. (\w+) resumed>/.exec(rest)?.[1]
    if (resumed) {
      if (/^f(data)?sync$/.test(resumed)) synced(thread, rest)
      continue
    }
    const [, call = '', path = ''] = /^(\w+)\(\d+<([^>]*)>/.exec(rest) ?? []
    if (/^f(data)?sync$/.test(call)) {
      if (!path.endsWith('recado.db-wal')) continue
      syncing.set(thread, unsynced)
      unsynced = new Set()
      if (!rest.includes('<unfinished')) synced(thread, rest)
    } else if (path.endsWith('recado.db-wal')) {
      for (const mark of rest.match(MARK) ?? []) if (!durable.has(mark)) unsynced.add(mark)
    } else if (/^(socket|TCP)/.test(path)) {
      const isAnswer = rest.includes('sendMessage')
      for (const mark of new Set(rest.match(MARK) ?? [])) {
        if (isAnswer) acknowledged++
        else delivered++
        if (!durable.has(mark)) violations.push(`${mark} ${isAnswer ? 'acknowledged' : 'delivered'} before its fsync`)
      }
    }
  }

  function synced(thread: string, rest: string): void {
    const marks = syncing.get(thread)
    syncing.delete(thread)
    if (!marks) return
    syncs++
    if (/= 0\b/.test(rest)) for (const mark of marks) durable.add(mark)
    else for (const mark of marks) unsynced.add(mark)
  }

  return { violations: violations.slice(0, 20), acknowledged, delivered, syncs }
}
