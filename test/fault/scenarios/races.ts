// Two nodes asked for the same thing at the same time: one nonce, one name.
import { pick } from '../../setup/random.ts'
import { codeOf, data, request } from '../../setup/request.ts'
import { pause, placeOf, type World } from '../nodes.ts'
import { inWorld, type Scenario, times } from './scenario.ts'

export const races: Scenario = {
  name: 'races',
  about: 'two nodes with one nonce at the same time; two nodes claiming one name',
  run: options =>
    inWorld({ ...options, scenario: 'races', nodes: 2, people: 4, devices: 2 }, async world => {
      await oneNonce(world, times(options.scale, 5_000, 300))
      await oneName(world, times(options.scale, 1_000, 100))
    }),
}

async function oneNonce({ sender, places, people, ledger, random, figures, say }: World, count: number): Promise<void> {
  const both = [placeOf(places, 0), placeOf(places, 1)]
  let left = count
  async function lane(): Promise<void> {
    for (let n = left--; n > 0; n = left--) {
      const from = pick(people, random)
      const to = random() < 0.4 ? pick(people, random).username : null
      const [nonce, text] = [`race ${n}`, `one of two ${n}`]
      ledger.sending({ nonce, from: from.username, to, text })
      const variables = to === null ? { text, plain: true, nonce } : { text, to, nonce }
      const answers = await Promise.all(
        both.map(async place => {
          await pause(random() * 2)
          return sender.attempt(place, from.token, variables)
        }),
      )
      for (const answer of answers) {
        // The ledger minds when two answers to one nonce differ.
        if (answer?.data?.sendMessage) ledger.acknowledged(nonce, answer.data.sendMessage)
        else ledger.violate('D', from.username, `${nonce} was answered with ${JSON.stringify(answer)}`)
      }
      if (n % 500 === 0) say(`${n} nonces to go`)
    }
  }
  await Promise.all(Array.from({ length: 6 }, lane))
  figures.nonces = count
}

const ENTER = 'mutation ($username: String!) { enter(username: $username) { token me { id } } }'

async function oneName({ places, ledger, random, figures, say }: World, count: number): Promise<void> {
  const wins = [0, 0]
  let left = count
  async function lane(): Promise<void> {
    for (let n = left--; n > 0; n = left--) {
      // Another spelling is the same name.
      const names = [`Wanted${n}`, `wanted${n}`]
      const answers = await Promise.all(
        names.map(async (username, at) => {
          await pause(random() * 2)
          return request(placeOf(places, at).graphql, ENTER, { variables: { username } })
        }),
      )
      const winners = answers.flatMap((answer, at) => (answer.data?.enter ? [{ at, ...answer.data.enter }] : []))
      const [winner] = winners
      if (winners.length !== 1 || answers.filter(answer => codeOf(answer) === 'USERNAME_TAKEN').length !== 1) {
        ledger.violate('D', names.join(), `was answered with ${JSON.stringify(answers)}`)
        continue
      }
      wins[winner.at] = (wins[winner.at] ?? 0) + 1
      // The node that refused knows who it is.
      const { me } = await data(placeOf(places, 1 - winner.at).graphql, '{ me { id username } }', {
        token: winner.token,
      })
      if (me?.id !== winner.me.id) ledger.violate('C', names.join(), `is ${winner.me.id} and ${me?.id}`)
      if (n % 100 === 0) say(`${n} names to go`)
    }
  }
  await Promise.all(Array.from({ length: 4 }, lane))
  figures.names = count
  figures['names won by node 0'] = wins[0] ?? 0
  figures['names won by node 1'] = wins[1] ?? 0
}
