// Every word that the page shows, as one type. pt-br.ts and en.ts each fill it completely, so that a missing sentence
// is a type error. Sentences with values in them are functions: word order and plurals belong to the language.

/** Every code of `extensions.code`, and the client library's own. A test holds this to both. */
export type ErrorWords = {
  readonly [code in
    | 'UNAUTHENTICATED'
    | 'ALREADY_ENTERED'
    | 'USERNAME_TAKEN'
    | 'USERNAME_INVALID'
    | 'INVITATION_REQUIRED'
    | 'INVITATION_INVALID'
    | 'BANNED'
    | 'TOKEN_INVALID'
    | 'PASSWORD_INVALID'
    | 'UNKNOWN_RECIPIENT'
    | 'RECIPIENT_UNAVAILABLE'
    | 'MUTED'
    | 'UNKNOWN_COMMAND'
    | 'TEXT_EMPTY'
    | 'TEXT_TOO_LONG'
    | 'TEXT_INVALID'
    | 'UNKNOWN_MESSAGE'
    | 'NOT_AUTHOR'
    | 'NOT_ADMINISTRATOR'
    | 'CODE_INVALID'
    | 'CODE_PENDING'
    | 'NONCE_REUSED'
    | 'CURSOR_INVALID'
    | 'CURSOR_EXPIRED'
    | 'HISTORY_RESET'
    | 'BAD_USER_INPUT'
    | 'BAD_REQUEST'
    | 'GRAPHQL_PARSE_FAILED'
    | 'GRAPHQL_VALIDATION_FAILED'
    | 'RATE_LIMITED'
    | 'SUBSCRIPTION_LIMIT'
    | 'FORBIDDEN'
    | 'STORAGE_UNAVAILABLE'
    | 'DRAINING'
    | 'CHALLENGE_UNREACHABLE'
    | 'CHALLENGE_TIMEOUT'
    | 'CHALLENGE_INVALID'
    | 'INTERNAL_SERVER_ERROR'
    | 'NETWORK'
    | 'CLOSED'
    | 'OUTBOX_FULL'
    | 'DISCARDED']: string
}

export interface Catalogue {
  /** As in BCP 47: also the page's `lang`. */
  readonly locale: 'pt-BR' | 'en'
  readonly ownName: string
  readonly errors: ErrorWords
  /** @param seconds at least 1 */
  rateLimited(seconds: number): string
  unexpected(code: string): string
  /** @param until null: for good */
  banned(until: string | null): string
  muted(until: string | null): string
  becauseOf(reason: string): string

  readonly app: {
    readonly tagline: string
    readonly promise: string
    readonly starting: string
    readonly unreachable: string
    readonly unreachableHint: string
    readonly retryNow: string
    readonly notLoaded: string
    readonly close: string
    readonly cancel: string
    readonly dismiss: string
  }

  readonly enter: {
    readonly title: string
    readonly lead: string
    readonly points: readonly [EnterPoint, EnterPoint, EnterPoint]
    readonly preview: { readonly question: string; readonly answer: string; readonly whisper: string }
    readonly name: string
    readonly nameHint: string
    readonly invitation: string
    readonly invitationHint: string
    readonly invited: string
    readonly password: string
    readonly optional: string
    readonly passwordHint: string
    readonly showPassword: string
    readonly submit: string
    readonly submitting: string
    readonly nameMissing: string
    taken(name: string): string
    readonly code: string
    readonly codeHint: string
    readonly codeMissing: string
    readonly haveCode: string
    readonly codeTitle: string
    readonly codeLead: string
    readonly withName: string
    readonly ways: string
    readonly askOther: string
    readonly otherNames: string
    readonly freeNames: string
    waitTitle(name: string): string
    readonly waitLead: string
    timeLeft(seconds: number): string
    readonly waitExpired: string
    readonly askAgain: string
    readonly another: string
    readonly backToBrowsers: string
    readonly onlyThisTab: string
    wrongPassword(name: string): string
    continueAs(name: string): string
    readonly continueThere: string
    readonly ended: string
    kept(name: string): string
    readonly left: string
    readonly leftEverywhere: string
    readonly becameOther: string
    deleted(name: string): string
  }

  readonly theme: { readonly label: string; readonly auto: string; readonly light: string; readonly dark: string }
  readonly language: { readonly label: string }

  readonly connection: {
    readonly label: string
    readonly connecting: string
    readonly behind: string
    readonly live: string
    readonly offline: string
    readonly closed: string
    /** @param repeated events that came twice and were dropped */
    /** @param repeated null: not worth a word */
    recovered(count: number, repeated: number | null): string
    readonly unplugged: string
    readonly plug: string
    readonly offlineBanner: string
    waiting(count: number): string
    readonly reconnect: string
  }

