// `recado chat`: on a terminal the whole screen (full/), which is loaded only then; with `--plain`, or in a pipe, a chat in
// lines. History, then what comes, on standard output; what is typed goes through the outbox, so that it is sent once, in
// order, and survives a lost connection and the end of this process.
import { setTimeout as delay } from 'node:timers/promises'
import { errorFromCombined, type RecadoError } from '../core/errors.ts'
import { isNewer } from '../core/feed.ts'
import { UsersDocument } from '../core/generated/graphql.ts'
import { createRecado } from '../core/recado.ts'
import type { FeedEvent, Message, Outgoing, Recado, RecadoOutbox } from '../core/types.ts'
import { createFileStorage } from '../node/file-storage.ts'
import { stateFolder } from '../node/tokens.ts'
import { type Command, defineCommand, type ExitCode } from './command.ts'
import { messageLine, paint } from './format.ts'
import { harmlessLine, harmlessText } from './harmless.ts'
import { LineTooLong } from './input.ts'
import { watchConnection } from './link-notes.ts'
import { tellRefused, waitingIn } from './refused.ts'
import { createScreen, type Screen } from './screen.ts'
import { openSession, type SessionArgs, sentenceOf, sessionOptions } from './session.ts'
import { showNewest } from './tail.ts'
import type { Texts } from './texts.ts'

const HISTORY = 20
/** In Portuguese; both are understood whatever the language. */
const PORTUGUESE = { ajuda: 'help', quem: 'who', sair: 'quit' } as const
/** All that may follow a slash here. */
const COMMANDS = ['msg', 'w', 'dm', ...Object.values(PORTUGUESE), ...Object.keys(PORTUGUESE)]
/** A message that is not acknowledged by then is shown as waiting. */
const SHOW_WAITING_MS = 1000
/** On leaving, what is still under way has this long; the rest stays in the outbox. */
const LAST_SENDS_MS = 3000

export function createChat(texts: Texts): Command {
  const { chat: words } = texts
  return defineCommand(texts, {
    name: 'chat',
    about: words.about,
    args: {
      plain: { type: 'boolean', description: texts.full.plain },
      ...sessionOptions(texts),
    },
    examples: [
      ['npx recado chat --as maria', words.examples[0]],
      ['npx recado chat --as maria --url https://chat.example.com', words.examples[1]],
      [`(cat ${words.passwordFile}; echo oi) | npx recado chat --as maria --password-stdin`, words.examples[2]],
    ],
    more: () => texts.full.help,
    async run({ as, url, plain, ...args }) {
      if (!plain && !args['password-stdin'] && isScreen())
        return runOnScreen({ as, url, invitation: args.invitation }, texts)
      const screen = createScreen()
      try {
        const readPassword = args['password-stdin'] ? () => screen.firstLine() : undefined
        const session = await openSession({ as, url, readPassword, invitation: args.invitation }, texts)
        const recado = createRecado({ ...session, storage: createFileStorage(`${stateFolder(process.env)}/outbox`) })
        const outboxRead = firstChange(recado.outbox)
        screen.note(`${words.welcome(harmlessLine(session.username), session.url)} ${words.hint}`)
        try {
          return await converse(recado, outboxRead, screen, texts)
        } finally {
          await recado.close()
        }
      } finally {
        screen.close()
      }
    },
  })
}

/** A terminal that can do nothing (`dumb`: some editors and logs) gets lines. */
function isScreen(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY && process.env.TERM !== 'dumb'
}

async function runOnScreen(args: Omit<SessionArgs, 'readPassword'>, texts: Texts): Promise<ExitCode> {
  const session = await openSession({ ...args, readPassword: undefined }, texts)
  const recado = createRecado({ ...session, storage: createFileStorage(`${stateFolder(process.env)}/outbox`) })
  try {
    const { runFullChat } = await import('./full/full-chat.ts')
    return await runFullChat(recado, session, texts)
  } finally {
    await recado.close()
  }
}

/** The account is known, so that the outbox is read at once; then it tells what is in it, also if that is nothing. */
function firstChange(outbox: RecadoOutbox): Promise<void> {
  return new Promise(resolve => {
    const stop = outbox.onChange(() => {
      stop()
      resolve()
    })
  })
}

