// What this account may do beside talking, and of whom it wants no word; and what an administrator, or anybody, does about
// somebody. Asked of the server when the page has caught up, and again when it comes back.
import {
  BanDocument,
  BlockDocument,
  CreateInvitationDocument,
  ModeratingDocument,
  MuteDocument,
  RemoveMessageDocument,
  type StandingFieldsFragment,
  StandingOfDocument,
  UnbanDocument,
  UnblockDocument,
  UnmuteDocument,
} from '../../core/generated/graphql.ts'
import type { Asker } from '../model/asker.ts'
import type { Person } from '../model/conversation.ts'
import type { Failure } from '../model/failure.ts'

export type Standing = StandingFieldsFragment

export interface Rights {
  readonly isAdministrator: boolean
  /** Ids. */
  readonly blocked: ReadonlySet<string>
}

/** What an administrator takes from somebody, for a while. */
export interface Measure {
  /** By the server's clock, in milliseconds from now; null: for good. */
  readonly forMs: number | null
  readonly reason: string
}

export interface Moderating {
  rights(): Rights
  load(): Promise<void>
  block(person: Person): Promise<Failure | null>
  unblock(person: Person): Promise<Failure | null>
  /** For administrators, as all below. */
  standing(person: Person): Promise<Standing | Failure>
  mute(person: Person, measure: Measure): Promise<Standing | Failure>
  unmute(person: Person): Promise<Standing | Failure>
  ban(person: Person, measure: Measure): Promise<Standing | Failure>
  unban(person: Person): Promise<Standing | Failure>
  /** A public message of somebody else. All hear of it through the feed. */
  removeMessage(id: string): Promise<Failure | null>
  /** @returns the secret of an invitation for one person */
  invite(): Promise<{ readonly token: string; readonly expiresAt: string } | Failure>
}

export const isFailure = <Answer extends object>(answer: Answer | Failure): answer is Failure => 'code' in answer

const NO_RIGHTS: Rights = { isAdministrator: false, blocked: new Set() }

export function createModerating(client: Asker, onChange: () => void): Moderating {
  let rights = NO_RIGHTS
  /** Counts what was asked and done: an answer from before is of no use. */
  let asked = 0

  function become(next: Rights): void {
    asked++
    rights = next
    onChange()
  }

  return {
    rights: () => rights,

    async load() {
      const own = ++asked
      const { data } = await client.ask(ModeratingDocument, {})
      if (own !== asked || !data?.me) return
      become({
        isAdministrator: data.me.role === 'ADMINISTRATOR',
        blocked: new Set(data.blocked.map(({ id }) => id)),
      })
    },

    async block({ id, username }) {
      const { data, error } = await client.ask(BlockDocument, { username })
      if (!data) return error
      become({ ...rights, blocked: new Set([...rights.blocked, id]) })
      return null
    },
    async unblock({ id, username }) {
      const { data, error } = await client.ask(UnblockDocument, { username })
      if (!data) return error
      become({ ...rights, blocked: new Set([...rights.blocked].filter(other => other !== id)) })
      return null
    },

    async standing({ username }) {
      const { data, error } = await client.ask(StandingOfDocument, { username })
      return data ? data.standing : error
    },
    async mute({ username }, measure) {
      const { data, error } = await client.ask(MuteDocument, { username, ...measure })
      return data ? data.mute : error
    },
    async unmute({ username }) {
      const { data, error } = await client.ask(UnmuteDocument, { username })
      return data ? data.unmute : error
    },
    async ban({ username }, measure) {
      const { data, error } = await client.ask(BanDocument, { username, ...measure })
      return data ? data.ban : error
    },
    async unban({ username }) {
      const { data, error } = await client.ask(UnbanDocument, { username })
      return data ? data.unban : error
    },
    async removeMessage(id) {
      const { error } = await client.ask(RemoveMessageDocument, { id })
      return error ?? null
    },
    async invite() {
      const { data, error } = await client.ask(CreateInvitationDocument, {})
      if (!data) return error
      const { token, invitation } = data.createInvitation
      return { token, expiresAt: invitation.expiresAt }
    },
  }
}
