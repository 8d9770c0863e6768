// How far a long command has come: a bar on a terminal, lines anywhere else, in both languages.
import { describe, expect, it } from 'vitest'
import { createProgress } from '../../bin/commands/progress.ts'
import { programTextsFor } from '../../bin/commands/texts.ts'

function setUp(isTTY: boolean, language: 'pt' | 'en', total = 1_000_000, columns = 80) {
  let now = 0
  const written: string[] = []
  const output = { isTTY, columns, write: (text: string) => void written.push(text) }
  const texts = programTextsFor(language)
  const progress = createProgress({ total, describe: texts.progress.rows, texts, output, clock: () => now })
  return {
    progress,
    written,
    pass(milliseconds: number) {
      now += milliseconds
    },
  }
}

describe('progress', () => {
  it('is a bar that is drawn over itself on a terminal, at most ten times a second', () => {
    const { progress, written, pass } = setUp(true, 'en')
    for (let n = 0; n < 1_000; n++) {
      pass(1)
      progress.advance(420)
    }
    expect(written).toHaveLength(10)
    expect(written.at(-1)).toBe('\r\u001b[2K██████████░░░░░░░░░░░░░░   42%  420,000 of 1,000,000 rows')
    progress.end()
    progress.end()
    expect(written.slice(10)).toEqual(['\r\u001b[2K'])
  })

  it('is never wider than the terminal', () => {
    const { progress, written, pass } = setUp(true, 'en', 1_000_000, 40)
    pass(1_000)
    progress.advance(10)
    expect(written[0]?.slice('\r\u001b[2K'.length).length).toBeLessThan(40)
  })

  it('is a line now and then anywhere else, without anything that moves a cursor', () => {
    const { progress, written, pass } = setUp(false, 'pt')
    for (let n = 0; n < 100; n++) {
      pass(200)
      progress.advance(5_000)
    }
    progress.end()
    expect(written).toEqual([
      '  13%  125.000 de 1.000.000 linhas\n',
      '  25%  250.000 de 1.000.000 linhas\n',
      '  38%  375.000 de 1.000.000 linhas\n',
      '  50%  500.000 de 1.000.000 linhas\n',
    ])
  })

  it('says nothing of what is over at once, and never more than all', () => {
    const { progress, written, pass } = setUp(false, 'en', 10)
    progress.advance(10)
    expect(written).toEqual([])
    pass(6_000)
    progress.set(15)
    expect(written).toEqual([' 100%  15 of 15 rows\n'])
  })
})
