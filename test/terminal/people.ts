// People at terminals, each with a folder of their own, for tests of what one of them sees when others write.
import { afterEach, expect } from 'vitest'
import { type Home, openHome } from './program.ts'

export interface People {
  person(): Promise<Home>
  /** What somebody else writes, by a command of its own, which has to succeed. */
  send(home: Home, as: string, text: string, ...more: string[]): Promise<void>
  /** After the test, the last first. */
  closeLater(close: () => Promise<void>): void
}

/** To be called where a file's tests begin: what they open is closed after each of them. */
export function peopleAt(url: () => string): People {
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })
  return {
    async person() {
      const home = await openHome(url())
      closing.push(() => home.remove())
      return home
    },
    async send(home, as, text, ...more) {
      const { code, stderr } = await home.done(['send', '--as', as, ...more], text)
      expect(code, stderr).toBe(0)
    },
    closeLater: close => void closing.push(close),
  }
}
