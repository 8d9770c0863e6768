// The clock on the wall is set back an hour while messages pass, and forth again; and the server is started while it is.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { data, send } from '../../setup/request.ts'
import { until } from '../../setup/until.ts'
import { type Alone, inAlone } from '../alone.ts'
import { pause } from '../devices.ts'
import { placeOf } from '../nodes.ts'
import { inWorld } from '../scenarios/scenario.ts'
import { type Row, times } from './row.ts'

const HOUR_MS = 3_600_000
const ALSO = 'order unchanged'
const CLOCK = new URL('../clock.ts', import.meta.url).href
let texts = 0

export const clock: Row = {
  name: 'clock',
  fault: 'the clock is set back an hour, and forth again, under load and at a restart',
  also: ALSO,
  async run(options) {
    const folder = await mkdtemp(join(tmpdir(), 'recado-clock-'))
    const file = join(folder, 'offset')
    await writeFile(file, '0')
    try {
      return await inAlone({ ...options, env: setBy(file) }, async alone => {
        const { random } = alone
        alone.load({ lanes: 6 })
        for (let round = times(options.scale, 3); round > 0; round--) {
          await pause(200 + random() * 500)
          await set(alone, alone.server.graphql, file, -HOUR_MS)
          await pause(200 + random() * 500)
          for (const device of alone.stock) if (random() < 0.5) device.hop(0)
          await alone.reachEverybody()
          await alone.stop('SIGKILL')
          await alone.start()
          await alone.reachEverybody()
          await set(alone, alone.server.graphql, file, 0)
          await alone.reachEverybody()
        }
      })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

export const clockNodes: Row = {
  name: 'clock-nodes',
  fault: 'the clock of one of two nodes is an hour behind, then that of the other',
  also: ALSO,
  async run(options) {
    const folder = await mkdtemp(join(tmpdir(), 'recado-clock-'))
    const files = [join(folder, '0'), join(folder, '1')]
    for (const file of files) await writeFile(file, '0')
    try {
      return await inWorld(
        {
          ...options,
          ...{ scenario: 'clock-nodes', nodes: 2, people: 4, devices: 2, libraries: 1 },
          envOf: at => setBy(files[at] ?? ''),
        },
        async world => {
          world.load({ lanes: 6 })
          for (let round = times(options.scale, 4, 2); round > 0; round--) {
            for (const [at, file] of files.entries()) {
              const offset = (at === 0) === (round % 2 === 0) ? -HOUR_MS : 0
              await set(world, placeOf(world.places, at).graphql, file, offset)
            }
            await pause(300 + world.random() * 500)
            await world.reachEverybody()
          }
        },
      )
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

/** The environment of a server whose clock is as the file says. */
function setBy(file: string): Record<string, string> {
  return { RECADO_TEST_CLOCK: file, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${CLOCK}`.trim() }
}

/** Sets it, and resolves once a message says that it is. */
async function set(
  { people, ledger, figures }: Pick<Alone, 'people' | 'ledger' | 'figures'>,
  graphql: string,
  file: string,
  offset: number,
): Promise<void> {
  await writeFile(file, `${offset}`)
  const [from] = people
  if (!from) throw new Error('there is nobody')
  await until('the clock is another', async () => {
    const text = `what time is it ${texts++}`
    ledger.sending({ nonce: text, from: from.username, to: null, text })
    ledger.acknowledged(text, await send(graphql, from.token, { text, plain: true, nonce: text }))
    const query = 'query ($limit: Int!) { messages(scope: PUBLIC, limit: $limit) { nodes { text sentAt } } }'
    const { messages } = await data(graphql, query, { token: from.token, variables: { limit: 100 } })
    const said = messages.nodes.find((message: { text: string }) => message.text === text)
    return said && Math.abs(Date.parse(said.sentAt) - Date.now() - offset) < 60_000
  })
  figures.settings = (figures.settings ?? 0) + 1
}
