// `recado inspect`: what a running server is doing, as it says it to its administrators (PROTOCOL.md, ADMIN-6). Words for
// people, or JSON; once, or again and again.
import { setTimeout as delay } from 'node:timers/promises'
import { CombinedError } from '@urql/core'
import { errorFromCombined } from '../../client/core/errors.ts'
import { InspectionDocument, type InspectionQuery } from '../../client/core/generated/graphql.ts'
import { createRecado } from '../../client/core/recado.ts'
import { aligned, type Command, defineCommand, Failure, parseCount } from '../../client/terminal/command.ts'
import { harmlessLine, jsonLine } from '../../client/terminal/harmless.ts'
import { linesOf } from '../../client/terminal/input.ts'
import { openSession, sentenceOf, sessionOptions } from '../../client/terminal/session.ts'
import type { Texts } from '../../client/terminal/texts.ts'
import { type InspectTexts, inspectTextsFor } from './inspect-texts.ts'
import { stopSignal } from './stop.ts'

type Inspection = InspectionQuery['inspection']

const OPERATION_SHOWN = 100

export function createInspectCommand(texts: Texts): Command {
  const words = inspectTextsFor(texts)
  return defineCommand(texts, {
    name: 'inspect',
    about: words.about,
    args: {
      watch: { type: 'string', valueHint: 's', description: words.watch },
      json: { type: 'boolean', description: words.json },
      ...sessionOptions(texts),
    },
    examples: [
      ['npx recado inspect --as ana', words.examples[0]],
      ['npx recado inspect --as ana --json --watch 2', words.examples[1]],
    ],
    async run({ watch, json, as, url, invitation, ...args }) {
      const everyMs = watch === undefined ? null : parseCount('--watch', watch, 1, 86_400, texts) * 1000
      const readPassword = args['password-stdin']
        ? async () => (await linesOf(process.stdin).next()).value ?? ''
        : undefined
      const session = await openSession({ as, url, invitation, readPassword }, texts)
      const recado = createRecado(session)
      const stop = stopSignal()
      try {
        for (;;) {
          // Never from a cache: it is of this moment.
          const { data, error } = await recado.client
            .query(InspectionDocument, {}, { requestPolicy: 'network-only' })
            .toPromise()
          if (!data) throw explain(error, session.username, texts, words)
          process.stdout.write(json ? `${jsonLine(data.inspection)}\n` : described(data.inspection, texts, words))
          if (everyMs === null) return 0
          await delay(everyMs, undefined, { signal: stop }).catch(() => {})
          if (stop.aborted) return 0
          if (!json) process.stdout.write('\n')
        }
      } finally {
        await recado.close()
        process.stdin.destroy()
      }
    },
  })
}

function explain(error: CombinedError | undefined, name: string, texts: Texts, words: InspectTexts): Failure {
  const refusal = errorFromCombined(error ?? new CombinedError({ networkError: new Error('no answer') }))
  return new Failure(
    refusal.code === 'NOT_ADMINISTRATOR' ? words.notAdministrator(harmlessLine(name)) : sentenceOf(refusal, texts),
  )
}

function described(inspection: Inspection, texts: Texts, words: InspectTexts): string {
  const number = new Intl.NumberFormat(texts.locale)
  const time = new Intl.DateTimeFormat(texts.locale, { dateStyle: 'short', timeStyle: 'medium' })
  const when = (instant: string) => time.format(new Date(instant))
  const { columns } = words
  const operationOf = (operation: string | null | undefined) => {
    if (operation == null) return words.unshared
    const line = harmlessLine(operation.replaceAll(/\s+/g, ' '))
    return line.length > OPERATION_SHOWN ? `${line.slice(0, OPERATION_SHOWN)}…` : line
  }
  const lines = [
    words.server(inspection.version, when(inspection.startedAt)),
    '',
    `${words.log} ${inspection.epoch}`,
    `  ${inspection.headAt == null ? words.noHead : words.head(when(inspection.headAt))}`,
    ...(inspection.logLagMs > 0 ? [`  ${words.late(number.format(inspection.logLagMs))}`] : []),
    `  ${inspection.tailFrom == null ? words.wholeTail : words.tail(when(inspection.tailFrom))}`,
    `  ${inspection.searchLagMs == null ? words.noSearch : words.search(number.format(inspection.searchLagMs))}`,
    '',
    words.feeds,
    `  ${words.counts({
      live: number.format(inspection.feedsLive),
      behind: number.format(inspection.feedsBehind),
      accounts: number.format(inspection.accounts),
      connections: number.format(inspection.connections),
    })}`,
    '',
    words.groups,
    ...table([
      [columns.live, columns.behind, columns.operation],
      ...inspection.groups.map(group => [
        number.format(group.live),
        number.format(group.behind),
        operationOf(group.operation),
      ]),
    ]),
    '',
    words.behind,
    ...(inspection.behind.length === 0
      ? [`  ${words.nobodyBehind}`]
      : table([
          [columns.lag, columns.who, columns.state, columns.operation],
          ...inspection.behind.map(feed => [
            `${number.format(feed.lagMs)} ms`,
            harmlessLine(feed.account.username),
            feed.failures > 0 ? words.fails(feed.failures) : feed.isWaiting ? words.waits : words.reads,
            operationOf(feed.operation),
          ]),
        ])),
  ]
  return `${lines.join('\n')}\n`
}

function table(rows: readonly (readonly string[])[]): string[] {
  return aligned(rows).map(line => `  ${line}`)
}
