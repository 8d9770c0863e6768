// `recado tail`: messages on standard output as they come, for people or (`--json`) for programs. The feed goes on by
// itself after a restart of the server, from the newest cursor; what happens to the connection is told on standard error.
import { errorFromCombined, RecadoError } from '../core/errors.ts'
import { MessagesDocument } from '../core/generated/graphql.ts'
import { createRecado } from '../core/recado.ts'
import type { FeedEvent, Message } from '../core/types.ts'
import { type Command, defineCommand, Failure, parseCount, UsageError } from './command.ts'
import { eventJson, messageJson, messageLine } from './format.ts'
import { jsonLine } from './harmless.ts'
import { linesOf } from './input.ts'
import { watchConnection } from './link-notes.ts'
import { openSession, sentenceOf, sessionOptions } from './session.ts'
import type { Texts } from './texts.ts'

export function createTail(texts: Texts): Command {
  const { tail: words } = texts
  return defineCommand(texts, {
    name: 'tail',
    about: words.about,
    args: {
      since: { type: 'string', valueHint: 'cursor', description: words.since },
      last: { type: 'string', valueHint: 'n', description: words.last },
      json: { type: 'boolean', description: words.json },
      'until-caught-up': { type: 'boolean', description: words.until },
      ...sessionOptions(texts),
    },
    examples: [
      ['npx recado tail --as joao', words.examples[0]],
      ['npx recado tail --last 10', words.examples[1]],
      ['npx recado tail --json --until-caught-up --since CURSOR', words.examples[2]],
    ],
    async run({ since, last, json, as, url, ...args }) {
      if (since !== undefined && last !== undefined) throw new UsageError(words.sinceOrLast)
      const count = last === undefined ? 0 : parseCount('--last', last, 0, 100, texts)
      const readPassword = args['password-stdin'] ? () => firstLine() : undefined
      const session = await openSession({ as, url, readPassword, invitation: args.invitation }, texts)
      const recado = createRecado({ ...session, ...(since === undefined ? {} : { since }) })
      const print = (line: string) => process.stdout.write(`${line}\n`)
      const show = (message: Message) => print(json ? messageJson(message) : messageLine(message, texts))

      const begin = count > 0 ? await showNewest(recado.client, count, show, texts) : undefined
      const ended = Promise.withResolvers<void>()
      let delivered = false
      const notes = watchConnection(recado, texts, note => console.error(note))
      recado.onState((state, reason) => {
        if (state === 'closed') ended.reject(new Failure(reason ? sentenceOf(reason, texts) : texts.session.ended))
      })

      function take(event: FeedEvent): void {
        notes.event(event)
        if (event.__typename === 'CaughtUp') {
          if (args['until-caught-up']) ended.resolve()
        } else if (event.__typename === 'Reset') {
          const why = sentenceOf(new RecadoError(event.code), texts)
          // What was asked for cannot be had. Later, it is news: there is nothing better than to go on.
          if (since !== undefined && !delivered) return ended.reject(new Failure(`${words.reset}: ${why}`))
          if (json) print(jsonLine({ type: 'reset', code: event.code, cursor: event.cursor }))
          console.error(texts.chat.reset)
        } else {
          delivered = true
          print(json ? eventJson(event) : messageLine(event.message, texts))
        }
      }

      recado.feed.subscribe(take, begin)
      try {
        await ended.promise
        return 0
      } finally {
        await recado.close()
      }
    },
  })
}

/** Prints the newest messages, oldest first, and gives the cursor from which a feed neither misses nor repeats any. */
export async function showNewest(
  client: ReturnType<typeof createRecado>['client'],
  limit: number,
  show: (message: Message) => void,
  texts: Texts,
): Promise<string | undefined> {
  const { data, error } = await client.query(MessagesDocument, { limit }).toPromise()
  if (error !== undefined) throw new Failure(sentenceOf(errorFromCombined(error), texts))
  for (const message of data?.messages.nodes ?? []) show(message)
  return data?.messages.pageInfo.endCursor ?? undefined
}

/** The password, and nothing after it: standard input is let go of. */
export async function firstLine(): Promise<string> {
  for await (const line of linesOf(process.stdin)) return line
  return ''
}
