// Who one is at a server: the options that every terminal command shares, and from a name to a token. A name that was
// used before is proved by the stored token; a free one is claimed; somebody's is entered with a code that another device
// of theirs approves, or with its password.
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { httpUrlOf } from '../core/endpoint.ts'
import { asRecadoError, type RecadoError } from '../core/errors.ts'
import { invitationIn } from '../core/invitation-link.ts'
import { enter, enterWithCode, requestDevice, type ServerOptions, whenApproved, whoAmI } from '../core/session.ts'
import { configFolder, createTokenFile, DamagedTokens, type StoredToken, type TokenFile } from '../node/tokens.ts'
import { Failure, UsageError } from './command.ts'
import { harmlessLine } from './harmless.ts'
import { ask, askSecret } from './input.ts'
import type { Texts } from './texts.ts'

export interface TerminalSession {
  /** As the command was given it. */
  readonly url: string
  readonly username: string
  /** The account's id. */
  readonly account: string
  readonly token: string
}

export interface SessionArgs {
  readonly url: string
  readonly as: string | undefined
  /** A link, or the secret at its end. */
  readonly invitation?: string | undefined
  /** `--password-stdin`: reads the first line of standard input; undefined without the option. */
  readonly readPassword: (() => Promise<string>) | undefined
}

/** The options `--as`, `--url` and `--password-stdin`, for the table of a command. */
export function sessionOptions({ session: words }: Texts) {
  return {
    as: { type: 'string', valueHint: 'name', description: words.as },
    url: { type: 'string', valueHint: 'url', description: words.url, default: 'http://127.0.0.1:4000' },
    invitation: { type: 'string', valueHint: 'link', description: words.invitation },
    'password-stdin': { type: 'boolean', description: words.passwordStdin },
  } as const
}

/** Another process that claims the same name at this moment stores its token within this time. */
const CLAIM_RACE_MS = 1000
const PASSWORD_ATTEMPTS = 3

/**
 * Enters, and keeps the token for the next time.
 *
 * @throws UsageError without a name or with a bad URL; Failure when the server refuses or does not answer
 */
export async function openSession(args: SessionArgs, texts: Texts): Promise<TerminalSession> {
  const server = addressOf(args.url, texts)
  const file = createTokenFile(`${configFolder(process.env)}/tokens.json`)
  try {
    const password = await args.readPassword?.()
    const stored = await findStored(file, server, args.as)
    if (stored !== null) return await keep(file, server, args.url, stored)
    const username = args.as ?? (await askName(texts))
    return await enterByName(
      { file, server, url: args.url, username, password, invitation: invitationIn(args.invitation ?? '') || undefined },
      texts,
    )
  } catch (error) {
    throw error instanceof UsageError || error instanceof Failure ? error : explain(error, args, texts)
  }
}

interface Entrance {
  readonly file: TokenFile
  readonly server: string
  readonly url: string
  readonly username: string
  readonly password: string | undefined
  readonly invitation: string | undefined
}

async function enterByName(entrance: Entrance, texts: Texts): Promise<TerminalSession> {
  const { file, server, url, username } = entrance
  let { password, invitation } = entrance
  let isInvitationAsked = false
  for (let attempt = 1; ; attempt += 1) {
    try {
      const device = deviceName()
      const session = await enter({
        url,
        username,
        device,
        ...(password === undefined ? {} : { password }),
        ...(invitation === undefined ? {} : { invitation }),
      })
      return await keepNew(entrance, session, texts)
    } catch (error) {
      // Where people come by invitation a name that somebody has is refused like one that nobody has.
      const { code } = asRecadoError(error)
      const mayBeOwned = code === 'USERNAME_TAKEN' || (code === 'INVITATION_REQUIRED' && process.stdin.isTTY)
      if (!mayBeOwned) throw error
      if (code === 'INVITATION_REQUIRED' && invitation === undefined && !isInvitationAsked) {
        isInvitationAsked = true
        invitation = invitationIn((await ask(texts.session.askInvitation)) ?? '') || undefined
        // Without one the name may still be theirs.
        if (invitation !== undefined) continue
      }
    }
    if (password === undefined) {
      const stored = await claimedMeanwhile(file, server, username)
      if (stored !== null) return keep(file, server, url, stored)
    }
    if (!process.stdin.isTTY || attempt > PASSWORD_ATTEMPTS) throw new Failure(texts.session.taken(username))
    if (attempt > 1) console.error(texts.session.wrongPassword)
    const answer = await (attempt === 1 ? askBothWays(entrance, texts) : askSecret(texts.session.password(username)))
    if (answer !== null && typeof answer === 'object') return keepNew(entrance, answer, texts)
    password = answer ?? undefined
    if (password === undefined || password === '') throw new Failure(texts.session.taken(username))
  }
}

