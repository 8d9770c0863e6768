// `recado admin`: what whoever runs the server may do, on its own machine. A server that holds the data folder is asked over
// its local socket; where none runs, the command opens the folder itself, and holds it so long. Of a Redis it is a node of
// its own, beside those that run. Secrets go to standard output, words to standard error.

import { statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { INVITATION_FRAGMENT } from '../../client/core/invitation-link.ts'
import { aligned, type Command, defineCommand, Failure, parseCount, UsageError } from '../../client/terminal/command.ts'
import { harmlessLine } from '../../client/terminal/harmless.ts'
import { ask } from '../../client/terminal/input.ts'
import { parseConfig } from '../../server/config.ts'
import { ORIGIN } from '../../server/domain/entry.ts'
import { Refusal } from '../../server/domain/errors.ts'
import { DAY_MS, LAST_DAY } from '../../server/domain/time.ts'
import type { AuditEntry } from '../../server/moderation/audit-log.ts'
import { INVITATION_LIMITS, type Invitation, type NewInvitation } from '../../server/moderation/invitations.ts'
import { type AccountSummary, type Operator, PAGE_MOST } from '../../server/operator/operator.ts'
import { createStoreOperator } from '../../server/operator/operator-parts.ts'
import { connectOperator } from '../../server/operator/operator-socket.ts'
import { databaseFile } from '../../server/store/sqlite/data-dir.ts'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { type AdminTexts, adminTextsFor } from './admin-texts.ts'
import { explainStore } from './explain-store.ts'
import { describePlace, type Place, placeArgs, placeOf } from './place.ts'
import type { ProgramTexts } from './texts.ts'

/** What an act may use. */
interface Work {
  readonly words: AdminTexts
  readonly texts: ProgramTexts
  readonly isJson: boolean
  readonly args: Options
  /** The words after the act. */
  readonly first: string
  readonly second: string
  call<Answer>(name: string, args?: Record<string, unknown>): Promise<Answer>
  /** @throws Failure unless it was said that it is meant */
  confirm(question: keyof AdminTexts['questions'], name: string): Promise<void>
  /** Words for people; with --json the answer alone. */
  say(answer: unknown, sentence: string): void
  table(answer: unknown, rows: readonly (readonly string[])[], heads: readonly string[]): void
}

interface Options {
  readonly days?: string | undefined
  readonly uses?: string | undefined
  readonly reason?: string | undefined
  readonly limit?: string | undefined
  readonly out?: string | undefined
}

interface Act {
  /** How many words it takes at least and at most, each named for whoever forgot one. */
  readonly needs: readonly (keyof Pick<AdminTexts, 'name' | 'tokenName' | 'id'>)[]
  readonly takes?: number
  run(work: Work): Promise<void>
}

interface SessionRow {
  readonly id: string
  readonly device: string
  readonly createdAt: number
  readonly lastUsedAt: number
  readonly expiresAt: number
  readonly isToken: boolean
}

const LONGEST_DAYS = 36_500

export function createAdmin(texts: ProgramTexts): Command {
  const words = adminTextsFor(texts)
  const { options } = words
  return defineCommand(texts, {
    name: 'admin',
    about: words.about,
    args: {
      act: { type: 'positional', required: false, description: words.act },
      first: { type: 'positional', required: false, description: words.first },
      second: { type: 'positional', required: false, description: words.second },
      days: { type: 'string', valueHint: 'n', description: options.days },
      uses: { type: 'string', valueHint: 'n', description: options.uses },
      reason: { type: 'string', valueHint: 'text', description: options.reason },
      limit: { type: 'string', valueHint: 'n', description: options.limit },
      out: { type: 'string', valueHint: 'path', description: options.out },
      yes: { type: 'boolean', description: options.yes },
      json: { type: 'boolean', description: options.json },
      ...placeArgs(texts),
    },
    examples: [
      ['npx recado admin grant joao', words.examples[0]],
      ['npx recado admin invite --days 3', words.examples[1]],
      ['npx recado admin token previsao producao', words.examples[2]],
      ['npx recado admin export maria --out maria.json', words.examples[3]],
    ],
    more: () =>
      [`${words.acts}:`, ...Object.entries(words.does).map(([act, what]) => `  ${act.padEnd(26)}${what}`)].join('\n'),
    async run({ act: name, first = '', second = '', yes = false, json = false, ...args }) {
      if (name === undefined) throw new UsageError(words.whichAct)
      const meant = ALIASES[name] ?? name
      const act = Object.hasOwn(ACTS, meant) ? ACTS[meant] : undefined
      if (!act) throw new UsageError(words.unknownAct(JSON.stringify(name)))
      const given = [first, second].filter(word => word !== '')
      const missing = act.needs[given.length]
      if (missing) throw new UsageError(words.needs(name, words[missing]))
      const most = act.takes ?? act.needs.length
      if (given.length > most) throw new UsageError(words.takesNo(JSON.stringify(given[most])))
      const place = placeOf(args, texts)
      const opened = await openOperator(place, words).catch(error => {
        throw explainStore(error, texts)
      })
      try {
        await act.run(workOf({ words, texts, isJson: json, isSure: yes, args, first, second }, opened.operator))
        return 0
      } catch (error) {
        throw explain(error, texts)
      } finally {
        await opened.close()
      }
    },
  })
}

type Given = Pick<Work, 'words' | 'texts' | 'isJson' | 'args' | 'first' | 'second'> & { readonly isSure: boolean }

function workOf({ isSure, ...given }: Given, operator: Operator): Work {
  const { words, isJson } = given
  return {
    ...given,
    call: async (name, args = {}) => (await operator.call(name, args)) as never,
    async confirm(question, name) {
      if (isSure) return
      if (!process.stdin.isTTY || !process.stderr.isTTY) throw new UsageError(words.needsYes)
      const answer = await ask(words.sure(words.questions[question](harmlessLine(name))))
      if (!words.yesAnswers.test(answer?.trim() ?? '')) throw new Failure(words.notDone)
    },
    say(answer, sentence) {
      if (isJson) console.log(JSON.stringify(answer))
      else console.error(harmlessLine(sentence))
    },
    table(answer, rows, heads) {
      if (isJson) return console.log(JSON.stringify(answer))
      if (rows.length === 0) return console.error(words.none)
      for (const line of aligned([heads, ...rows].map(row => row.map(harmlessLine)))) console.log(line)
    },
  }
}

const ACTS: Readonly<Record<string, Act>> = {
  list: {
    needs: [],
    async run({ call, table, words }) {
      const accounts: AccountSummary[] = []
      for (let after = ''; ; ) {
        const found: { accounts: AccountSummary[]; next: string | null } = await call('accounts', { after })
        accounts.push(...found.accounts)
        if (found.next === null) break
        after = found.next
      }
      const { columns } = words
      table(
        accounts,
        accounts.map(account => [
          account.username,
          account.isAdministrator ? words.administrator : '',
          stateOf(account, words),
          timeOf(account.createdAt),
          account.lastSeenAt === null ? words.online : timeOf(account.lastSeenAt),
        ]),
        [columns.name, columns.role, columns.state, columns.made, columns.seen],
      )
    },
  },
  show: {
    needs: ['name'],
    async run({ call, first, table, words }) {
      const account = await call<AccountSummary>('account', { username: first })
      const { columns } = words
      table(
        account,
        [
          [
            account.username,
            account.isAdministrator ? words.administrator : '',
            stateOf(account, words),
            timeOf(account.createdAt),
            account.id,
          ],
        ],
        [columns.name, columns.role, columns.state, columns.made, 'id'],
      )
    },
  },
  grant: {
    needs: ['name'],
    run: ({ call, first, args, say, words }) =>
      change({ call, say, words }, 'grant', first, args, words.granted(first)),
  },
  revoke: {
    needs: ['name'],
    async run({ call, first, args, confirm, say, words }) {
      await confirm('revoke', first)
      await change({ call, say, words }, 'revoke', first, args, words.revoked(first))
    },
  },
  mute: {
    needs: ['name'],
    async run({ call, first, args, say, words, texts }) {
      const days = daysOf(args, texts)
      const sentence = words.muted(first, endOf(days))
      await change({ call, say, words }, 'mute', first, { ...args, days }, sentence)
    },
  },
  unmute: {
    needs: ['name'],
    run: ({ call, first, args, say, words }) =>
      change({ call, say, words }, 'unmute', first, args, words.unmuted(first)),
  },
  ban: {
    needs: ['name'],
    async run({ call, first, args, confirm, say, words, texts }) {
      const days = daysOf(args, texts)
      await confirm('ban', first)
      await change({ call, say, words }, 'ban', first, { ...args, days }, words.banned(first, endOf(days)))
    },
  },
  unban: {
    needs: ['name'],
    run: ({ call, first, args, say, words }) =>
      change({ call, say, words }, 'unban', first, args, words.unbanned(first)),
  },
  password: {
    needs: ['name'],
    async run({ call, first, args, confirm, say, words, isJson }) {
      await confirm('password', first)
      const answer = await call<{ password: string }>('password', { username: first, ...reasonOf(args) })
      say(answer, words.newPassword(first))
      if (!isJson) console.log(answer.password)
    },
  },
  sessions: {
    needs: ['name'],
    async run({ call, first, table, words }) {
      const { columns } = words
      const sessions = await call<SessionRow[]>('sessions', { username: first })
      table(
        sessions,
        sessions.map(({ device, createdAt, lastUsedAt, expiresAt, id }) => [
          device,
          timeOf(createdAt),
          timeOf(lastUsedAt),
          timeOf(expiresAt, words),
          id,
        ]),
        [columns.device, columns.made, columns.used, columns.ends, 'id'],
      )
    },
  },
  end: {
    needs: ['name'],
    takes: 2,
    async run({ call, first, second, args, confirm, say, words }) {
      if (second !== '') {
        await confirm('end', first)
        const isEnded = await call<boolean>('endSession', { username: first, id: second })
        if (!isEnded) throw new Failure(words.noSuchSession)
        return say({ ended: 1 }, words.ended(first, 1))
      }
      await confirm('endAll', first)
      const ended = await call<number>('endSessions', { username: first, ...reasonOf(args) })
      say({ ended }, words.ended(first, ended))
    },
  },
  token: {
    needs: ['name', 'tokenName'],
    async run({ call, first, second, args, say, words, texts, isJson }) {
      const days = daysOf(args, texts)
      const given = { username: first, name: second, ...(days === null ? {} : { days }) }
      const answer = await call<{ token: string; username: string; isNew: boolean }>('createToken', given)
      say(answer, words.newToken(answer.username, second, answer.isNew))
      if (!isJson) console.log(answer.token)
    },
  },
  tokens: {
    needs: ['name'],
    async run({ call, first, table, words }) {
      const { columns } = words
      const tokens = await call<SessionRow[]>('tokens', { username: first })
      table(
        tokens,
        tokens.map(({ device, createdAt, lastUsedAt, expiresAt }) => [
          device,
          timeOf(createdAt),
          timeOf(lastUsedAt),
          timeOf(expiresAt, words),
        ]),
        [columns.name, columns.made, columns.used, columns.ends],
      )
    },
  },
  'revoke-token': {
    needs: ['name', 'tokenName'],
    async run({ call, first, second, confirm, say, words }) {
      await confirm('revoke-token', first)
      if (!(await call('revokeToken', { username: first, name: second }))) throw new Failure(words.noSuchToken)
      say(true, words.tokenRevoked(second))
    },
  },
  invite: {
    needs: [],
    async run({ call, args, say, words, texts, isJson }) {
      const uses = args.uses === undefined ? 1 : parseCount('--uses', args.uses, 1, INVITATION_LIMITS.uses, texts)
      const days = args.days === undefined ? 7 : parseCount('--days', args.days, 1, INVITATION_LIMITS.days, texts)
      const invitation = await call<NewInvitation>('invite', { uses, days })
      const base = parseConfig(process.env).publicUrl ?? 'http://127.0.0.1:4000'
      const link = `${base}/${INVITATION_FRAGMENT}${invitation.token}`
      say({ ...invitation, link }, words.newInvitation(uses, timeOf(invitation.expiresAt)))
      if (!isJson) console.log(link)
    },
  },
  invitations: {
    needs: [],
    async run({ call, table, words }) {
      const { columns } = words
      const invitations = await call<Invitation[]>('invitations')
      const isGood = ({ uses, used, revokedAt, expiresAt }: Invitation) =>
        revokedAt === null && used < uses && expiresAt > Date.now()
      table(
        invitations,
        invitations.map(invitation => [
          invitation.id,
          isGood(invitation) ? words.good : words.over,
          `${invitation.used}/${invitation.uses}`,
          invitation.by?.username ?? words.operator,
          timeOf(invitation.createdAt),
          timeOf(invitation.expiresAt),
        ]),
        ['id', columns.state, columns.uses, columns.by, columns.made, columns.ends],
      )
    },
  },
  'revoke-invitation': {
    needs: ['id'],
    async run({ call, first, say, words }) {
      if (!(await call('revokeInvitation', { id: first }))) throw new Failure(words.noSuchInvitation)
      say(true, words.invitationRevoked)
    },
  },
  log: {
    needs: [],
    async run({ call, args, table, words, texts }) {
      const limit = args.limit === undefined ? 50 : parseCount('--limit', args.limit, 1, PAGE_MOST, texts)
      const { columns } = words
      const entries = await call<AuditEntry[]>('log', { limit })
      table(
        entries,
        entries.map(({ at, by, action, whom, what, reason }) => [
          timeOf(at),
          by?.username ?? words.operator,
          words.actions[action] ?? action,
          whom?.username ?? '',
          what ?? '',
          reason,
        ]),
        [columns.at, columns.by, columns.what, columns.whom, 'id', columns.why],
      )
    },
  },
  export: {
    needs: ['name'],
    async run({ call, first, args, words, texts }) {
      // Whether there is such an account, before a file is made for it; and the file, before anything is written down.
      await call('account', { username: first })
      const file = args.out === undefined ? null : await newFile(args.out, texts)
      const person = await call<Record<string, unknown>>('person', { username: first, ...reasonOf(args) })
      const write = async (text: string): Promise<void> => {
        if (file) await file.writeFile(text)
        else process.stdout.write(text)
      }
      let count = 0
      try {
        await write(`${JSON.stringify({ recado: 'person', ...person }).slice(0, -1)},"messages":[`)
        for (let after: number | null = ORIGIN; after !== null; ) {
          const page: { messages: unknown[]; next: number | null } = await call('messages', { username: first, after })
          for (const message of page.messages) {
            await write(`${count === 0 ? '\n' : ',\n'}${JSON.stringify(message)}`)
            count++
          }
          after = page.next
        }
        await write('\n]}\n')
      } finally {
        await file?.close()
      }
      console.error(words.exported(count))
    },
  },
}
/** Other names of the same. */
const ALIASES: Readonly<Record<string, string>> = { close: 'ban', reopen: 'unban' }

async function change(
  { call, say, words }: Pick<Work, 'call' | 'say' | 'words'>,
  name: string,
  username: string,
  args: Omit<Options, 'days'> & { readonly days?: number | string | null | undefined },
  sentence: string,
): Promise<void> {
  const { days } = args
  const given = { username, ...reasonOf(args), ...(typeof days === 'number' ? { days } : {}) }
  const isChanged = await call<boolean>(name, given)
  say({ changed: isChanged }, isChanged ? sentence : words.unchanged)
}

/** For its owner only. @throws Failure where there is one already: it stays as it is */
async function newFile(path: string, texts: ProgramTexts): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw isThere ? new Failure(texts.export.exists(harmlessLine(path))) : error
  }
}

