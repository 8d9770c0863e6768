// `recado send`: one text, or each line of standard input, strictly in order, each acknowledged before the next. Rate
// limits and restarts of the server are waited out; what is refused is told on standard error, and makes the exit code 1.
import { asRecadoError, RecadoError } from '../core/errors.ts'
import { createRecado } from '../core/recado.ts'
import type { Message, Recado } from '../core/types.ts'
import { type Command, defineCommand, Failure, parseCount } from './command.ts'
import { messageJson } from './format.ts'
import { LineTooLong, linesOf } from './input.ts'
import { openSession, sentenceOf, sessionOptions } from './session.ts'
import type { Texts } from './texts.ts'

export function createSend(texts: Texts): Command {
  const { send: words } = texts
  return defineCommand(texts, {
    name: 'send',
    about: words.about,
    args: {
      text: { type: 'positional', required: false, description: words.text },
      to: { type: 'string', valueHint: 'name', description: words.to },
      plain: { type: 'boolean', description: words.plain },
      json: { type: 'boolean', description: words.json },
      timeout: { type: 'string', valueHint: 's', description: words.timeout, default: '60' },
      ...sessionOptions(texts),
    },
    examples: [
      ['npx recado send "bom dia" --as maria', words.examples[0]],
      ['npx recado send "/entre nós" --to joao', words.examples[1]],
      ['npx recado send "/msg joao oi"', words.examples[2]],
      ['tail -f app.log | npx recado send --plain --as robo', words.examples[3]],
    ],
    async run({ text, to, plain, json, as, url, ...args }) {
      const patienceMs = parseCount('--timeout', args.timeout, 0, 86_400, texts) * 1000
      const input = linesOf(process.stdin)
      const readPassword = args['password-stdin'] ? async () => (await input.next()).value ?? '' : undefined
      const session = await openSession({ as, url, readPassword, invitation: args.invitation }, texts)
      const recado = createRecado(session)
      const say = (line: string): Promise<Message> => {
        if (to !== undefined) return recado.sendTo(to, line)
        return plain ? recado.sendPublic(line) : recado.say(line)
      }
      let failed = false
      let sent = 0
      try {
        let number = 0
        for await (const line of text === undefined ? input : [text]) {
          number += 1
          // An empty line is no message; an empty text on the command line is a mistake worth hearing of.
          if (text === undefined && line.trim() === '') continue
          try {
            const message = await inTime(say(line), patienceMs)
            sent += 1
            if (json) process.stdout.write(`${messageJson(message)}\n`)
          } catch (thrown) {
            failed = true
            const error = asRecadoError(thrown)
            const why = error instanceof NoAnswer ? words.unknown(patienceMs / 1000) : sentenceOf(error, texts)
            console.error(words.notSent(text === undefined ? number : null, why))
            if (isHopeless(error, to !== undefined)) break
            await dropRefused(recado)
          }
        }
      } catch (error) {
        if (error instanceof LineTooLong) throw new Failure(texts.chat.tooLong)
        throw error
      } finally {
        await recado.close()
        process.stdin.destroy()
      }
      if (sent === 0 && !failed) throw new Failure(words.nothing)
      return failed ? 1 : 0
    },
  })
}

/** No acknowledgement came in time. */
class NoAnswer extends RecadoError {}

/** @param patienceMs 0: for ever */
async function inTime(sending: Promise<Message>, patienceMs: number): Promise<Message> {
  if (patienceMs === 0) return sending
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new NoAnswer('NETWORK')), patienceMs)
  try {
    return await Promise.race([sending, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Whether every line after this one would fail in the same way, or overtake one that may still be under way. */
function isHopeless(error: RecadoError, isPrivate: boolean): boolean {
  if (error instanceof NoAnswer || error.code === 'UNAUTHENTICATED' || error.code === 'CLOSED') return true
  return isPrivate && error.code === 'UNKNOWN_RECIPIENT'
}

/** A refused text has been told of; it need not wait in the outbox for a person to decide. */
async function dropRefused({ outbox }: Recado): Promise<void> {
  const refused = outbox.entries.filter(entry => entry.state === 'refused')
  await Promise.all(refused.map(entry => outbox.discard(entry.nonce)))
}
