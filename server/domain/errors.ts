// The one table of refusals: every code a client can meet in `extensions.code`, whether trying again can help, and what
// it means. schema.graphql's ErrorCode, docs/PROTOCOL.md and this table are tested against each other.

/** @property retryable the same request may succeed later, or with another token */
interface CodeRow {
  readonly retryable: boolean
  readonly message: string
}

export const ERRORS = {
  UNAUTHENTICATED: { retryable: false, message: 'This needs an account: call `enter`, or send its token.' },
  ALREADY_ENTERED: {
    retryable: false,
    message: 'This browser is already somebody else, as `me` tells: use a token, or another browser.',
  },
  USERNAME_TAKEN: {
    retryable: false,
    message:
      'That name belongs to somebody: give its password or a code from one of its devices, or choose another name.',
  },
  USERNAME_INVALID: { retryable: false, message: 'That is not a username.' },
  INVITATION_REQUIRED: {
    retryable: false,
    message:
      'This server takes new people by invitation only: enter with a name that you have and its password, or with an invitation.',
  },
  INVITATION_INVALID: {
    retryable: false,
    message: 'That invitation is wrong, was used or revoked, or is too old: ask for another.',
  },
  BANNED: { retryable: false, message: 'This account was closed by those who run the server.' },
  TOKEN_INVALID: { retryable: false, message: 'That token is none that this server takes, or has expired.' },
  PASSWORD_INVALID: { retryable: false, message: 'A password has 8 to 256 characters, and must be the account’s.' },
  UNKNOWN_RECIPIENT: { retryable: false, message: 'Nobody has that name.' },
  RECIPIENT_UNAVAILABLE: { retryable: false, message: 'This person can’t be written to.' },
  MUTED: { retryable: false, message: 'You may not write to everyone for now.' },
  UNKNOWN_COMMAND: {
    retryable: false,
    message: 'Unknown command. For a text that starts with a slash, write `//`.',
  },
  TEXT_EMPTY: { retryable: false, message: 'The text has no visible character.' },
  TEXT_TOO_LONG: { retryable: false, message: 'The text is too long.' },
  TEXT_INVALID: { retryable: false, message: 'The text has a NUL or a lone surrogate.' },
  UNKNOWN_MESSAGE: { retryable: false, message: 'There is no such message for you, or it was deleted.' },
  NOT_AUTHOR: { retryable: false, message: 'Only its author may change a message.' },
  NOT_ADMINISTRATOR: { retryable: false, message: 'Only administrators may do this.' },
  CODE_INVALID: { retryable: false, message: 'That code is wrong, was used, or is too old: ask for another.' },
  CODE_PENDING: { retryable: true, message: 'The other device has not approved it yet: try again.' },
  NONCE_REUSED: { retryable: false, message: 'That nonce was used for a send with other arguments.' },
  CURSOR_INVALID: { retryable: false, message: 'That cursor is damaged: copy it whole.' },
  CURSOR_EXPIRED: {
    retryable: false,
    message: 'What followed that cursor has been trimmed: read the newest page and start from its endCursor.',
  },
  HISTORY_RESET: {
    retryable: false,
    message: 'That cursor is of another history: forget what you kept, read the newest page and start from there.',
  },
  BAD_USER_INPUT: { retryable: false, message: 'An argument is out of its range.' },
  BAD_REQUEST: { retryable: false, message: 'The request is not GraphQL over HTTP.' },
  GRAPHQL_PARSE_FAILED: { retryable: false, message: 'The document does not parse.' },
  GRAPHQL_VALIDATION_FAILED: { retryable: false, message: 'The document does not fit the schema.' },
  RATE_LIMITED: { retryable: true, message: 'Too many in too little time: wait `retryAfterMs`.' },
  SUBSCRIPTION_LIMIT: { retryable: false, message: 'Too many subscriptions: complete one first.' },
  FORBIDDEN: { retryable: false, message: 'This origin may not use this server with a cookie.' },
  STORAGE_UNAVAILABLE: {
    retryable: true,
    message: 'The log is unavailable; whether this was kept is unknown. Retry with the same nonce.',
  },
  DRAINING: { retryable: true, message: 'The server is about to stop: connect again and retry with the same nonce.' },
  CHALLENGE_UNREACHABLE: { retryable: true, message: 'The challenge server cannot be reached.' },
  CHALLENGE_TIMEOUT: { retryable: true, message: 'The challenge server did not answer in time.' },
  CHALLENGE_INVALID: { retryable: false, message: 'The challenge server sent no text message of at most 64 KiB.' },
  INTERNAL_SERVER_ERROR: { retryable: true, message: 'Something unexpected went wrong.' },
} as const satisfies Record<string, CodeRow>

export type ErrorCode = keyof typeof ERRORS

/** A refusal that was meant: it reaches the client as it is. Anything else that is thrown is masked and logged. */
export class Refusal extends Error {
  readonly code: ErrorCode
  /** What goes beside the code in `extensions`, such as `retryAfterMs`. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string = ERRORS[code].message, details: Record<string, unknown> = {}) {
    super(message)
    this.name = 'Refusal'
    this.code = code
    this.details = details
  }
}
