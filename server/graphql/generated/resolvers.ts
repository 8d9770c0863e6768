import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { UserShape, MessageShape, MessageRefShape, MessagePageShape, ConversationShape, ReadPositionShape, EventShape, DeviceShape, StandingShape, RestrictionShape, AuditEntryShape, InvitationShape, InspectionShape, FeedBehindShape } from '../shapes.ts';
import type { Context } from '../context.ts';
export type Maybe<T> = T | null;
export type InputMaybe<T> = T | null | undefined;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /**
   * A place in the log, as one opaque string. Inside one epoch (see `Server.epoch`) cursors sort as strings in the order
   * of the log. Errors where one is taken as an argument: `CURSOR_INVALID` (damaged), `CURSOR_EXPIRED` (what followed was
   * trimmed), `HISTORY_RESET` (of another history, or of a position this account was never given).
   */
  Cursor: { input: string; output: string; }
  /** An instant as RFC 3339 text, UTC, with milliseconds: `2025-03-01T12:00:00.000Z`. */
  DateTime: { input: string; output: string; }
};

/** What administrators did. */
export type AuditAction =
  /** Banned, or closed. */
  | 'BAN'
  /** Made an invitation: `what` is its id. */
  | 'CREATE_INVITATION'
  /** Made a token for a program: `what` is its name. */
  | 'CREATE_TOKEN'
  /** Ended sessions of an account. */
  | 'END_SESSIONS'
  /** Exported what there is of a person. */
  | 'EXPORT'
  /** Made an administrator. */
  | 'GRANT'
  /** Muted. */
  | 'MUTE'
  /** Removed a public message: `what` is its id. */
  | 'REMOVE_MESSAGE'
  /** Gave an account another password. */
  | 'RESET_PASSWORD'
  /** Took that role away. */
  | 'REVOKE'
  /** Revoked one: `what` is its id. */
  | 'REVOKE_INVITATION'
  /** Revoked one: `what` is its name. */
  | 'REVOKE_TOKEN'
  /** Ended a ban. */
  | 'UNBAN'
  /** Ended a muting. */
  | 'UNMUTE';

/** One act of an administrator, or of the operator. Nothing of it is ever changed. */
export type AuditEntry = {
  __typename?: 'AuditEntry';
  /** What was done. */
  action: AuditAction;
  /** When. */
  at: Scalars['DateTime']['output'];
  /** Who; null: the operator, on the server's own machine. */
  by?: Maybe<User>;
  /** Sorts by time: pass it as `before`. */
  id: Scalars['ID']['output'];
  /** Why, in words; null: that was not said. */
  reason?: Maybe<Scalars['String']['output']>;
  /** Until when; null: it has no end, or is nothing that has one. */
  until?: Maybe<Scalars['DateTime']['output']>;
  /** What it was about beside that; null: nothing. */
  what?: Maybe<Scalars['String']['output']>;
  /** To whom; null: to nobody in particular. */
  whom?: Maybe<User>;
};

/** Replay has become live: all up to this cursor has been sent. Once in each subscription, even when nothing was missed. */
export type CaughtUp = LogEvent & {
  __typename?: 'CaughtUp';
  /** Of the last thing this account may see, or the `since` that was given. */
  cursor: Scalars['Cursor']['output'];
  /** How many events were replayed before it. */
  replayed: Scalars['Int']['output'];
};

/**
 * A conversation as this account sees it: the one with everyone, or with one person. `latest` and `unread` count messages,
 * not edits and deletions.
 */
export type Conversation = {
  __typename?: 'Conversation';
  /** Its newest message; null: none yet. */
  latest?: Maybe<Message>;
  /** How far this account has read, on whichever device; null: nothing is noted. For comparing: the place may be trimmed. */
  readUpTo?: Maybe<Scalars['Cursor']['output']>;
  /** Messages of others after `readUpTo`, and after the account was made, that were not deleted. Counting stops at 1,000. */
  unread: Scalars['Int']['output'];
  /** The other person; oneself: notes; null: everyone. */
  with?: Maybe<User>;
};

/** A new device that waits to be approved by one that has entered. */
export type DeviceRequest = {
  __typename?: 'DeviceRequest';
  /** Secret: the new device's, for `enterWithCode`, which is `CODE_PENDING` until it is approved. */
  deviceCode: Scalars['String']['output'];
  /** Two minutes from now. */
  expiresAt: Scalars['DateTime']['output'];
  /** To show: somebody types it at a device that has entered, for `approveDevice`. */
  userCode: Scalars['String']['output'];
};

/** One device (browser, terminal, program) that has entered as this account. */
export type DeviceSession = {
  __typename?: 'DeviceSession';
  /** When it entered. */
  createdAt: Scalars['DateTime']['output'];
  /** Whether it is the session that asks. */
  current: Scalars['Boolean']['output'];
  /** What kind of device, for people: as it said of itself, or from its User-Agent. Never empty. */
  device: Scalars['String']['output'];
  /** Random; not a secret. */
  id: Scalars['ID']['output'];
  /** When it was last used, within an hour or so; of one that is online, now. */
  lastUsedAt: Scalars['DateTime']['output'];
  /** Whether it is connected now, to the node that answers. */
  online: Scalars['Boolean']['output'];
};