type Entered = Awaited<ReturnType<typeof enterWithCode>>

async function keepNew(
  { file, server, url }: Entrance,
  { token, me }: Entered,
  texts: Texts,
): Promise<TerminalSession> {
  const entered = { token, account: me.id, username: me.username, usedAt: new Date().toISOString() }
  const kept = await keep(file, server, url, entered)
  if (process.stderr.isTTY) console.error(texts.session.claimed(harmlessLine(me.username), file.path))
  return kept
}

/**
 * Shows a short code for the owner to approve at a device of theirs, and asks for the password at the same time: whichever
 * comes first. Null: neither.
 */
async function askBothWays({ url, username }: Entrance, texts: Texts): Promise<Entered | string | null> {
  const server: ServerOptions = { url }
  // A server of before has no codes, and one that was asked too often gives none: then there is the password.
  const request = await requestDevice({ ...server, username, device: deviceName() }).catch(() => null)
  const question = texts.session.password(username)
  if (request === null) return askSecret(question)
  console.error(texts.session.approve(username, harmlessLine(request.userCode)))
  const over = new AbortController()
  const approved = whenApproved(() => enterWithCode({ ...server, code: request.deviceCode }), over.signal).catch(() => {
    if (!over.signal.aborted) console.error(`\n${texts.session.codeOver}`)
    // The password may still be typed.
    return new Promise<never>(() => {})
  })
  try {
    return await Promise.race([approved, askSecret(question, over.signal)])
  } finally {
    over.abort()
  }
}

/** For the list of the account's devices. */
function deviceName(): string {
  const host = hostname()
    .replaceAll(/[^\w.-]/g, '')
    .slice(0, 40)
  return host === '' ? 'Terminal' : `Terminal (${host})`
}

/** A stored token that the server still takes. A dead one is dropped. */
async function findStored(file: TokenFile, server: string, username?: string): Promise<StoredToken | null> {
  const stored = await file.find(server, username)
  if (stored === null) return null
  const me = await whoAmI({ url: server, token: stored.token }).catch(error => {
    if (asRecadoError(error).code === 'UNAUTHENTICATED') return null
    throw error
  })
  if (me?.id === stored.account) return { ...stored, username: me.username }
  await file.forget(server, stored)
  return null
}

/** Two commands that start together under a new name: one claims it, the other finds its token here. */
async function claimedMeanwhile(file: TokenFile, server: string, username: string): Promise<StoredToken | null> {
  const deadline = performance.now() + CLAIM_RACE_MS
  for (;;) {
    const stored = await findStored(file, server, username)
    if (stored !== null || performance.now() > deadline) return stored
    await delay(50)
  }
}

async function keep(file: TokenFile, server: string, url: string, stored: StoredToken): Promise<TerminalSession> {
  await file.keep(server, { ...stored, usedAt: new Date().toISOString() })
  return { url, username: stored.username, account: stored.account, token: stored.token }
}

async function askName(texts: Texts): Promise<string> {
  const name = process.stdin.isTTY ? await ask(texts.session.whoAreYou) : null
  if (name === null || name.trim() === '') throw new UsageError(texts.session.noName)
  return name.trim()
}

function addressOf(url: string, texts: Texts): string {
  try {
    return httpUrlOf(url)
  } catch {
    throw new UsageError(texts.usage.notAnUrl(JSON.stringify(url), 'http:// | https://'))
  }
}

function explain(error: unknown, { url }: SessionArgs, texts: Texts): Error {
  if (error instanceof DamagedTokens) return new Failure(texts.session.damagedTokens(error.message))
  const refusal = asRecadoError(error)
  if (refusal.code === 'NETWORK') return new Failure(texts.session.noServer(url))
  return new Failure(`${refusal.code}: ${sentenceOf(refusal, texts)}`)
}

/** Of these the server says more than the code does: which rule is broken, or the reference to find it by. */
const IN_DETAIL: ReadonlySet<string> = new Set(['USERNAME_INVALID', 'BAD_USER_INPUT', 'INTERNAL_SERVER_ERROR'])

/** What a refusal means, in the user's language. */
export function sentenceOf(error: RecadoError, texts: Texts): string {
  const known = (texts.errors as Readonly<Record<string, string | undefined>>)[error.code]
  // A server's own words: of one that nobody need trust.
  const said = harmlessLine(error.message)
  if (known === undefined) return said
  return IN_DETAIL.has(error.code) ? `${known} (${said})` : known
}