  readonly sidebar: {
    readonly conversations: string
    readonly everyone: string
    readonly everyoneHint: string
    readonly notes: string
    readonly people: string
    online(count: number): string
    readonly find: string
    readonly nobodyOnline: string
    readonly nobodyFound: string
    readonly olderConversations: string
    readonly toUnread: string
    unread(count: number): string
    readonly you: string
    youSaid(text: string): string
    readonly onlineMark: string
    readonly deletedPreview: string
    readonly noMessagesYet: string
    talkTo(name: string): string
    mentioned(count: number): string
    readonly typing: string
    /** Of an account that was deleted. */
    readonly deletedAccount: string
    readonly goTo: string
    readonly searchMessages: string
    readonly draft: string
    readonly justNow: string
    /** @param ago how long ago: `5 min ago` */
    seen(ago: string): string
  }

  readonly thread: {
    readonly back: string
    readonly publicSubtitle: string
    /** @param seen when an absent person was last there; null: not known */
    readonly privateSubtitle: string
    readonly whenBack: string
    readonly notesSubtitle: string
    messagesWith(name: string): string
    readonly publicMessages: string
    readonly loading: string
    readonly loadingEarlier: string
    readonly earlierFailed: string
    readonly beginningPublic: string
    beginningPrivate(name: string): string
    readonly beginningNotes: string
    /** Where what is left begins. @param days 0: for ever @param messages 0: all */
    kept(days: number, messages: number): string
    readonly toFirstUnread: string
    newBelow(count: number): string
    readonly toNewest: string
    readonly today: string
    readonly yesterday: string
    readonly sent: string
    readonly waiting: string
    readonly sending: string
    readonly edited: string
    readonly deleted: string
    refused(reason: string): string
    readonly retry: string
    readonly edit: string
    readonly discard: string
    readonly undo: string
    onlyTo(name: string): string
    nameChangedHands(name: string): string
    accountDeleted(name: string): string
    readonly loadFailed: string
    readonly unreachable: string
    readonly keys: string
    typingOne(name: string): string
    typingTwo(first: string, second: string): string
    readonly typingMany: string
  }

  readonly composer: {
    readonly label: string
    labelTo(name: string): string
    readonly placeholder: string
    placeholderTo(name: string): string
    readonly placeholderNotes: string
    readonly hint: string
    readonly hintHelp: string
    readonly send: string
    readonly suggestions: string
    suggestionsFound(count: number): string
    /** @param nearest what may have been meant, without its slash */
    unknownCommand(command: string, nearest: string | null): string
    readonly commandWithoutName: string
    commandWithoutText(name: string): string
    nobodyNamed(name: string): string
    left(count: number): string
    over(count: number): string
    /** What was just written here is for one person. */
    privatelySent(text: string, name: string): string
    noteSent(text: string): string
    readonly openNotes: string
    openConversation(name: string): string
    goingTo(name: string): string
    replyingTo(name: string): string
    readonly replyingToOneself: string
    readonly cancelReply: string
    readonly editing: string
    readonly cancelEdit: string
    readonly saveEdit: string
    readonly nothingToEdit: string
    readonly nothingToDelete: string
    editFailed(reason: string): string
  }

  /** One message: what can be done with it, and what it says about itself. */
  readonly message: {
    actions(author: string): string
    readonly more: string
    readonly reply: string
    readonly copy: string
    readonly copied: string
    readonly copyFailed: string
    readonly edit: string
    readonly remove: string
    editedAt(time: string): string
    inReplyTo(author: string): string
    readonly toQuoted: string
    readonly quoteDeleted: string
    readonly quoteLoading: string
    readonly mentionsYou: string
    readonly removeTitle: string
    readonly removeWhy: string
    readonly removeConfirm: string
    removeFailed(reason: string): string
  }

  readonly person: {
    about(name: string): string
    readonly talk: string
    readonly block: string
    readonly unblock: string
    readonly blockWhy: string
    isBlocked(name: string): string
    readonly administration: string
    readonly isAdministrator: string
    readonly mute: string
    readonly unmute: string
    readonly ban: string
    readonly unban: string
    /** @param until null: for good */
    isMuted(until: string | null): string
    isBanned(until: string | null): string
    readonly howLong: string
    readonly spans: Readonly<Record<'hour' | 'day' | 'week' | 'forever', string>>
    readonly reason: string
    readonly reasonHint: string
    readonly invite: string
    inviteWhy(until: string): string
    readonly inviteCopy: string
    readonly inviteCopied: string
  }