/** Every code that `extensions.code` of an error can have. docs/PROTOCOL.md says what each means and what to do. */
export type ErrorCode =
  /**
   * This browser's cookie is another account's, for `enterWithCode` and `enterWithToken` anybody's: use another browser, or a
   * token in place of the cookie. `leave` frees this one; a name without a password then needs another device of its own.
   */
  | 'ALREADY_ENTERED'
  /** The request body could not be read as GraphQL over HTTP. */
  | 'BAD_REQUEST'
  /** An argument is out of its range, or the document breaks a limit. */
  | 'BAD_USER_INPUT'
  /**
   * The account was banned or closed: `extensions.until` says until when (null: no end), `extensions.reason` why, where that
   * was said.
   */
  | 'BANNED'
  /** The challenge server answered with something that is not a text message of at most 64 KiB. */
  | 'CHALLENGE_INVALID'
  /** The challenge server did not answer in time. */
  | 'CHALLENGE_TIMEOUT'
  /** The challenge server could not be reached. */
  | 'CHALLENGE_UNREACHABLE'
  /** The code is wrong, was used, or is older than two minutes: ask for another. */
  | 'CODE_INVALID'
  /** The other device has not approved it yet: try again after `extensions.retryAfterMs` milliseconds. */
  | 'CODE_PENDING'
  /** What followed the cursor has been trimmed from the log: read the newest page and start from there. */
  | 'CURSOR_EXPIRED'
  /** The cursor is damaged: it was not copied whole. */
  | 'CURSOR_INVALID'
  /** The server is about to stop: connect again and retry with the same nonce. */
  | 'DRAINING'
  /** The Origin of the request is not one that may use this server with a cookie. */
  | 'FORBIDDEN'
  /** The document does not parse. */
  | 'GRAPHQL_PARSE_FAILED'
  /** The document does not fit this schema. */
  | 'GRAPHQL_VALIDATION_FAILED'
  /** The cursor belongs to another history: drop what was kept, read the newest page and start from there. */
  | 'HISTORY_RESET'
  /** Something unexpected, the server's fault: `extensions.reference` is also in its log. */
  | 'INTERNAL_SERVER_ERROR'
  /** The invitation is wrong, was used or revoked, or is too old. */
  | 'INVITATION_INVALID'
  /** New people need an invitation here, or the name's password is missing or wrong: which of the two is not told. */
  | 'INVITATION_REQUIRED'
  /**
   * An administrator has muted this account for what is public: `extensions.until` says until when (null: no end), with
   * `extensions.retryAfterMs`; `extensions.reason` why, where that was said.
   */
  | 'MUTED'
  /** The nonce was used for a send with other arguments. */
  | 'NONCE_REUSED'
  /** Only administrators may do this. */
  | 'NOT_ADMINISTRATOR'
  /** The message is somebody else's: only its author may change it. */
  | 'NOT_AUTHOR'
  /** The password is missing, too short, too long, or not the account's. */
  | 'PASSWORD_INVALID'
  /** Too many in too little time: try again after `extensions.retryAfterMs` milliseconds. */
  | 'RATE_LIMITED'
  /**
   * That account can't be written to now: it is closed, or wants no word of this one, which of the two is not told; or, with
   * `extensions.byYou`, this account has blocked it.
   */
  | 'RECIPIENT_UNAVAILABLE'
  /** The log could not be written or read; whether a send was kept is unknown. Retry with the same nonce. */
  | 'STORAGE_UNAVAILABLE'
  /** Too many subscriptions, or too many distinct ones, on this socket, address or server. */
  | 'SUBSCRIPTION_LIMIT'
  /** The text has no visible character. */
  | 'TEXT_EMPTY'
  /** The text has a NUL or a lone surrogate. */
  | 'TEXT_INVALID'
  /** The text is longer than `Limits.textCodePoints` or `Limits.textBytes`. */
  | 'TEXT_TOO_LONG'
  /** The token is none that this server takes, or has expired. */
  | 'TOKEN_INVALID'
  /** The operation needs an account: call `enter`, or send its token. */
  | 'UNAUTHENTICATED'
  /** The text starts with `/` and names no command: write `//` for a text that starts with a slash. */
  | 'UNKNOWN_COMMAND'
  /** No message has that id, or it is none that this account may see, or it was deleted. */
  | 'UNKNOWN_MESSAGE'
  /** Nobody has the name that the message is addressed to. */
  | 'UNKNOWN_RECIPIENT'
  /** The name breaks a rule of usernames; the message says which. `extensions.suggestions` has up to five free ones. */
  | 'USERNAME_INVALID'
  /**
   * The name belongs to somebody: enter with its password or a code from one of its devices, or choose another;
   * `extensions.suggestions` has up to five free ones.
   */
  | 'USERNAME_TAKEN';

/** One step of the log. More members may follow: ignore those you do not know, and keep their cursor. */
export type Event = CaughtUp | MessageAdded | MessageDeleted | MessageEdited;

/** A feed that reads the log. */
export type FeedBehind = {
  __typename?: 'FeedBehind';
  /** Whose. */
  account: User;
  /** How often in a row the log could not be read for it. */
  failures: Scalars['Int']['output'];
  /** It waits for its client to read. */
  isWaiting: Scalars['Boolean']['output'];
  /** How far its place is behind the newest entry, in milliseconds. */
  lagMs: Scalars['Int']['output'];
  /** As of its group. */
  operation?: Maybe<Scalars['String']['output']>;
};

/** Feeds that share an operation. */
export type FeedGroup = {
  __typename?: 'FeedGroup';
  /** How many of them are behind. */
  behind: Scalars['Int']['output'];
  /** How many of them are live. */
  live: Scalars['Int']['output'];
  /** The operation, normalised; null: those that can't be shared. */
  operation?: Maybe<Scalars['String']['output']>;
};

/**
 * What one server is doing at this moment, for administrators. Of several nodes each speaks of itself. Times, not cursors: a
 * place that one may not see is handed out to nobody.
 */
export type Inspection = {
  __typename?: 'Inspection';
  /** Accounts with a feed here. */
  accounts: Scalars['Int']['output'];
  /** When. */
  at: Scalars['DateTime']['output'];
  /** The feeds that are furthest behind, at most 50. */
  behind: Array<FeedBehind>;
  /** Sockets and streams. */
  connections: Scalars['Int']['output'];
  /** `Server.epoch`. */
  epoch: Scalars['String']['output'];
  /** Feeds that read the log. */
  feedsBehind: Scalars['Int']['output'];
  /** Feeds that are fed from memory. */
  feedsLive: Scalars['Int']['output'];
  /** Feeds by operation, the largest first, at most 50: each is executed once for a message, whatever the number of its feeds. */
  groups: Array<FeedGroup>;
  /** When the newest entry that this server has passed on entered the log; null: none yet. */
  headAt?: Maybe<Scalars['DateTime']['output']>;
  /** How far that is behind the newest entry of the log, in milliseconds: nodes over Redis hear of it a moment later. */
  logLagMs: Scalars['Int']['output'];
  /** How far the search index is behind the log, in milliseconds; null: it is being made, or switched off. */
  searchLagMs?: Maybe<Scalars['Int']['output']>;
  /** Since when it runs. */
  startedAt: Scalars['DateTime']['output'];
  /** From when on entries are in memory; null: all of the log is. */
  tailFrom?: Maybe<Scalars['DateTime']['output']>;
  /** `Server.version`. */
  version: Scalars['String']['output'];
};

/** An invitation, without its secret. */
export type Invitation = {
  __typename?: 'Invitation';
  /** Who made it; null: the operator. */
  by?: Maybe<User>;
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** When it ends. */
  expiresAt: Scalars['DateTime']['output'];
  /** Not a secret. */
  id: Scalars['ID']['output'];
  /** When it was revoked; null: it was not. */
  revokedAt?: Maybe<Scalars['DateTime']['output']>;
  /** How many names were claimed with it. */
  used: Scalars['Int']['output'];
  /** How many names it is good for. */
  uses: Scalars['Int']['output'];
};

/** The limits of this server; 0 means no limit. */
export type Limits = {
  __typename?: 'Limits';
  /** Bytes of one HTTP body or WebSocket message. */
  messageBytes: Scalars['Int']['output'];
  /** Messages or users in one page. */
  page: Scalars['Int']['output'];
  /** For how many days the log keeps a message; 0: for ever. With `retainedMessages` too, whichever is reached first. */
  retainedDays: Scalars['Int']['output'];
  /** Of the newest messages, how many the log keeps; 0: all. */
  retainedMessages: Scalars['Int']['output'];
  /** Messages an account may send in a second, lasting; three times that in a burst. */
  sendsPerSecond: Scalars['Int']['output'];
  /** Subscriptions on one socket. */
  subscriptionsPerSocket: Scalars['Int']['output'];
  /** Bytes of UTF-8 in a message's text. */
  textBytes: Scalars['Int']['output'];
  /** Code points in a message's text. */
  textCodePoints: Scalars['Int']['output'];
};

/** What every event has. An event of a type that a client does not know still moves its cursor. */
export type LogEvent = {
  /** Pass the newest one as `since` to go on after it. */
  cursor: Scalars['Cursor']['output'];
};

