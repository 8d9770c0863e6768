// People at terminals, each with a folder of their own, for tests of what one of them sees when others write.
import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect } from 'vitest'
import { createRecado } from '../../client/core/recado.ts'
import { createFileStorage } from '../../client/node/file-storage.ts'
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

const outboxOf = (home: Home): string => join(home.folder, 'state/recado/outbox')

/** What a chat leaves that ended as its texts were refused. The name has been used at that home. */
export async function leaveRefused(home: Home, url: string, as: string, ...texts: string[]): Promise<void> {
  const tokens: Record<string, Record<string, { token: string }>> = JSON.parse(await readFile(home.tokens, 'utf8'))
  const token = tokens[`${url}/graphql`]?.[as]?.token ?? ''
  await using recado = createRecado({ url, token, storage: createFileStorage(outboxOf(home)) })
  for (const text of texts) await expect(recado.say(text)).rejects.toThrow()
}

/** How many texts wait at a home, whoever said them, or were refused and not told of. */
export const countKept = (home: Home): number => globSync('*/*.json', { cwd: outboxOf(home) }).length
