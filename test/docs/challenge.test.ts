// The pages about the challenge name the steps and the failures that the program tells, and the address that it uses.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { programTextsFor } from '../../bin/commands/texts.ts'
import { SETTINGS } from '../../server/config.ts'

const PAGES = { pt: '../../docs/pt-BR/desafio.md', en: '../../docs/en/challenge.md' } as const

for (const language of ['pt', 'en'] as const) {
  test(`${PAGES[language]} has every step and every failure of the probe, and no other`, () => {
    const page = readFileSync(new URL(PAGES[language], import.meta.url), 'utf8')
    const { probe } = programTextsFor(language)
    const rows = [...page.matchAll(/^\| (.*?) \| .* \| (.*) \|$/gm)].slice(2)
    expect(rows.map(([, step]) => step).toSorted()).toEqual(
      Object.values(probe.steps)
        .map(words => words('…'))
        .toSorted(),
    )
    const failures = rows.flatMap(([, , cell = '']) => [...cell.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name))
    expect(failures.toSorted()).toEqual(
      Object.keys(probe.failures)
        .filter(name => name !== 'other')
        .toSorted(),
    )
    expect(page).toContain(`\`${SETTINGS.CHALLENGE_URL.default}\``)
  })
}
