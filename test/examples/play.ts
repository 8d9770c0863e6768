// Plays every scenario on every step and shows what held, as the table that examples/escada.md has.
//   npm run staircase               # about 5 s
//   npm run staircase -- --write    # puts the table into examples/escada.md
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SCENARIOS } from './scenarios.ts'
import { type Chat, startRecado, startStep } from './staircase.ts'

export const CHATS: Readonly<Record<string, () => Promise<Chat>>> = {
  '1-todos.mjs': () => startStep('1-todos.mjs'),
  '2-nomes.mjs': () => startStep('2-nomes.mjs'),
  '3-aparelhos.mjs': () => startStep('3-aparelhos.mjs'),
  '4-cursor.mjs': () => startStep('4-cursor.mjs'),
  Recado: startRecado,
}

/** By the scenario's id: whether it held. */
export type Held = Readonly<Record<string, boolean>>

export async function play(start: () => Promise<Chat>): Promise<Held> {
  const chat = await start()
  try {
    const held: Record<string, boolean> = {}
    for (const scenario of SCENARIOS) held[scenario.id] = await scenario.play(chat)
    return held
  } finally {
    await chat.close()
  }
}

export function staircaseTable(results: Readonly<Record<string, Held>>, language: 'pt' | 'en'): string {
  const chats = Object.keys(results)
  return [
    `| | ${chats.map(chat => (chat === 'Recado' ? chat : `[${chat.slice(0, 1)}](${chat})`)).join(' | ')} |`,
    `| --- |${chats.map(() => ' :-: |').join('')}`,
    ...SCENARIOS.map(
      scenario =>
        `| ${scenario[language]} | ${chats.map(chat => (results[chat]?.[scenario.id] ? '✓' : '✗')).join(' | ')} |`,
    ),
  ].join('\n')
}

const PAGE = new URL('../../examples/escada.md', import.meta.url)

/** The page's table in one language. */
export function tableOfPage(language: 'pt' | 'en'): string {
  const page = readFileSync(PAGE, 'utf8')
  return new RegExp(`<!-- held-${language} -->\\n([\\s\\S]*?)\\n<!-- /held-${language} -->`).exec(page)?.[1] ?? ''
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const results: Record<string, Held> = {}
  for (const [name, start] of Object.entries(CHATS)) results[name] = await play(start)
  console.log(staircaseTable(results, 'pt'))
  if (process.argv.includes('--write')) {
    let page = readFileSync(PAGE, 'utf8')
    for (const language of ['pt', 'en'] as const) {
      const [from, to] = [`<!-- held-${language} -->`, `<!-- /held-${language} -->`]
      const table = staircaseTable(results, language)
      page = page.replace(new RegExp(`${from}[\\s\\S]*?${to}`), () => `${from}\n${table}\n${to}`)
    }
    writeFileSync(PAGE, page)
  }
}
