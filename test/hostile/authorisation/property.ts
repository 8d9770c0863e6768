// The property: whatever random accounts do, by whichever session, everything that each of them is ever told is what the
// model says, and nothing that any of them ever received has in it a private thing of others.
import fc from 'fast-check'
import { createCursorCodec } from '../../../server/domain/cursor.ts'
import { data } from '../../setup/request.ts'
import { until } from '../../setup/until.ts'
import type { Target } from '../target.ts'
import { createModel, type Model } from './model.ts'
import { enterPerson, type Person } from './person.ts'
import { Leak, runStep, STEP_KINDS, type Step, type World } from './steps.ts'

/** At most three may leave one out of what two others write. */
const PEOPLE = 4

const WEIGHTS: Partial<Record<Step['kind'], number>> = { sendPrivate: 5, sendPublic: 2, reply: 3, edit: 3, page: 4 }

const number = fc.nat({ max: 9_999 })
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(...STEP_KINDS.map(kind => ({ arbitrary: fc.constant(kind), weight: WEIGHTS[kind] ?? 2 }))),
  who: number,
  whom: number,
  which: number,
  via: number,
  option: number,
})

export interface AuthorisationOptions {
  readonly runs: number
  readonly steps: number
  /** Default: another one each time. A failure says which, and the path to it. */
  readonly seed?: number
  /** Whether the smallest failing list is looked for. Default true. */
  readonly shrink?: boolean
}

/** Rejects with the smallest list of steps that was found to break the property, its seed and its path. */
export async function checkAuthorisation(
  target: Target,
  { runs, steps, seed, shrink = true }: AuthorisationOptions,
): Promise<void> {
  const { server } = await data(target.graphql, '{ server { epoch } }')
  // One log for all runs, as it is one server.
  const model = createModel()
  const codec = createCursorCodec(server.epoch)
  let words = 0
  const word = (): string => `zq${(++words).toString(36)}x${Math.random().toString(36).slice(2, 10)}`

  const property = fc.asyncProperty(
    fc.array(step, { minLength: steps / 2, maxLength: steps, size: 'max' }),
    async list => {
      const people: Person[] = []
      // What was sent before they entered is not unread: by the clock, in milliseconds.
      const last = model.entries.at(-1)
      const sentAt = last ? codec.decode(last.cursor) / 1000 : 0
      await until('the clock to have moved on', () => Date.now() > sentAt + 2)
      const secrets: World['secrets'] = []
      const come = async (username: string): Promise<Person> => {
        const person = await enterPerson(target, username)
        model.enter(person.id)
        secrets.push({ text: person.token, mayKnow: new Set([person.id]) })
        return person
      }
      for (let i = 0; i < PEOPLE; i++) people.push(await come(`p${word()}`))
      const world: World = { people, model, epoch: server.epoch, secrets, told: [], sends: [], word, enter: come }
      const starts = new Map(people.map(({ id }) => [id, model.entries.length]))
      try {
        for (const each of list) await runStep(world, each)
        await judge(world, starts)
      } finally {
        for (const person of people) person.close()
      }
    },
  )
  await fc.assert(property, { numRuns: runs, ...(seed === undefined ? {} : { seed }), endOnFailure: !shrink })
}

/** What came by itself, once it must have come. */
async function judge(world: World, starts: ReadonlyMap<string, number>): Promise<void> {
  const { model, people } = world
  for (const person of people) {
    const expected = model.entries.slice(starts.get(person.id)).filter(seenBy(model, person.id))
    const cursors = expected.map(({ cursor }) => cursor)
    await until(`${person.username}'s feed`, () => person.events.length >= cursors.length)
    same(
      `${person.username}'s feed`,
      person.events.map(({ cursor }) => cursor),
      cursors,
    )
    const added = expected.filter(({ kind }) => kind === 'MessageAdded').map(({ message }) => message.id)
    await until(`${person.username}'s stream`, () => person.streamed.length >= added.length)
    same(`${person.username}'s stream`, person.streamed, added)
    for (const typist of person.typing) {
      if (!typist.private) continue
      const isMeant = world.told.some(({ from, to }) => from === typist.from && to === person.id)
      if (!isMeant) throw new Leak(`${person.username} was told that ${typist.from} writes to somebody`)
    }
    for (const { cursor } of person.positions) {
      if (!model.knows(person.id, cursor)) throw new Leak(`${person.username} was shown a read position of others`)
    }
    const others = people.filter(({ id }) => id !== person.id)
    const foreign = others.flatMap(({ sessions }) => sessions)
    const received = person.received()
    for (const text of foreign) if (received.includes(text)) throw new Leak(`${person.username} knows session ${text}`)
    for (const { text, mayKnow } of world.secrets) {
      if (!mayKnow.has(person.id) && received.includes(text)) {
        const at = received.indexOf(text)
        throw new Leak(`${person.username} knows ${text}: …${received.slice(Math.max(0, at - 200), at + 100)}…`)
      }
    }
  }
}

function seenBy(model: Model, account: string) {
  return ({ message }: Model['entries'][number]): boolean => model.mayWho(message)(account)
}

function same(what: string, actual: readonly string[], expected: readonly string[]): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Leak(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`)
  }
}