/** One message. Public when `to` is null, otherwise seen by its sender and its recipient only. */
export type Message = {
  __typename?: 'Message';
  /** Where it entered the log: pass it as `since`. */
  cursor: Scalars['Cursor']['output'];
  /** When it was deleted; null: it was not. */
  deletedAt?: Maybe<Scalars['DateTime']['output']>;
  /** When its text last changed; null: never. */
  editedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Who sent it. */
  from: User;
  /** Random, stable for ever, also across an edit. */
  id: Scalars['ID']['output'];
  /** The message that it answers; null: none, or that one is no longer kept. */
  replyTo?: Maybe<MessageRef>;
  /** The server's clock, for people to read; the order is the cursor's. */
  sentAt: Scalars['DateTime']['output'];
  /** At most `Limits.textCodePoints` code points. Its latest text; empty once deleted. */
  text: Scalars['String']['output'];
  /** Who it is for; null: everyone. */
  to?: Maybe<User>;
};

/** A message entered the log. */
export type MessageAdded = LogEvent & {
  __typename?: 'MessageAdded';
  /** The message's own cursor. */
  cursor: Scalars['Cursor']['output'];
  /** With its latest text at the time this event is sent: empty once it was deleted. */
  message: Message;
};

/** A message was deleted: drop the text by id. */
export type MessageDeleted = LogEvent & {
  __typename?: 'MessageDeleted';
  /** Where the deletion entered the log. */
  cursor: Scalars['Cursor']['output'];
  /** With an empty text. */
  message: Message;
};

/** A message's text changed: replace the message by id. */
export type MessageEdited = LogEvent & {
  __typename?: 'MessageEdited';
  /** Where the edit entered the log. */
  cursor: Scalars['Cursor']['output'];
  /**
   * With its latest text, which replay may have from a later edit, or empty once it was deleted; `Message.cursor` is still
   * where the message entered.
   */
  message: Message;
};

/** Messages, oldest first, each once with its latest text. */
export type MessagePage = {
  __typename?: 'MessagePage';
  /** At most `limit`. */
  nodes: Array<Message>;
  /** Where the page begins and ends. */
  pageInfo: PageInfo;
};

/** A message by reference, without what it says: a text that is deleted is then gone everywhere. Ask for it by `message`. */
export type MessageRef = {
  __typename?: 'MessageRef';
  /** Where it entered the log. */
  cursor: Scalars['Cursor']['output'];
  /** Who sent it. */
  from: User;
  /** Of the message. */
  id: Scalars['ID']['output'];
};