/** @param outboxRead resolves once what an earlier life left is known */
async function converse(recado: Recado, outboxRead: Promise<void>, screen: Screen, texts: Texts): Promise<ExitCode> {
  const { chat: words } = texts
  const show = (message: Message) => screen.print(messageLine(message, texts))
  const begin = await showNewest(recado.client, HISTORY, show, texts)
  const notes = watchConnection(recado, texts, screen.note)
  let code: ExitCode = 0
  recado.onState((state, reason) => {
    if (state !== 'closed' || reason?.code !== 'UNAUTHENTICATED') return
    screen.note(texts.session.ended)
    code = 1
    screen.close()
  })
  const telling = { outbox: recado.outbox, commands: COMMANDS, texts, tell: screen.note }
  function takeOutbox(entries: readonly Outgoing[]): void {
    // A person has read it; a script reads the exit code.
    if (tellRefused(entries, telling) && !process.stdin.isTTY) code = 1
  }
  recado.outbox.onChange(takeOutbox)
  takeOutbox(recado.outbox.entries)
  const farewell = createFarewell(recado)
  recado.feed.subscribe((event: FeedEvent) => {
    notes.event(event)
    if (event.__typename === 'Reset') screen.note(words.reset)
    else if (event.__typename !== 'CaughtUp') {
      show(event.message)
      farewell.check()
    }
  }, begin)

  const local = new Map<string, () => void | Promise<void>>([
    ['help', () => screen.note(words.help)],
    ['who', () => showOnline(recado, screen, texts)],
    ['quit', () => screen.close()],
  ])
  for (const [other, name] of Object.entries(PORTUGUESE)) {
    local.set(other, local.get(name) ?? (() => {}))
  }

  try {
    for await (const line of screen.lines()) {
      if (line.trim() === '') continue
      const command = local.get(/^\s*\/(\w+)\s*$/.exec(line)?.[1]?.toLowerCase() ?? '')
      if (command === undefined) farewell.await(say(recado, line, screen, texts))
      else await command()
    }
  } catch (error) {
    if (!(error instanceof LineTooLong)) throw error
    screen.note(words.tooLong)
    code = 1
  }
  const over = outboxRead.then(() => farewell.over())
  await Promise.race([over, delay(LAST_SENDS_MS, undefined, { ref: false })])
  const left = waitingIn(recado.outbox).length
  if (left > 0) {
    screen.note(words.left(left))
    if (!process.stdin.isTTY) code = 1
  }
  return code
}

/** Leaving waits for what was said to be sent, and to come back through the log. */
function createFarewell({ feed, outbox }: Recado) {
  let underWay = 0
  let newest: string | null = null
  let leave = () => {}
  function check(): void {
    const isShown = newest === null || (feed.cursor !== null && !isNewer(newest, feed.cursor))
    if (underWay === 0 && waitingIn(outbox).length === 0 && isShown) leave()
  }
  outbox.onChange(check)
  return {
    await(sending: Promise<Message>): void {
      underWay += 1
      sending
        .then(message => {
          newest = message.cursor
        })
        .catch(() => {})
        .finally(() => {
          underWay -= 1
          check()
        })
    },
    check,
    over: () =>
      new Promise<void>(resolve => {
        leave = resolve
        check()
      }),
  }
}

/** Everything else is for the server to read: `/msg` too, so that there is one rule of what is private. */
function say(recado: Recado, line: string, screen: Screen, texts: Texts): Promise<Message> {
  const timer = setTimeout(() => screen.note(texts.chat.waiting(harmlessText(line))), SHOW_WAITING_MS)
  const sending = recado.say(line)
  sending
    .catch((error: RecadoError) => {
      // Refusals are told by the outbox, which also knows those of an earlier life; here are those that never got in.
      if (error.code === 'OUTBOX_FULL') screen.note(texts.chat.notSent(harmlessText(line), sentenceOf(error, texts)))
    })
    .finally(() => clearTimeout(timer))
  return sending
}

async function showOnline(recado: Recado, screen: Screen, texts: Texts): Promise<void> {
  const { data, error } = await recado.client.query(UsersDocument, { online: true }).toPromise()
  if (error !== undefined) return screen.note(sentenceOf(errorFromCombined(error), texts))
  if (!data) return
  const names = data.users.nodes.map(user => paint('bold', harmlessLine(user.username)))
  screen.note(texts.chat.online(names, data.users.pageInfo.hasNextPage))
}
