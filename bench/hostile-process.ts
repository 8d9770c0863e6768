// Hostile clients in a process of their own, so that they slow nobody down but the server: it has the lowest priority,
// and tells over IPC when it is ready, and what was answered.
import { setPriority } from 'node:os'
import { cursorNow, enter, graphql } from './load/graphql-socket.ts'
import { type Attack, type Hostile, openHostile } from './load/hostile.ts'
import { openMany } from './load/open-many.ts'

export interface HostilePlan {
  readonly port: number
  /** Whose turn it is, one socket after the other. */
  readonly attacks: readonly Attack[]
  readonly sockets: number
  readonly addresses: number
  readonly window: number
  readonly prefix: string
}

/** What an account may have open. */
const SOCKETS_PER_ACCOUNT = 40

setPriority(19)
const plan = JSON.parse(process.env.HOSTILE_PLAN ?? '') as HostilePlan
const { port, attacks, sockets, addresses, window, prefix } = plan
const tokens: string[] = []
for (let i = 0; i < Math.ceil(sockets / SOCKETS_PER_ACCOUNT); i++) tokens.push(await enter(port, `${prefix}${i}`))
const { users } = await graphql<{ users: { nodes: { username: string }[] } }>(
  port,
  '{ users(limit: 100) { nodes { username } } }',
  {},
  tokens[0],
)
const origin = await cursorNow(port, tokens[0] ?? '')
const usernames = users.nodes.map(({ username }) => username)
const hostiles: Hostile[] = await openMany(sockets, index => {
  const attack = attacks[index % attacks.length] as Attack
  return openHostile(attack, {
    port,
    token: tokens[index % tokens.length] as string,
    address: `198.51.100.${1 + (index % addresses)}`,
    names: attack === 'replays' ? [origin] : usernames,
    window,
  })
})

process.on('message', message => {
  if (message === 'start') for (const each of hostiles) each.start()
  if (message === 'stop') {
    for (const each of hostiles) each.stop()
    const answers: Partial<Record<Attack, number>> = {}
    for (const { attack, answers: count } of hostiles) answers[attack] = (answers[attack] ?? 0) + count
    process.send?.({ answers })
  }
})
process.once('disconnect', () => process.exit(0))
process.send?.({ ready: true })
