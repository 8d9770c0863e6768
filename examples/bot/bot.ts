// A bot in thirty lines: `!dado` or `!dado 20` rolls a die, for everyone or for one person alone, and what is said while
// the bot is away is answered when it is back. How to run it: ../README.md.
import { readFile, writeFile } from 'node:fs/promises'
import { createRecado, enter, type Message } from 'recado/core'
import { createFileStorage } from 'recado/node'

const url = process.env.RECADO_URL ?? 'http://127.0.0.1:4000'
const { token, me } = await enter({ url, username: 'dado', password: process.env.BOT_PASSWORD ?? 'sete mais um' })

// Where it stopped reading the last time. Without such a file it starts with what is said from now on.
const since = await readFile('cursor.txt', 'utf8').catch(() => '')
const storage = createFileStorage('outbox')
const recado = createRecado({ url, token, account: me.id, storage, ...(since === '' ? {} : { since }) })

function answerTo({ text }: Message): string | undefined {
  const sides = /^!dado(?:\s+(\d{1,4}))?$/i.exec(text.trim())
  return sides ? `🎲 ${1 + Math.floor(Math.random() * Number(sides[1] ?? 6))}` : undefined
}

recado.feed.subscribe(async event => {
  if (event.__typename === 'MessageAdded' && event.message.from.id !== me.id) {
    const { id: replyTo, from, to } = event.message
    const answer = answerTo(event.message)
    // The outbox sends it once, however often the network drops meanwhile.
    if (answer) await (to ? recado.sendTo(from.username, answer, { replyTo }) : recado.sendPublic(answer, { replyTo }))
  }
  if (recado.feed.cursor !== null) await writeFile('cursor.txt', recado.feed.cursor)
})
recado.onState(state => console.log(state))