function reasonOf({ reason }: Pick<Options, 'reason'>): { readonly reason?: string } {
  return reason === undefined ? {} : { reason }
}

/** Null: for good. */
function daysOf({ days }: Options, texts: ProgramTexts): number | null {
  return days === undefined ? null : parseCount('--days', days, 1, LONGEST_DAYS, texts)
}

function endOf(days: number | null): string | null {
  return days === null ? null : timeOf(Date.now() + days * DAY_MS)
}

/** Minutes of UTC, the same in every language. @param words given: what never ends is said so */
function timeOf(at: number, words?: AdminTexts): string {
  if (words && at >= LAST_DAY) return words.never
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')}Z`
}

function stateOf({ muted, banned }: AccountSummary, words: AdminTexts): string {
  const end = (until: number | null) => (until === null ? null : timeOf(until))
  return [muted ? words.isMuted(end(muted.until)) : '', banned ? words.isBanned(end(banned.until)) : '']
    .filter(text => text !== '')
    .join(', ')
}

interface Opened {
  readonly operator: Operator
  close(): Promise<void>
}

const SILENT = {
  warn() {},
  error(_: object, message: string) {
    console.error(message)
  },
}

/** @throws StoreError where another program than a server holds the folder, or there is no store */
async function openOperator(place: Place, words: AdminTexts): Promise<Opened> {
  if (place.kind === 'redis') {
    const { url, space, allowVolatile } = place
    const { openRedisStore } = await import('../../server/store/redis/redis-store.ts')
    const { hasSpace } = await import('../../server/store/redis/whole-space.ts')
    if (!(await hasSpace(url, space))) throw new Failure(words.nothingThere(harmlessLine(describePlace(place))))
    const events = { committed() {} }
    const store = await openRedisStore({ url, space, allowVolatile, events, lastKnown: () => ORIGIN, log: SILENT })
    return { operator: createStoreOperator(store), close: () => store.close() }
  }
  const { dataDir } = place
  if (!statSync(databaseFile(dataDir), { throwIfNoEntry: false })) {
    throw new Failure(words.nothingThere(harmlessLine(dataDir)))
  }
  const served = await connectOperator(dataDir)
  if (served) return { operator: served, async close() {} }
  const store = await openSqliteStore({ dataDir, events: { committed() {} }, readers: 1, log: SILENT })
  return { operator: createStoreOperator(store), close: () => store.close() }
}

function explain(error: unknown, texts: ProgramTexts): unknown {
  if (!(error instanceof Refusal)) return explainStore(error, texts)
  const known = (texts.errors as Readonly<Record<string, string | undefined>>)[error.code]
  return new Failure(`${error.code}: ${error.code === 'BAD_USER_INPUT' ? error.message : (known ?? error.message)}`)
}
