// Every word that the page shows, as one type. pt-br.ts and en.ts each fill it completely, so that a missing sentence
// is a type error. Sentences with values in them are functions: word order and plurals belong to the language.

/** Every code of `extensions.code`, and the client library's own. A test holds this to both. */
export type ErrorWords = {
  readonly [code in
    | 'UNAUTHENTICATED'
    | 'ALREADY_ENTERED'
    | 'USERNAME_TAKEN'
    | 'USERNAME_INVALID'
    | 'PASSWORD_INVALID'
    | 'UNKNOWN_RECIPIENT'
    | 'UNKNOWN_COMMAND'
    | 'TEXT_EMPTY'
    | 'TEXT_TOO_LONG'
    | 'TEXT_INVALID'
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

  readonly app: {
    readonly tagline: string
    readonly promise: string
    readonly starting: string
    readonly unreachable: string
    readonly unreachableHint: string
    readonly retryNow: string
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
    readonly password: string
    readonly optional: string
    readonly passwordHint: string
    readonly showPassword: string
    readonly submit: string
    readonly submitting: string
    readonly nameMissing: string
    taken(name: string): string
    wrongPassword(name: string): string
    continueAs(name: string): string
    readonly continueThere: string
    readonly ended: string
    kept(name: string): string
    readonly left: string
    readonly leftEverywhere: string
    readonly becameOther: string
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
    recovered(count: number): string
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
    unread(count: number): string
    readonly you: string
    youSaid(text: string): string
    readonly onlineMark: string
    readonly deletedPreview: string
    readonly noMessagesYet: string
    talkTo(name: string): string
  }

  readonly thread: {
    readonly back: string
    readonly publicSubtitle: string
    privateSubtitle(online: boolean): string
    readonly notesSubtitle: string
    messagesWith(name: string): string
    readonly publicMessages: string
    readonly loading: string
    readonly loadingEarlier: string
    readonly earlierFailed: string
    readonly beginningPublic: string
    beginningPrivate(name: string): string
    readonly beginningNotes: string
    readonly newMessages: string
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
    onlyTo(name: string): string
    nameChangedHands(name: string): string
    readonly loadFailed: string
  }

  readonly composer: {
    readonly label: string
    labelTo(name: string): string
    readonly placeholder: string
    placeholderTo(name: string): string
    readonly placeholderNotes: string
    readonly hint: string
    readonly hintPrivate: string
    readonly send: string
    readonly names: string
    namesFound(count: number): string
    readonly commandHint: string
    unknownCommand(command: string): string
    readonly commandWithoutName: string
    commandWithoutText(name: string): string
    nobodyNamed(name: string): string
    left(count: number): string
    over(count: number): string
    privatelySent(name: string): string
    openConversation(name: string): string
    goingTo(name: string): string
  }

  readonly menu: {
    readonly open: string
    readonly title: string
    readonly setPassword: string
    readonly drop: string
    readonly dropHint: string
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
    readonly unknownPassword: string
    unsent(count: number): string
    readonly here: string
    readonly everywhere: string
    readonly setPasswordFirst: string
  }

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
