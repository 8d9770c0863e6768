// `recado chat` on a terminal: the whole screen. Puts the state, the keys and Ink together, and gives the terminal back
// whatever happens.
import { setTimeout as delay } from 'node:timers/promises'
import { render } from 'ink'
import { createElement } from 'react'
import type { Recado } from '../../core/types.ts'
import type { ExitCode } from '../command.ts'
import { tellRefused, waitingIn } from '../refused.ts'
import type { TerminalSession } from '../session.ts'
import type { Texts } from '../texts.ts'
import { App } from './app.ts'
import { openChat } from './chat-state.ts'
import { guardTerminal } from './guard.ts'
import { createKeys } from './keys.ts'
import { allCommands } from './local-command.ts'

/** On leaving, what is still under way has this long; the rest stays in the outbox. */
const LAST_SENDS_MS = 2_000
const FRAMES_PER_SECOND = 30
/** Long enough to be a frame of its own. */
const BLANK_MS = 80

export async function runFullChat(recado: Recado, session: TerminalSession, texts: Texts): Promise<ExitCode> {
  const state = await openChat(recado, { id: session.account, username: session.username }, texts)
  const ended = Promise.withResolvers<ExitCode>()
  let code: ExitCode = 0
  const guard = guardTerminal({
    unmount: () => screen.unmount(),
    lastWork: () => recado.close(),
  })
  const canvas = { isBlank: false }
  const keys = createKeys({
    recado,
    state,
    texts,
    quit: () => ended.resolve(0),
    redraw() {
      canvas.isBlank = true
      state.changed()
      setTimeout(() => {
        canvas.isBlank = false
        state.changed()
      }, BLANK_MS)
    },
  })
  const screen = render(createElement(App, { state, keys, texts, canvas }), {
    alternateScreen: true,
    exitOnCtrlC: false,
    interactive: true,
    maxFps: FRAMES_PER_SECOND,
  })
  screen.waitUntilExit().then(
    () => ended.resolve(0),
    error => ended.reject(error),
  )
  recado.onState((connection, reason) => {
    if (connection === 'closed' && reason?.code === 'UNAUTHENTICATED') ended.resolve(1)
  })
  try {
    code = await ended.promise
  } finally {
    state.close()
    guard.restore()
  }
  if (code === 1) console.error(texts.session.ended)
  await lastSends(recado)
  const { outbox } = recado
  // The screen that would have told of it is gone.
  tellRefused(outbox.entries, { outbox, commands: allCommands(texts.locale), texts, tell: why => console.error(why) })
  const left = waitingIn(outbox).length
  if (left > 0) console.error(texts.chat.left(left))
  return code
}

/** What was said a moment ago may still get its answer. */
async function lastSends({ outbox }: Recado): Promise<void> {
  const deadline = performance.now() + LAST_SENDS_MS
  while (waitingIn(outbox).length > 0 && performance.now() < deadline) await delay(20)
}