  readonly switcher: {
    readonly title: string
    readonly label: string
    readonly hint: string
    readonly none: string
    found(count: number): string
  }

  readonly search: {
    readonly title: string
    readonly label: string
    readonly placeholder: string
    readonly where: string
    readonly everywhere: string
    here(name: string): string
    readonly start: string
    readonly searching: string
    none(text: string): string
    found(count: number, hasMore: boolean): string
    readonly failed: string
    readonly more: string
    readonly offline: string
  }

  readonly help: {
    readonly title: string
    readonly commands: string
    readonly writing: string
    readonly name: string
    readonly text: string
    readonly wordsToFind: string
    readonly msg: string
    readonly w: string
    readonly dm: string
    readonly help: string
    readonly search: string
    readonly edit: string
    readonly delete: string
    readonly slash: string
    readonly mention: string
    readonly newLine: string
    readonly editLast: string
    readonly cancel: string
    readonly messageKeys: string
    readonly keys: string
    readonly goTo: string
    readonly upDown: string
    readonly nextUnread: string
    readonly toComposer: string
    readonly thisHelp: string
    readonly settings: string
  }

  readonly menu: {
    readonly open: string
    readonly title: string
    readonly setPassword: string
    readonly settings: string
    readonly devices: string
    readonly addDevice: string
    readonly keys: string
    readonly another: string
    readonly anotherHint: string
    readonly tabsOwn: string
    readonly drop: string
    readonly dropHint: string
    readonly isDropped: string
    readonly leave: string
    readonly graphiql: string
  }

  readonly passwordDialog: {
    readonly title: string
    readonly why: string
    readonly current: string
    readonly currentHint: string
    readonly next: string
    readonly nextHint: string
    readonly submit: string
    readonly done: string
    readonly refused: string
  }

  readonly leaveDialog: {
    title(name: string): string
    readonly withPassword: string
    readonly withoutPassword: string
    /** What nobody can get at any more. @param names some of those with whom there are conversations */
    lost(conversations: number, names: string): string
    otherDevices(count: number, names: string): string
    readonly unknownPassword: string
    unsent(count: number): string
    /** Edits and deletions. */
    undone(count: number): string
    readonly here: string
    readonly everywhere: string
    readonly setPasswordFirst: string
  }

  readonly devices: {
    readonly title: string
    readonly lead: string
    readonly loading: string
    failed(reason: string): string
    readonly alone: string
    readonly unknown: string
    readonly current: string
    readonly online: string
    lastUsed(when: string): string
    entered(when: string): string
    readonly end: string
    endNamed(device: string): string
    ended(device: string): string
    endOthers(count: number): string
    readonly endOthersSure: string
    readonly addTitle: string
    readonly addLead: string
    readonly code: string
    readonly qr: string
    readonly expired: string
    readonly newCode: string
    /** Followed by the command. */
    readonly hereOnly: string
    readonly notMine: string
    readonly copyLink: string
    readonly linkCopied: string
    readonly reverse: string
    readonly reverseLabel: string
    readonly reverseHint: string
    readonly approve: string
    approved(device: string): string
    joined(device: string): string
    wasItYou(device: string, name: string): string
    readonly itWasMe: string
    readonly endIt: string
    codeHere(name: string): string
  }

  readonly settings: {
    readonly title: string
    readonly motion: string
    readonly motionAuto: string
    readonly motionReduced: string
    readonly notifications: string
    readonly notifyAll: string
    readonly notifyMine: string
    readonly notifyNone: string
    readonly hideContent: string
    readonly hideContentHint: string
    readonly allow: string
    readonly allowed: string
    readonly blocked: string
    readonly install: string
    readonly installHint: string
    readonly deleteAccount: string
  }

  readonly deleteDialog: {
    title(name: string): string
    readonly goes: string
    readonly goesList: readonly string[]
    readonly stays: string
    readonly staysList: readonly string[]
    unsent(count: number): string
    readonly password: string
    readonly passwordHint: string
    readonly wrongPassword: string
    readonly confirm: string
  }

  readonly notify: {
    readonly offer: string
    readonly allow: string
    readonly notNow: string
    readonly hidden: string
    toEveryone(name: string): string
  }

  readonly update: { readonly ready: string; readonly reload: string }

  readonly announce: {
    message(author: string, text: string): string
    privateFrom(author: string, text: string): string
    several(count: number): string
  }
}

export interface EnterPoint {
  readonly title: string
  readonly text: string
}
