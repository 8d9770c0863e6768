// The figures of bench/ways.ts as tables and charts, in both languages.
import { readFileSync, writeFileSync } from 'node:fs'
import { barChart } from '../report/svg.ts'
import type { WayRow, WaysChat, WaysResults } from '../ways.ts'
import type { Way } from './readers.ts'

type Language = 'pt' | 'en'

const LOCALE = { pt: 'pt-BR', en: 'en' } as const

const LABELS: Readonly<Record<Way, { readonly pt: string; readonly en: string }>> = {
  'polling-1s': { pt: 'polling, a cada 1 s', en: 'polling, each second' },
  'polling-5s': { pt: 'polling, a cada 5 s', en: 'polling, each 5 s' },
  'long-polling': { pt: 'long polling', en: 'long polling' },
  sse: { pt: 'SSE', en: 'SSE' },
  websocket: { pt: 'WebSocket', en: 'WebSocket' },
}

const WORDS = {
  pt: {
    head: '| | requisições | bytes | bytes por mensagem recebida | latência p50 | latência p95 | CPU do servidor |',
    ms: 'ms',
    measured: ({ people, seconds, measuredAt, machine, loadBefore }: WaysResults) =>
      `${people} pessoas, ${seconds} s por linha, em ${measuredAt.slice(0, 10)}: ${machine.cpu}, ${machine.cores} núcleos, ${machine.system}, Node ${machine.node}; carga da máquina antes de começar: ${loadBefore.toLocaleString('pt-BR', { maximumFractionDigits: 1 })}. Requisições e bytes (nos dois sentidos, com cabeçalhos) são por pessoa e minuto; a CPU, em milissegundos por minuto, de todas as ${people} pessoas juntas.`,
    bytes: (chat: WaysChat, { seconds }: WaysResults) =>
      `KiB por pessoa e minuto (${chat.messages} mensagens em ${seconds} s)`,
    latency: (chat: WaysChat, { seconds }: WaysResults) =>
      `latência p95, em ms (${chat.messages} mensagens em ${seconds} s)`,
  },
  en: {
    head: '| | requests | bytes | bytes per message received | latency p50 | latency p95 | server CPU |',
    ms: 'ms',
    measured: ({ people, seconds, measuredAt, machine, loadBefore }: WaysResults) =>
      `${people} people, ${seconds} s a row, on ${measuredAt.slice(0, 10)}: ${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}; load of the machine before it began: ${loadBefore.toLocaleString('en', { maximumFractionDigits: 1 })}. Requests and bytes (both directions, headers included) are per person and minute; CPU is milliseconds per minute for all ${people} people together.`,
    bytes: (chat: WaysChat, { seconds }: WaysResults) =>
      `KiB per person and minute (${chat.messages} messages in ${seconds} s)`,
    latency: (chat: WaysChat, { seconds }: WaysResults) =>
      `latency p95, ms (${chat.messages} messages in ${seconds} s)`,
  },
} as const

const bytesOf = ({ upBytes, downBytes }: WayRow): number => upBytes + downBytes

export function waysTable(results: WaysResults, id: WaysChat['id'], language: Language): string {
  const { people, seconds } = results
  const words = WORDS[language]
  const perMinute = 60 / seconds
  const show = (value: number, digits = 0): string =>
    value.toLocaleString(LOCALE[language], { minimumFractionDigits: digits, maximumFractionDigits: digits })
  const latency = (ms: number): string => `${show(ms, ms < 100 ? 1 : 0)} ${words.ms}`
  const rows = chatOf(results, id).rows.map(row => [
    LABELS[row.way][language],
    show((row.requests / people) * perMinute, 1),
    show((bytesOf(row) / people) * perMinute),
    show(bytesOf(row) / row.deliveries),
    latency(row.p50),
    latency(row.p95),
    `${show(row.cpuMs * perMinute)} ${words.ms}`,
  ])
  return [
    words.head,
    '| --- | --: | --: | --: | --: | --: | --: |',
    ...rows.map(cells => `| ${cells.join(' | ')} |`),
  ].join('\n')
}

function chatOf({ chats }: WaysResults, id: WaysChat['id']): WaysChat {
  const chat = chats.find(each => each.id === id)
  if (chat === undefined) throw new Error(`the results have no chat that is ${id}`)
  return chat
}

/** By file name, in docs/ways. */
export function waysCharts(results: WaysResults): Readonly<Record<string, string>> {
  const charts: Record<string, string> = {}
  for (const language of ['pt', 'en'] as const) {
    const show = (value: number): string =>
      value.toLocaleString(LOCALE[language], { maximumFractionDigits: value < 10 ? 1 : 0 })
    for (const id of ['quiet', 'busy'] as const) {
      const chat = chatOf(results, id)
      const bars = (figureOf: (row: WayRow) => number) =>
        chat.rows.map(row => ({
          label: LABELS[row.way][language],
          value: figureOf(row),
          shown: show(figureOf(row)),
          isOurs: row.way === 'websocket',
        }))
      const kib = (row: WayRow): number => ((bytesOf(row) / results.people) * (60 / results.seconds)) / 1024
      charts[`bytes-${id}.${LOCALE[language]}.svg`] = barChart(WORDS[language].bytes(chat, results), bars(kib))
      if (id === 'quiet') continue
      const title = WORDS[language].latency(chat, results)
      charts[`latency-${id}.${LOCALE[language]}.svg`] = barChart(
        title,
        bars(row => row.p95),
      )
    }
  }
  return charts
}

/** What stands between the markers of a page, by the marker's name. */
export function waysBlocks(results: WaysResults, language: Language): Readonly<Record<string, string>> {
  return {
    'ways-measured': WORDS[language].measured(results),
    'ways-quiet': waysTable(results, 'quiet', language),
    'ways-busy': waysTable(results, 'busy', language),
  }
}

export const WAYS_PAGES: Readonly<Record<Language, URL>> = {
  pt: new URL('../../docs/pt-BR/rest-ou-websocket.md', import.meta.url),
  en: new URL('../../docs/en/rest-or-websocket.md', import.meta.url),
}

export const WAYS_CHARTS = new URL('../../docs/ways/', import.meta.url)

export function writePages(results: WaysResults): void {
  for (const [file, svg] of Object.entries(waysCharts(results))) writeFileSync(new URL(file, WAYS_CHARTS), svg)
  for (const language of ['pt', 'en'] as const) {
    let page = readFileSync(WAYS_PAGES[language], 'utf8')
    for (const [name, block] of Object.entries(waysBlocks(results, language))) {
      const place = new RegExp(`<!-- ${name} -->[\\s\\S]*?<!-- /${name} -->`)
      if (!place.test(page)) throw new Error(`${WAYS_PAGES[language].pathname} has no place for ${name}`)
      page = page.replace(place, () => `<!-- ${name} -->\n${block}\n<!-- /${name} -->`)
    }
    writeFileSync(WAYS_PAGES[language], page)
  }
}
