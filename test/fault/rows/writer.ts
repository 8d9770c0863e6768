// The writer thread dies between the commit of a batch and its answer; a row of a batch can't be written. Both are made
// in the server's own process by a patch of its source as it is loaded (mutants/hook.ts).
import { trySend } from '../../setup/request.ts'
import { until } from '../../setup/until.ts'
import { type Alone, inAlone } from '../alone.ts'
import { pause } from '../devices.ts'
import { patchedBy } from '../mutants/patched.ts'
import { type Row, times } from './row.ts'

let texts = 0

export const writerDies: Row = {
  name: 'writer-dies',
  fault: 'the worker dies after commit and before publish; a failing row in a batch',
  also: 'published before anything new; the others of the batch unharmed',
  run: options =>
    inAlone(
      // Whoever sends the row that can't be written is told of a defect, and so is the operator.
      { ...options, env: patchedBy('writer-dies', 'row-fails'), foreseen: /a row that can not be written/ },
      async alone => {
        const { random, ledger } = alone
        alone.load({ lanes: 6 })
        for (let round = times(options.scale, 6); round > 0; round--) {
          await pause(50 + random() * 200)
          await spoilBatch(alone)
          const text = `die after the commit ${texts++}`
          const from = alone.people[0]?.username ?? ''
          ledger.sending({ nonce: text, from, to: null, text })
          await say(alone, text)
          // It was committed, so it comes, although whoever said it was told that nobody knows.
          await until('what it had committed is announced', () => ledger.wasApplied(text)).catch(error =>
            ledger.violate('A', 'the row', String(error)),
          )
          // Sent again it would be one more without its nonce; with it, it is the one that all have.
          const again = await say(alone, text)
          if (again?.data?.sendMessage) ledger.acknowledged(text, again.data.sendMessage)
          else alone.wrong(`a repeated send was answered with ${JSON.stringify(again)}`)
          await alone.reachEverybody()
        }
      },
    ),
}

async function say({ server, people }: Alone, text: string) {
  return trySend(server.graphql, people[0]?.token, { text, plain: true, nonce: text }).catch(() => null)
}

/** Many at once, so that they share a batch, and one among them fails. */
async function spoilBatch(alone: Alone): Promise<void> {
  const { ledger, people } = alone
  const from = people[0]?.username ?? ''
  const round = texts++
  const sends = Array.from({ length: 20 }, async (_, n) => {
    const text = n === 7 ? `a row that can not be written ${round}` : `beside it ${round} ${n}`
    ledger.sending({ nonce: text, from, to: null, text })
    const answer = await say(alone, text)
    if (answer?.data?.sendMessage) ledger.acknowledged(text, answer.data.sendMessage)
    if (n === 7) {
      if (answer?.errors) ledger.refused(text)
      else alone.wrong(`a row that can't be written was answered with ${JSON.stringify(answer)}`)
    } else if (!answer?.data?.sendMessage) alone.wrong(`beside a bad row it was ${JSON.stringify(answer)}`)
  })
  await Promise.all(sends)
}
