// What the outbox holds on leaving and on coming back: what was refused is told, once, and taken out; the rest still waits.
import { RecadoError } from '../core/errors.ts'
import type { Outgoing, RecadoOutbox } from '../core/types.ts'
import { harmlessText } from './harmless.ts'
import type { Texts } from './texts.ts'
import { whyNotSent } from './unknown-command.ts'

/** What will be sent, now or by the next chat under this name. */
export function waitingIn({ entries }: RecadoOutbox): readonly Outgoing[] {
  return entries.filter(({ state }) => state !== 'refused')
}

export interface Telling {
  readonly outbox: RecadoOutbox
  /** That can be typed here, without their slash. */
  readonly commands: readonly string[]
  readonly texts: Texts
  tell(sentence: string, entry: Outgoing): void
}

/** @returns whether there was any */
export function tellRefused(entries: readonly Outgoing[], telling: Telling): boolean {
  const { outbox, commands, texts, tell } = telling
  const refused = entries.filter(({ state }) => state === 'refused')
  for (const entry of refused) {
    const { nonce, text, code = '' } = entry
    // Taking out the one before is a change: whoever listened has told of this one since.
    if (!outbox.entries.some(left => left.nonce === nonce)) continue
    tell(texts.chat.notSent(harmlessText(text), whyNotSent(text, new RecadoError(code), commands, texts)), entry)
    void outbox.discard(nonce)
  }
  return refused.length > 0
}