/** What can be done. Fields of one operation run one after the other. */
export type Mutation = {
  __typename?: 'Mutation';
  /**
   * Lets a device in that shows this code and asked for this account's name. Answers with what kind of device it says it is.
   * Errors: `UNAUTHENTICATED`, `CODE_INVALID` (also for a request for another name), `RATE_LIMITED`.
   */
  approveDevice: Scalars['String']['output'];
  /**
   * For administrators: ends all of somebody's sessions and lets them enter no more, for a while or for good. Errors: as of
   * `mute`.
   */
  ban: Standing;
  /**
   * Takes no private word of somebody any more: no message, no edit, no sign of their writing. They are not told. Answers with
   * whom. Errors: `UNAUTHENTICATED`, `UNKNOWN_RECIPIENT`, `BAD_USER_INPUT` (oneself, or more than 1,000), `RATE_LIMITED`.
   */
  block: User;
  /** For administrators: makes an invitation. Errors: `UNAUTHENTICATED`, `NOT_ADMINISTRATOR`, `BAD_USER_INPUT`, `RATE_LIMITED`. */
  createInvitation: NewInvitation;
  /**
   * Deletes the account for ever: its sessions end and its name is free for others. Its messages stay with those who
   * got them. Errors: `UNAUTHENTICATED`, `PASSWORD_INVALID`, `RATE_LIMITED`.
   */
  deleteAccount: Scalars['Boolean']['output'];
  /**
   * Deletes one's own message for everybody who could see it: its text is gone from the log, pages, replay and search.
   * Deleting it again changes nothing. Errors: `UNAUTHENTICATED`, `UNKNOWN_MESSAGE`, `NOT_AUTHOR`, `RATE_LIMITED`,
   * `STORAGE_UNAVAILABLE`, `DRAINING`.
   */
  deleteMessage: Message;
  /**
   * Changes the text of one's own message, taken as it is (no commands), and answers once the change is safely in the log.
   * With the text that it already has, nothing is changed or logged. Errors: `UNAUTHENTICATED`, `UNKNOWN_MESSAGE`,
   * `NOT_AUTHOR`, `RECIPIENT_UNAVAILABLE`, `MUTED`, `TEXT_EMPTY`, `TEXT_TOO_LONG`, `TEXT_INVALID`, `RATE_LIMITED`,
   * `STORAGE_UNAVAILABLE`, `DRAINING`.
   */
  editMessage: Message;
  /**
   * Ends one of this account's sessions, and its sockets. False: it has no such session (any more). Errors:
   * `UNAUTHENTICATED`.
   */
  endSession: Scalars['Boolean']['output'];
  /**
   * Claims a free name, or enters with its password. In a browser the session is also set as an HttpOnly cookie.
   * Errors: `USERNAME_INVALID`, `USERNAME_TAKEN` (somebody's, and the password is missing or wrong), `PASSWORD_INVALID`
   * (of a length that no password has), `INVITATION_REQUIRED`, `INVITATION_INVALID`, `BANNED`, `ALREADY_ENTERED`,
   * `BAD_USER_INPUT` (`device`), `RATE_LIMITED`.
   */
  enter: Session;
  /**
   * Enters with a code of `pairDevice` (in any case, with or without the dash) or a `deviceCode` of `requestDevice`. In a
   * browser the session is also set as an HttpOnly cookie. Errors: `CODE_INVALID`, `CODE_PENDING`, `ALREADY_ENTERED` (this
   * browser is somebody already; the code is not used up), `BAD_USER_INPUT` (`device`), `RATE_LIMITED`.
   */
  enterWithCode: Session;
  /**
   * Enters with a JSON Web Token of the system whose accounts this server takes (`JWT_ISSUER`), as the account of its subject,
   * which is made when it comes for the first time. The session lasts as that of `enter` does, whenever the token ends. In a
   * browser it is also set as an HttpOnly cookie. Errors: `TOKEN_INVALID`, `BANNED`, `ALREADY_ENTERED` (this browser is somebody
   * already), `BAD_USER_INPUT` (`device`), `RATE_LIMITED`, `STORAGE_UNAVAILABLE` (the issuer's keys can't be read now).
   */
  enterWithToken: Session;
  /** Ends this session, or every session of the account, and their sockets. Errors: `UNAUTHENTICATED`. */
  leave: Scalars['Boolean']['output'];
  /**
   * Notes how far this account has read a conversation, for all its devices. Forward only: a cursor before what is noted
   * changes nothing. Answers with what is noted now. Errors: `UNAUTHENTICATED`, `UNKNOWN_RECIPIENT`, `CURSOR_INVALID`,
   * `HISTORY_RESET`, `BAD_USER_INPUT` (both `with` and `withId`), `RATE_LIMITED`, `STORAGE_UNAVAILABLE`.
   */
  markRead: ReadPosition;
  /**
   * For administrators: takes somebody's right to write to everyone, for a while or for good. Again: for another while. Errors:
   * `UNAUTHENTICATED`, `NOT_ADMINISTRATOR`, `UNKNOWN_RECIPIENT`, `BAD_USER_INPUT` (an administrator; a time that is over; both
   * `until` and `forMs`; a reason of more than 500 characters), `RATE_LIMITED`.
   */
  mute: Standing;
  /**
   * A code with which another device may enter as this account, by `enterWithCode`. Single use, two minutes. Errors:
   * `UNAUTHENTICATED`, `RATE_LIMITED`.
   */
  pairDevice: PairingCode;
  /**
   * For administrators: deletes a public message of anybody, as its author can (`deleteMessage`). Errors: `UNAUTHENTICATED`,
   * `NOT_ADMINISTRATOR`, `UNKNOWN_MESSAGE` (also any private one that is not theirs), `NOT_AUTHOR` (a private one to them),
   * `BAD_USER_INPUT` (`reason`), `RATE_LIMITED`, `STORAGE_UNAVAILABLE`, `DRAINING`.
   */
  removeMessage: Message;
  /**
   * The other way round: a new device asks to enter as somebody and shows `userCode`, which its owner types at a device that
   * has entered (`approveDevice`); it then gets in by `enterWithCode(code: deviceCode)`. Whether the name exists is not told.
   * Errors: `USERNAME_INVALID`, `BAD_USER_INPUT`, `RATE_LIMITED`.
   */
  requestDevice: DeviceRequest;
  /**
   * For administrators: revokes an invitation. Who has entered with it stays. False: there is none of this id that is good.
   * Errors: `UNAUTHENTICATED`, `NOT_ADMINISTRATOR`, `RATE_LIMITED`.
   */
  revokeInvitation: Scalars['Boolean']['output'];
  /**
   * Sends a message and answers once it is safely in the log. With neither `to` nor `plain` the text is read as a person
   * types it: `/msg joao oi` (also `/w`, `/dm`) is private to joao, `//x` is the text `/x`. Errors: `UNAUTHENTICATED`,
   * `UNKNOWN_RECIPIENT`, `RECIPIENT_UNAVAILABLE`, `MUTED`, `UNKNOWN_COMMAND`, `TEXT_EMPTY`, `TEXT_TOO_LONG`, `TEXT_INVALID`, `NONCE_REUSED`,
   * `BAD_USER_INPUT`, `RATE_LIMITED`, `STORAGE_UNAVAILABLE`, `DRAINING`.
   */
  sendMessage: Message;
  /** Adds or changes the account's password. Errors: `UNAUTHENTICATED`, `PASSWORD_INVALID`, `RATE_LIMITED`. */
  setPassword: Scalars['Boolean']['output'];
  /**
   * Tells that this account is writing, to everyone or to one person. Never kept, and may be lost. Answers whether it did:
   * more often than once in two seconds it does nothing. Errors: `UNAUTHENTICATED`, `UNKNOWN_RECIPIENT`.
   */
  setTyping: Scalars['Boolean']['output'];
  /** For administrators: lets them enter again. Errors: as of `unmute`. */
  unban: Standing;
  /** Takes it back. False: they were not blocked. Errors: `UNAUTHENTICATED`, `UNKNOWN_RECIPIENT`, `RATE_LIMITED`. */
  unblock: Scalars['Boolean']['output'];
  /** For administrators: gives it back. Errors: `UNAUTHENTICATED`, `NOT_ADMINISTRATOR`, `UNKNOWN_RECIPIENT`, `RATE_LIMITED`. */
  unmute: Standing;
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationApproveDeviceArgs = {
  userCode: Scalars['String']['input'];
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationBanArgs = {
  forMs?: InputMaybe<Scalars['Int']['input']>;
  reason?: InputMaybe<Scalars['String']['input']>;
  until?: InputMaybe<Scalars['DateTime']['input']>;
  username: Scalars['String']['input'];
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationBlockArgs = {
  username: Scalars['String']['input'];
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationCreateInvitationArgs = {
  days?: InputMaybe<Scalars['Int']['input']>;
  uses?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationDeleteAccountArgs = {
  password?: InputMaybe<Scalars['String']['input']>;
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationDeleteMessageArgs = {
  id: Scalars['ID']['input'];
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationEditMessageArgs = {
  id: Scalars['ID']['input'];
  text: Scalars['String']['input'];
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationEndSessionArgs = {
  id: Scalars['ID']['input'];
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationEnterArgs = {
  device?: InputMaybe<Scalars['String']['input']>;
  invitation?: InputMaybe<Scalars['String']['input']>;
  password?: InputMaybe<Scalars['String']['input']>;
  username: Scalars['String']['input'];
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationEnterWithCodeArgs = {
  code: Scalars['String']['input'];
  device?: InputMaybe<Scalars['String']['input']>;
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationEnterWithTokenArgs = {
  device?: InputMaybe<Scalars['String']['input']>;
  token: Scalars['String']['input'];
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationLeaveArgs = {
  everywhere?: InputMaybe<Scalars['Boolean']['input']>;
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationMarkReadArgs = {
  cursor: Scalars['Cursor']['input'];
  with?: InputMaybe<Scalars['String']['input']>;
  withId?: InputMaybe<Scalars['ID']['input']>;
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationMuteArgs = {
  forMs?: InputMaybe<Scalars['Int']['input']>;
  reason?: InputMaybe<Scalars['String']['input']>;
  until?: InputMaybe<Scalars['DateTime']['input']>;
  username: Scalars['String']['input'];
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationRemoveMessageArgs = {
  id: Scalars['ID']['input'];
  reason?: InputMaybe<Scalars['String']['input']>;
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationRequestDeviceArgs = {
  device?: InputMaybe<Scalars['String']['input']>;
  username: Scalars['String']['input'];
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationRevokeInvitationArgs = {
  id: Scalars['ID']['input'];
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationSendMessageArgs = {
  nonce?: InputMaybe<Scalars['ID']['input']>;
  plain?: InputMaybe<Scalars['Boolean']['input']>;
  replyTo?: InputMaybe<Scalars['ID']['input']>;
  text: Scalars['String']['input'];
  to?: InputMaybe<Scalars['String']['input']>;
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationSetPasswordArgs = {
  current?: InputMaybe<Scalars['String']['input']>;
  password: Scalars['String']['input'];
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationSetTypingArgs = {
  to?: InputMaybe<Scalars['String']['input']>;
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationUnbanArgs = {
  reason?: InputMaybe<Scalars['String']['input']>;
  username: Scalars['String']['input'];
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationUnblockArgs = {
  username: Scalars['String']['input'];
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationUnmuteArgs = {
  reason?: InputMaybe<Scalars['String']['input']>;
  username: Scalars['String']['input'];
};

/** What `createInvitation` gives. */
export type NewInvitation = {
  __typename?: 'NewInvitation';
  /** The invitation. */
  invitation: Invitation;
  /** The secret, told this once: for `enter(invitation:)`, or behind `/#convite=` as a link to the page. */
  token: Scalars['String']['output'];
};

/** As in the Relay specification; the cursors are `Cursor`s of messages, or usernames for `UserPage`. */
export type PageInfo = {
  __typename?: 'PageInfo';
  /**
   * Of the last node. A page of messages always has one, also an empty page: a feed started from it misses nothing and
   * repeats nothing of the page. Null only for an empty page of users.
   */
  endCursor?: Maybe<Scalars['String']['output']>;
  /** Whether more of the asked-for messages follow the last one of this page. */
  hasNextPage: Scalars['Boolean']['output'];
  /** Whether more of the asked-for messages precede the first one of this page. */
  hasPreviousPage: Scalars['Boolean']['output'];
  /** Of the first node; null when the page is empty. */
  startCursor?: Maybe<Scalars['String']['output']>;
};

/** What one device shows so that another one may enter. */
export type PairingCode = {
  __typename?: 'PairingCode';
  /** For `enterWithCode`, once: eight letters and digits that can't be taken for each other, in two groups of four. */
  code: Scalars['String']['output'];
  /** Two minutes from now. */
  expiresAt: Scalars['DateTime']['output'];
};

/** What the challenge server said. */
export type ProbeResult = {
  __typename?: 'ProbeResult';
  /** When the message was read. Answers are kept for 5 seconds. */
  at: Scalars['DateTime']['output'];
  /** Milliseconds from the start to the open socket; a sleeping server takes up to a minute. */
  connectMs: Scalars['Int']['output'];
  /** Its first message. */
  message: Scalars['String']['output'];
  /** Milliseconds from the open socket to the message. */
  messageMs: Scalars['Int']['output'];
  /** The address that was read (set by the operator, never by a client). */
  url: Scalars['String']['output'];
};

/** What can be read. */
export type Query = {
  __typename?: 'Query';
  /**
   * For administrators: what administrators and the operator did, the newest first. Errors: `UNAUTHENTICATED`,
   * `NOT_ADMINISTRATOR`, `BAD_USER_INPUT`.
   */
  auditLog: Array<AuditEntry>;
  /** Whom this account has blocked, at most 1,000, the deleted left out. Errors: `UNAUTHENTICATED`. */
  blocked: Array<User>;
  /**
   * This account's conversations, the one with the newest message first; everyone's is always among them. Errors:
   * `UNAUTHENTICATED`, `CURSOR_INVALID`, `HISTORY_RESET`, `BAD_USER_INPUT`.
   */
  conversations: Array<Conversation>;
  /** For administrators: what the server that answers is doing. Errors: `UNAUTHENTICATED`, `NOT_ADMINISTRATOR`. */
  inspection: Inspection;
  /**
   * For administrators: the invitations that are good, and those that ended in the last 30 days, the newest first. Errors:
   * `UNAUTHENTICATED`, `NOT_ADMINISTRATOR`.
   */
  invitations: Array<Invitation>;
  /** The account of this session; null without one. */
  me?: Maybe<User>;
  /** One message by its id, with its latest text; null: there is none that this account may see. Errors: `UNAUTHENTICATED`. */
  message?: Maybe<Message>;
  /**
   * A page of the messages that this account may see, oldest first. With `since`: those right after it. With `before`:
   * those right before it. With neither: the newest. Errors: `UNAUTHENTICATED`, `CURSOR_INVALID`, `CURSOR_EXPIRED`,
   * `HISTORY_RESET`, `UNKNOWN_RECIPIENT`, `BAD_USER_INPUT` (`since` together with `before`, or a limit out of range).
   */
  messages: MessagePage;
  /**
   * Reads the challenge server's message. Needs no account. Errors: `CHALLENGE_UNREACHABLE`, `CHALLENGE_TIMEOUT`,
   * `CHALLENGE_INVALID`.
   */
  probe: ProbeResult;
  /** For administrators: the accounts that are muted or banned, at most 1,000. Errors: `UNAUTHENTICATED`, `NOT_ADMINISTRATOR`. */
  restricted: Array<Standing>;
  /**
   * A page of the messages that this account may see and whose latest text has all of these words, oldest first: the
   * newest ones, or with `before` those right before it. Case and accents are ignored; the last word may be the beginning of
   * one; words in double quotes stand together. Deleted messages are never found. Errors: `UNAUTHENTICATED`,
   * `CURSOR_INVALID`, `HISTORY_RESET`, `UNKNOWN_RECIPIENT`, `BAD_USER_INPUT` (no word, more than 16, a limit out of
   * range, or search is switched off), `RATE_LIMITED`, `STORAGE_UNAVAILABLE` (the index is being made: try again).
   */
  search: MessagePage;
  /** This server: version, protocol, epoch and limits. Needs no account. */
  server: Server;
  /** The devices that have entered as this account, the newest first. Errors: `UNAUTHENTICATED`. */
  sessions: Array<DeviceSession>;
  /** For administrators: how it stands with an account. Errors: `UNAUTHENTICATED`, `NOT_ADMINISTRATOR`, `UNKNOWN_RECIPIENT`. */
  standing: Standing;
  /** Accounts by name. Errors: `UNAUTHENTICATED`, `BAD_USER_INPUT`. */
  users: UserPage;
};


/** What can be read. */
export type QueryAuditLogArgs = {
  before?: InputMaybe<Scalars['ID']['input']>;
  limit?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be read. */
export type QueryConversationsArgs = {
  before?: InputMaybe<Scalars['Cursor']['input']>;
  limit?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be read. */
export type QueryMessageArgs = {
  id: Scalars['ID']['input'];
};


/** What can be read. */
export type QueryMessagesArgs = {
  before?: InputMaybe<Scalars['Cursor']['input']>;
  limit?: InputMaybe<Scalars['Int']['input']>;
  scope?: InputMaybe<Scope>;
  since?: InputMaybe<Scalars['Cursor']['input']>;
  with?: InputMaybe<Scalars['String']['input']>;
  withId?: InputMaybe<Scalars['ID']['input']>;
};


/** What can be read. */
export type QuerySearchArgs = {
  before?: InputMaybe<Scalars['Cursor']['input']>;
  limit?: InputMaybe<Scalars['Int']['input']>;
  scope?: InputMaybe<Scope>;
  text: Scalars['String']['input'];
  with?: InputMaybe<Scalars['String']['input']>;
};


/** What can be read. */
export type QueryStandingArgs = {
  username: Scalars['String']['input'];
};


/** What can be read. */
export type QueryUsersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  limit?: InputMaybe<Scalars['Int']['input']>;
  online?: InputMaybe<Scalars['Boolean']['input']>;
};

/** How far an account has read one conversation. It only moves forward, and all of the account's devices share it. */
export type ReadPosition = {
  __typename?: 'ReadPosition';
  /** The newest message that was read. */
  cursor: Scalars['Cursor']['output'];
  /** The other person; null: everyone. */
  with?: Maybe<User>;
};

/** Who may claim a free name. */
export type Registration =
  /** Nobody. */
  | 'CLOSED'
  /** Those with an invitation. */
  | 'INVITE'
  /** Anybody. */
  | 'OPEN';

/** Something that an administrator has taken from an account for a while. */
export type Restriction = {
  __typename?: 'Restriction';
  /** Why, in words; null: that was not said. */
  reason?: Maybe<Scalars['String']['output']>;
  /** When it ends; null: it has no end. */
  until?: Maybe<Scalars['DateTime']['output']>;
};

/** What an account may do. */
export type Role =
  /** Also what is marked as for administrators: the operator of the server gives the role. */
  | 'ADMINISTRATOR'
  /** What everybody may. */
  | 'USER';

/** Which messages a page takes from. */
export type Scope =
  /** Public ones and one's own private ones. */
  | 'ALL'
  /** Those from or to this account alone. */
  | 'PRIVATE'
  /** Those for everyone. */
  | 'PUBLIC';

/** This server. */
export type Server = {
  __typename?: 'Server';
  /** The name of this log's history. Another epoch: another history, whose cursors mean nothing here. */
  epoch: Scalars['String']['output'];
  /** What it refuses. */
  limits: Limits;
  /** Of docs/PROTOCOL.md; the major number changes when a client written before might break. */
  protocol: Scalars['String']['output'];
  /** Who may claim a free name. */
  registration: Registration;
  /** Of the program, as in semver. */
  version: Scalars['String']['output'];
};

/** What `enter` gives. */
export type Session = {
  __typename?: 'Session';
  /** When it ends if it is not used; each use renews it. */
  expiresAt: Scalars['DateTime']['output'];
  /** The account. */
  me: User;
  /** The secret that proves the account: `Authorization: Bearer …`, or `authorization` in connectionParams. Keep it safe. */
  token: Scalars['String']['output'];
};

/** What there is to know of an account for administrators. */
export type Standing = {
  __typename?: 'Standing';
  /** It may not enter; null: it may. */
  banned?: Maybe<Restriction>;
  /** It may not write to everyone; null: it may. */
  muted?: Maybe<Restriction>;
  /** The account. */
  user: User;
};

/** What is told as it happens, over WebSocket or Server-Sent Events. */
export type Subscription = {
  __typename?: 'Subscription';
  /** The same log, whole: messages, edits and deletions, and `CaughtUp` where replay becomes live. Errors: as `onMessage`. */
  onEvent: Event;
  /**
   * New messages: first all after `since`, then live, in one order. Without `since`: from now. Errors: `UNAUTHENTICATED`,
   * `CURSOR_INVALID`, `CURSOR_EXPIRED`, `HISTORY_RESET`, `SUBSCRIPTION_LIMIT`.
   */
  onMessage: Message;
  /**
   * First everyone who is online, then those whose presence changed, at most once a second. Errors: `UNAUTHENTICATED`,
   * `SUBSCRIPTION_LIMIT`.
   */
  onPresence: Array<User>;
  /**
   * First how far this account has read each conversation (the 1,000 newest positions that are noted), then what changed,
   * on whichever device, at most once a second. Errors: `UNAUTHENTICATED`, `SUBSCRIPTION_LIMIT`.
   */
  onReadPosition: Array<ReadPosition>;
  /**
   * First the devices that have entered as this account, then all of them again when one enters or ends, at most once a
   * second. Errors: `UNAUTHENTICATED`, `SUBSCRIPTION_LIMIT`.
   */
  onSessions: Array<DeviceSession>;
  /**
   * Who is writing to everyone or to this account, at most once a second, at most 20 names of each; never oneself. What
   * happened before it began is not told. Errors: `UNAUTHENTICATED`, `SUBSCRIPTION_LIMIT`.
   */
  onTyping: Array<Typing>;
};


/** What is told as it happens, over WebSocket or Server-Sent Events. */
export type SubscriptionOnEventArgs = {
  since?: InputMaybe<Scalars['Cursor']['input']>;
};


/** What is told as it happens, over WebSocket or Server-Sent Events. */
export type SubscriptionOnMessageArgs = {
  since?: InputMaybe<Scalars['Cursor']['input']>;
};

/** Somebody is writing. It holds for five seconds from when it was told, unless a message of theirs comes first. */
export type Typing = {
  __typename?: 'Typing';
  /** Who. */
  from: User;
  /** True: to this account alone. False: to everyone. */
  private: Scalars['Boolean']['output'];
};

/** An account. A name can change hands, an id can't. */
export type User = {
  __typename?: 'User';
  /** When the account was deleted; its name may belong to another id since. */
  deletedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Random and stable for ever; never given to another account. */
  id: Scalars['ID']['output'];
  /** When its last device went away; null while online, and before the first time. */
  lastSeenAt?: Maybe<Scalars['DateTime']['output']>;
  /** Whether any device is connected now, with some seconds of grace. */
  online: Scalars['Boolean']['output'];
  /** What it may do. An administrator is known as one to everybody. */
  role: Role;
  /** As its owner wrote it, 1 to 32 characters. Other spellings in case and accents address the same account. */
  username: Scalars['String']['output'];
};

/** Accounts by name. */
export type UserPage = {
  __typename?: 'UserPage';
  /** At most `limit`, sorted by name without case and accents. */
  nodes: Array<User>;
  /** Where the page begins and ends; pass `endCursor` as `after`. */
  pageInfo: PageInfo;
};



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;



/** Mapping of union types */
export type ResolversUnionTypes<_RefType extends Record<string, unknown>> = {
  Event:
    | ( EventShape )
    | ( EventShape )
    | ( EventShape )
    | ( EventShape )
  ;
};

/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  LogEvent:
    | ( EventShape )
    | ( EventShape )
    | ( EventShape )
    | ( EventShape )
  ;
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  AuditAction: AuditAction;
  AuditEntry: ResolverTypeWrapper<AuditEntryShape>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  CaughtUp: ResolverTypeWrapper<EventShape>;
  Conversation: ResolverTypeWrapper<ConversationShape>;
  Cursor: ResolverTypeWrapper<Scalars['Cursor']['output']>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DeviceRequest: ResolverTypeWrapper<DeviceRequest>;
  DeviceSession: ResolverTypeWrapper<DeviceShape>;
  ErrorCode: ErrorCode;
  Event: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['Event']>;
  FeedBehind: ResolverTypeWrapper<FeedBehindShape>;
  FeedGroup: ResolverTypeWrapper<FeedGroup>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Inspection: ResolverTypeWrapper<InspectionShape>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  Invitation: ResolverTypeWrapper<InvitationShape>;
  Limits: ResolverTypeWrapper<Limits>;
  LogEvent: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['LogEvent']>;
  Message: ResolverTypeWrapper<MessageShape>;
  MessageAdded: ResolverTypeWrapper<EventShape>;
  MessageDeleted: ResolverTypeWrapper<EventShape>;
  MessageEdited: ResolverTypeWrapper<EventShape>;
  MessagePage: ResolverTypeWrapper<MessagePageShape>;
  MessageRef: ResolverTypeWrapper<MessageRefShape>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  NewInvitation: ResolverTypeWrapper<Omit<NewInvitation, 'invitation'> & { invitation: ResolversTypes['Invitation'] }>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  PairingCode: ResolverTypeWrapper<PairingCode>;
  ProbeResult: ResolverTypeWrapper<ProbeResult>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  ReadPosition: ResolverTypeWrapper<ReadPositionShape>;
  Registration: Registration;
  Restriction: ResolverTypeWrapper<RestrictionShape>;
  Role: Role;
  Scope: Scope;
  Server: ResolverTypeWrapper<Server>;
  Session: ResolverTypeWrapper<Omit<Session, 'me'> & { me: ResolversTypes['User'] }>;
  Standing: ResolverTypeWrapper<StandingShape>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Typing: ResolverTypeWrapper<Omit<Typing, 'from'> & { from: ResolversTypes['User'] }>;
  User: ResolverTypeWrapper<UserShape>;
  UserPage: ResolverTypeWrapper<Omit<UserPage, 'nodes'> & { nodes: Array<ResolversTypes['User']> }>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  AuditEntry: AuditEntryShape;
  Boolean: Scalars['Boolean']['output'];
  CaughtUp: EventShape;
  Conversation: ConversationShape;
  Cursor: Scalars['Cursor']['output'];
  DateTime: Scalars['DateTime']['output'];
  DeviceRequest: DeviceRequest;
  DeviceSession: DeviceShape;
  Event: ResolversUnionTypes<ResolversParentTypes>['Event'];
  FeedBehind: FeedBehindShape;
  FeedGroup: FeedGroup;
  ID: Scalars['ID']['output'];
  Inspection: InspectionShape;
  Int: Scalars['Int']['output'];
  Invitation: InvitationShape;
  Limits: Limits;
  LogEvent: ResolversInterfaceTypes<ResolversParentTypes>['LogEvent'];
  Message: MessageShape;
  MessageAdded: EventShape;
  MessageDeleted: EventShape;
  MessageEdited: EventShape;
  MessagePage: MessagePageShape;
  MessageRef: MessageRefShape;
  Mutation: Record<PropertyKey, never>;
  NewInvitation: Omit<NewInvitation, 'invitation'> & { invitation: ResolversParentTypes['Invitation'] };
  PageInfo: PageInfo;
  PairingCode: PairingCode;
  ProbeResult: ProbeResult;
  Query: Record<PropertyKey, never>;
  ReadPosition: ReadPositionShape;
  Restriction: RestrictionShape;
  Server: Server;
  Session: Omit<Session, 'me'> & { me: ResolversParentTypes['User'] };
  Standing: StandingShape;
  String: Scalars['String']['output'];
  Subscription: Record<PropertyKey, never>;
  Typing: Omit<Typing, 'from'> & { from: ResolversParentTypes['User'] };
  User: UserShape;
  UserPage: Omit<UserPage, 'nodes'> & { nodes: Array<ResolversParentTypes['User']> };
};

export type AuditEntryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AuditEntry'] = ResolversParentTypes['AuditEntry']> = {
  action?: Resolver<ResolversTypes['AuditAction'], ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  by?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  until?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  what?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  whom?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
};

export type CaughtUpResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CaughtUp'] = ResolversParentTypes['CaughtUp']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ConversationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Conversation'] = ResolversParentTypes['Conversation']> = {
  latest?: Resolver<Maybe<ResolversTypes['Message']>, ParentType, ContextType>;
  readUpTo?: Resolver<Maybe<ResolversTypes['Cursor']>, ParentType, ContextType>;
  unread?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  with?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
};

export interface CursorScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Cursor'], any> {
  name: 'Cursor';
}

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type DeviceRequestResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DeviceRequest'] = ResolversParentTypes['DeviceRequest']> = {
  deviceCode?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  userCode?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type DeviceSessionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DeviceSession'] = ResolversParentTypes['DeviceSession']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  current?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  device?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastUsedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  online?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type EventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Event'] = ResolversParentTypes['Event']> = {
  __resolveType: TypeResolveFn<'CaughtUp' | 'MessageAdded' | 'MessageDeleted' | 'MessageEdited', ParentType, ContextType>;
};

export type FeedBehindResolvers<ContextType = Context, ParentType extends ResolversParentTypes['FeedBehind'] = ResolversParentTypes['FeedBehind']> = {
  account?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  failures?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  isWaiting?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  lagMs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  operation?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type FeedGroupResolvers<ContextType = Context, ParentType extends ResolversParentTypes['FeedGroup'] = ResolversParentTypes['FeedGroup']> = {
  behind?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  live?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  operation?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type InspectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Inspection'] = ResolversParentTypes['Inspection']> = {
  accounts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  behind?: Resolver<Array<ResolversTypes['FeedBehind']>, ParentType, ContextType>;
  connections?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  epoch?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  feedsBehind?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  feedsLive?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  groups?: Resolver<Array<ResolversTypes['FeedGroup']>, ParentType, ContextType>;
  headAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  logLagMs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  searchLagMs?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  startedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  tailFrom?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  version?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type InvitationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Invitation'] = ResolversParentTypes['Invitation']> = {
  by?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  revokedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  used?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  uses?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type LimitsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Limits'] = ResolversParentTypes['Limits']> = {
  messageBytes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  page?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  retainedDays?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  retainedMessages?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  sendsPerSecond?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  subscriptionsPerSocket?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  textBytes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  textCodePoints?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type LogEventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LogEvent'] = ResolversParentTypes['LogEvent']> = {
  __resolveType: TypeResolveFn<'CaughtUp' | 'MessageAdded' | 'MessageDeleted' | 'MessageEdited', ParentType, ContextType>;
};

export type MessageResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Message'] = ResolversParentTypes['Message']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  deletedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  editedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  from?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  replyTo?: Resolver<Maybe<ResolversTypes['MessageRef']>, ParentType, ContextType>;
  sentAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  to?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
};

export type MessageAddedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MessageAdded'] = ResolversParentTypes['MessageAdded']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['Message'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MessageDeletedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MessageDeleted'] = ResolversParentTypes['MessageDeleted']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['Message'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MessageEditedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MessageEdited'] = ResolversParentTypes['MessageEdited']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['Message'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MessagePageResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MessagePage'] = ResolversParentTypes['MessagePage']> = {
  nodes?: Resolver<Array<ResolversTypes['Message']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type MessageRefResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MessageRef'] = ResolversParentTypes['MessageRef']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  from?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type MutationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  approveDevice?: Resolver<ResolversTypes['String'], ParentType, ContextType, RequireFields<MutationApproveDeviceArgs, 'userCode'>>;
  ban?: Resolver<ResolversTypes['Standing'], ParentType, ContextType, RequireFields<MutationBanArgs, 'reason' | 'username'>>;
  block?: Resolver<ResolversTypes['User'], ParentType, ContextType, RequireFields<MutationBlockArgs, 'username'>>;
  createInvitation?: Resolver<ResolversTypes['NewInvitation'], ParentType, ContextType, RequireFields<MutationCreateInvitationArgs, 'days' | 'uses'>>;
  deleteAccount?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, Partial<MutationDeleteAccountArgs>>;
  deleteMessage?: Resolver<ResolversTypes['Message'], ParentType, ContextType, RequireFields<MutationDeleteMessageArgs, 'id'>>;
  editMessage?: Resolver<ResolversTypes['Message'], ParentType, ContextType, RequireFields<MutationEditMessageArgs, 'id' | 'text'>>;
  endSession?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationEndSessionArgs, 'id'>>;
  enter?: Resolver<ResolversTypes['Session'], ParentType, ContextType, RequireFields<MutationEnterArgs, 'username'>>;
  enterWithCode?: Resolver<ResolversTypes['Session'], ParentType, ContextType, RequireFields<MutationEnterWithCodeArgs, 'code'>>;
  enterWithToken?: Resolver<ResolversTypes['Session'], ParentType, ContextType, RequireFields<MutationEnterWithTokenArgs, 'token'>>;
  leave?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationLeaveArgs, 'everywhere'>>;
  markRead?: Resolver<ResolversTypes['ReadPosition'], ParentType, ContextType, RequireFields<MutationMarkReadArgs, 'cursor'>>;
  mute?: Resolver<ResolversTypes['Standing'], ParentType, ContextType, RequireFields<MutationMuteArgs, 'reason' | 'username'>>;
  pairDevice?: Resolver<ResolversTypes['PairingCode'], ParentType, ContextType>;
  removeMessage?: Resolver<ResolversTypes['Message'], ParentType, ContextType, RequireFields<MutationRemoveMessageArgs, 'id' | 'reason'>>;
  requestDevice?: Resolver<ResolversTypes['DeviceRequest'], ParentType, ContextType, RequireFields<MutationRequestDeviceArgs, 'username'>>;
  revokeInvitation?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationRevokeInvitationArgs, 'id'>>;
  sendMessage?: Resolver<ResolversTypes['Message'], ParentType, ContextType, RequireFields<MutationSendMessageArgs, 'plain' | 'text'>>;
  setPassword?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationSetPasswordArgs, 'password'>>;
  setTyping?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, Partial<MutationSetTypingArgs>>;
  unban?: Resolver<ResolversTypes['Standing'], ParentType, ContextType, RequireFields<MutationUnbanArgs, 'reason' | 'username'>>;
  unblock?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationUnblockArgs, 'username'>>;
  unmute?: Resolver<ResolversTypes['Standing'], ParentType, ContextType, RequireFields<MutationUnmuteArgs, 'reason' | 'username'>>;
};

export type NewInvitationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['NewInvitation'] = ResolversParentTypes['NewInvitation']> = {
  invitation?: Resolver<ResolversTypes['Invitation'], ParentType, ContextType>;
  token?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type PairingCodeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PairingCode'] = ResolversParentTypes['PairingCode']> = {
  code?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type ProbeResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ProbeResult'] = ResolversParentTypes['ProbeResult']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  connectMs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  messageMs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  url?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type QueryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  auditLog?: Resolver<Array<ResolversTypes['AuditEntry']>, ParentType, ContextType, RequireFields<QueryAuditLogArgs, 'limit'>>;
  blocked?: Resolver<Array<ResolversTypes['User']>, ParentType, ContextType>;
  conversations?: Resolver<Array<ResolversTypes['Conversation']>, ParentType, ContextType, RequireFields<QueryConversationsArgs, 'limit'>>;
  inspection?: Resolver<ResolversTypes['Inspection'], ParentType, ContextType>;
  invitations?: Resolver<Array<ResolversTypes['Invitation']>, ParentType, ContextType>;
  me?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  message?: Resolver<Maybe<ResolversTypes['Message']>, ParentType, ContextType, RequireFields<QueryMessageArgs, 'id'>>;
  messages?: Resolver<ResolversTypes['MessagePage'], ParentType, ContextType, RequireFields<QueryMessagesArgs, 'limit' | 'scope'>>;
  probe?: Resolver<ResolversTypes['ProbeResult'], ParentType, ContextType>;
  restricted?: Resolver<Array<ResolversTypes['Standing']>, ParentType, ContextType>;
  search?: Resolver<ResolversTypes['MessagePage'], ParentType, ContextType, RequireFields<QuerySearchArgs, 'limit' | 'scope' | 'text'>>;
  server?: Resolver<ResolversTypes['Server'], ParentType, ContextType>;
  sessions?: Resolver<Array<ResolversTypes['DeviceSession']>, ParentType, ContextType>;
  standing?: Resolver<ResolversTypes['Standing'], ParentType, ContextType, RequireFields<QueryStandingArgs, 'username'>>;
  users?: Resolver<ResolversTypes['UserPage'], ParentType, ContextType, RequireFields<QueryUsersArgs, 'limit'>>;
};

export type ReadPositionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ReadPosition'] = ResolversParentTypes['ReadPosition']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  with?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
};

export type RestrictionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Restriction'] = ResolversParentTypes['Restriction']> = {
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  until?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type ServerResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Server'] = ResolversParentTypes['Server']> = {
  epoch?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  limits?: Resolver<ResolversTypes['Limits'], ParentType, ContextType>;
  protocol?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  registration?: Resolver<ResolversTypes['Registration'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type SessionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Session'] = ResolversParentTypes['Session']> = {
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  me?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  token?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type StandingResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Standing'] = ResolversParentTypes['Standing']> = {
  banned?: Resolver<Maybe<ResolversTypes['Restriction']>, ParentType, ContextType>;
  muted?: Resolver<Maybe<ResolversTypes['Restriction']>, ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  onEvent?: SubscriptionResolver<ResolversTypes['Event'], "onEvent", ParentType, ContextType, Partial<SubscriptionOnEventArgs>>;
  onMessage?: SubscriptionResolver<ResolversTypes['Message'], "onMessage", ParentType, ContextType, Partial<SubscriptionOnMessageArgs>>;
  onPresence?: SubscriptionResolver<Array<ResolversTypes['User']>, "onPresence", ParentType, ContextType>;
  onReadPosition?: SubscriptionResolver<Array<ResolversTypes['ReadPosition']>, "onReadPosition", ParentType, ContextType>;
  onSessions?: SubscriptionResolver<Array<ResolversTypes['DeviceSession']>, "onSessions", ParentType, ContextType>;
  onTyping?: SubscriptionResolver<Array<ResolversTypes['Typing']>, "onTyping", ParentType, ContextType>;
};

export type TypingResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Typing'] = ResolversParentTypes['Typing']> = {
  from?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  private?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type UserResolvers<ContextType = Context, ParentType extends ResolversParentTypes['User'] = ResolversParentTypes['User']> = {
  deletedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastSeenAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  online?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  role?: Resolver<ResolversTypes['Role'], ParentType, ContextType>;
  username?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type UserPageResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UserPage'] = ResolversParentTypes['UserPage']> = {
  nodes?: Resolver<Array<ResolversTypes['User']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  AuditEntry?: AuditEntryResolvers<ContextType>;
  CaughtUp?: CaughtUpResolvers<ContextType>;
  Conversation?: ConversationResolvers<ContextType>;
  Cursor?: GraphQLScalarType;
  DateTime?: GraphQLScalarType;
  DeviceRequest?: DeviceRequestResolvers<ContextType>;
  DeviceSession?: DeviceSessionResolvers<ContextType>;
  Event?: EventResolvers<ContextType>;
  FeedBehind?: FeedBehindResolvers<ContextType>;
  FeedGroup?: FeedGroupResolvers<ContextType>;
  Inspection?: InspectionResolvers<ContextType>;
  Invitation?: InvitationResolvers<ContextType>;
  Limits?: LimitsResolvers<ContextType>;
  LogEvent?: LogEventResolvers<ContextType>;
  Message?: MessageResolvers<ContextType>;
  MessageAdded?: MessageAddedResolvers<ContextType>;
  MessageDeleted?: MessageDeletedResolvers<ContextType>;
  MessageEdited?: MessageEditedResolvers<ContextType>;
  MessagePage?: MessagePageResolvers<ContextType>;
  MessageRef?: MessageRefResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  NewInvitation?: NewInvitationResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  PairingCode?: PairingCodeResolvers<ContextType>;
  ProbeResult?: ProbeResultResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  ReadPosition?: ReadPositionResolvers<ContextType>;
  Restriction?: RestrictionResolvers<ContextType>;
  Server?: ServerResolvers<ContextType>;
  Session?: SessionResolvers<ContextType>;
  Standing?: StandingResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  Typing?: TypingResolvers<ContextType>;
  User?: UserResolvers<ContextType>;
  UserPage?: UserPageResolvers<ContextType>;
};

