// A bot in thirty lines: `!dado` or `!dado 20` rolls a die, for everyone or for one person alone, and what is said while
// the bot is away is answered when it is back. How to run it: ../README.md.
import { readFile, rename, writeFile } from 'node:fs/promises'
import { createRecado, enter, type FeedEvent, type Message } from 'recado/core'
import { createFileStorage } from 'recado/node'

const url = process.env.RECADO_URL ?? 'http://127.0.0.1:4000'
const { token, me } = await enter({ url, username: 'dado', password: process.env.BOT_PASSWORD ?? 'sete mais um' })

// Where it stopped reading the last time. Without such a file it starts with what is said from now on.
const since = await readFile('cursor.txt', 'utf8').catch(() => undefined)
const recado = createRecado({ url, token, account: me.id, storage: createFileStorage('outbox'), since })

function answerTo({ text }: Message): string | undefined {
  const sides = /^!dado(?:\s+(\d{1,4}))?$/i.exec(text.trim())
  return sides ? `🎲 ${1 + Math.floor(Math.random() * Number(sides[1] ?? 6))}` : undefined
}

async function take(event: FeedEvent): Promise<void> {
  const answer = event.__typename === 'MessageAdded' && event.message.from.id !== me.id && answerTo(event.message)
  if (answer) {
    const { id, from, to } = event.message
    // One nonce a question: what was answered before a crash is refused after it (NONCE_REUSED), whatever is rolled then.
    const options = { replyTo: id, nonce: `dado ${id}` }
    await (to ? recado.sendTo(from.username, answer, options) : recado.sendPublic(answer, options)).catch(error => {
      // Not refused, but the session has ended: it is answered after the next start.
      if (recado.state === 'closed') throw error
      return recado.outbox.discard(options.nonce)
    })
  }
  if (event.cursor === null) return
  // Whole or not at all, and once the answer is settled: what was not answered is read again.
  await writeFile('cursor.next', event.cursor)
  await rename('cursor.next', 'cursor.txt')
}

// One after another, so that no cursor overtakes an answer. What can't be written ends the bot.
let turn = Promise.resolve()
recado.feed.subscribe(event => {
  turn = turn.then(() => take(event))
})
recado.onState(state => console.log(state))
