import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { UserShape, MessageShape, MessagePageShape, EventShape } from '../shapes.ts';
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

/** Replay has become live: all up to this cursor has been sent. Once in each subscription, even when nothing was missed. */
export type CaughtUp = LogEvent & {
  __typename?: 'CaughtUp';
  /** Of the last thing this account may see, or the `since` that was given. */
  cursor: Scalars['Cursor']['output'];
  /** How many events were replayed before it. */
  replayed: Scalars['Int']['output'];
};

/** Every code that `extensions.code` of an error can have. docs/PROTOCOL.md says what each means and what to do. */
export type ErrorCode =
  /** This browser already holds another account's session: `leave` first. */
  | 'ALREADY_ENTERED'
  /** The request body could not be read as GraphQL over HTTP. */
  | 'BAD_REQUEST'
  /** An argument is out of its range, or the document breaks a limit. */
  | 'BAD_USER_INPUT'
  /** The challenge server answered with something that is not a text message of at most 64 KiB. */
  | 'CHALLENGE_INVALID'
  /** The challenge server did not answer in time. */
  | 'CHALLENGE_TIMEOUT'
  /** The challenge server could not be reached. */
  | 'CHALLENGE_UNREACHABLE'
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
  /** The nonce was used for a send with other arguments. */
  | 'NONCE_REUSED'
  /** The password is missing, too short, too long, or not the account's. */
  | 'PASSWORD_INVALID'
  /** Too many in too little time: try again after `extensions.retryAfterMs` milliseconds. */
  | 'RATE_LIMITED'
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
  /** The operation needs an account: call `enter`, or send its token. */
  | 'UNAUTHENTICATED'
  /** The text starts with `/` and names no command: write `//` for a text that starts with a slash. */
  | 'UNKNOWN_COMMAND'
  /** Nobody has the name that the message is addressed to. */
  | 'UNKNOWN_RECIPIENT'
  /** The name breaks a rule of usernames; the message says which. */
  | 'USERNAME_INVALID'
  /** The name belongs to somebody: give its password, or choose another. */
  | 'USERNAME_TAKEN';

/** One step of the log. More members may follow: ignore those you do not know, and keep their cursor. */
export type Event = CaughtUp | MessageAdded | MessageDeleted | MessageEdited;

/** The limits of this server; 0 means no limit. */
export type Limits = {
  __typename?: 'Limits';
  /** Bytes of one HTTP body or WebSocket message. */
  messageBytes: Scalars['Int']['output'];
  /** Messages or users in one page. */
  page: Scalars['Int']['output'];
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
  /** The server's clock, for people to read; the order is the cursor's. */
  sentAt: Scalars['DateTime']['output'];
  /** At most `Limits.textCodePoints` code points. Empty once deleted. */
  text: Scalars['String']['output'];
  /** Who it is for; null: everyone. */
  to?: Maybe<User>;
};

/** A message entered the log. */
export type MessageAdded = LogEvent & {
  __typename?: 'MessageAdded';
  /** The message's own cursor. */
  cursor: Scalars['Cursor']['output'];
  /** The message as it was when this event was sent. */
  message: Message;
};

/** A message was deleted. Servers of this version never send it; clients should drop the text by id. */
export type MessageDeleted = LogEvent & {
  __typename?: 'MessageDeleted';
  /** Where the deletion entered the log. */
  cursor: Scalars['Cursor']['output'];
  /** With an empty text. */
  message: Message;
};

/** A message's text changed. Servers of this version never send it; clients should replace the message by id. */
export type MessageEdited = LogEvent & {
  __typename?: 'MessageEdited';
  /** Where the edit entered the log. */
  cursor: Scalars['Cursor']['output'];
  /** With its latest text; `Message.cursor` is still where the message entered. */
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

/** What can be done. Fields of one operation run one after the other. */
export type Mutation = {
  __typename?: 'Mutation';
  /**
   * Deletes the account for ever: its sessions end and its name is free for others. Its messages stay with those who
   * got them. Errors: `UNAUTHENTICATED`, `PASSWORD_INVALID`, `RATE_LIMITED`.
   */
  deleteAccount: Scalars['Boolean']['output'];
  /**
   * Claims a free name, or enters with its password. In a browser the session is also set as an HttpOnly cookie.
   * Errors: `USERNAME_INVALID`, `USERNAME_TAKEN` (somebody's, and the password is missing or wrong), `PASSWORD_INVALID`
   * (of a length that no password has), `ALREADY_ENTERED`, `RATE_LIMITED`.
   */
  enter: Session;
  /** Ends this session, or every session of the account, and their sockets. Errors: `UNAUTHENTICATED`. */
  leave: Scalars['Boolean']['output'];
  /**
   * Sends a message and answers once it is safely in the log. With neither `to` nor `plain` the text is read as a person
   * types it: `/msg joao oi` (also `/w`, `/dm`) is private to joao, `//x` is the text `/x`. Errors: `UNAUTHENTICATED`,
   * `UNKNOWN_RECIPIENT`, `UNKNOWN_COMMAND`, `TEXT_EMPTY`, `TEXT_TOO_LONG`, `TEXT_INVALID`, `NONCE_REUSED`,
   * `BAD_USER_INPUT`, `RATE_LIMITED`, `STORAGE_UNAVAILABLE`, `DRAINING`.
   */
  sendMessage: Message;
  /** Adds or changes the account's password. Errors: `UNAUTHENTICATED`, `PASSWORD_INVALID`, `RATE_LIMITED`. */
  setPassword: Scalars['Boolean']['output'];
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationDeleteAccountArgs = {
  password?: InputMaybe<Scalars['String']['input']>;
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationEnterArgs = {
  password?: InputMaybe<Scalars['String']['input']>;
  username: Scalars['String']['input'];
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationLeaveArgs = {
  everywhere?: InputMaybe<Scalars['Boolean']['input']>;
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationSendMessageArgs = {
  nonce?: InputMaybe<Scalars['ID']['input']>;
  plain?: InputMaybe<Scalars['Boolean']['input']>;
  text: Scalars['String']['input'];
  to?: InputMaybe<Scalars['String']['input']>;
};


/** What can be done. Fields of one operation run one after the other. */
export type MutationSetPasswordArgs = {
  current?: InputMaybe<Scalars['String']['input']>;
  password: Scalars['String']['input'];
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
  /** The account of this session; null without one. */
  me?: Maybe<User>;
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
  /** This server: version, protocol, epoch and limits. Needs no account. */
  server: Server;
  /** Accounts by name. Errors: `UNAUTHENTICATED`, `BAD_USER_INPUT`. */
  users: UserPage;
};


/** What can be read. */
export type QueryMessagesArgs = {
  before?: InputMaybe<Scalars['Cursor']['input']>;
  limit?: InputMaybe<Scalars['Int']['input']>;
  scope?: InputMaybe<Scope>;
  since?: InputMaybe<Scalars['Cursor']['input']>;
  with?: InputMaybe<Scalars['String']['input']>;
};


/** What can be read. */
export type QueryUsersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  limit?: InputMaybe<Scalars['Int']['input']>;
  online?: InputMaybe<Scalars['Boolean']['input']>;
};

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
};


/** What is told as it happens, over WebSocket or Server-Sent Events. */
export type SubscriptionOnEventArgs = {
  since?: InputMaybe<Scalars['Cursor']['input']>;
};


/** What is told as it happens, over WebSocket or Server-Sent Events. */
export type SubscriptionOnMessageArgs = {
  since?: InputMaybe<Scalars['Cursor']['input']>;
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
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  CaughtUp: ResolverTypeWrapper<EventShape>;
  Cursor: ResolverTypeWrapper<Scalars['Cursor']['output']>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  ErrorCode: ErrorCode;
  Event: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['Event']>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  Limits: ResolverTypeWrapper<Limits>;
  LogEvent: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['LogEvent']>;
  Message: ResolverTypeWrapper<MessageShape>;
  MessageAdded: ResolverTypeWrapper<EventShape>;
  MessageDeleted: ResolverTypeWrapper<EventShape>;
  MessageEdited: ResolverTypeWrapper<EventShape>;
  MessagePage: ResolverTypeWrapper<MessagePageShape>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  ProbeResult: ResolverTypeWrapper<ProbeResult>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Scope: Scope;
  Server: ResolverTypeWrapper<Server>;
  Session: ResolverTypeWrapper<Omit<Session, 'me'> & { me: ResolversTypes['User'] }>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  User: ResolverTypeWrapper<UserShape>;
  UserPage: ResolverTypeWrapper<Omit<UserPage, 'nodes'> & { nodes: Array<ResolversTypes['User']> }>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Boolean: Scalars['Boolean']['output'];
  CaughtUp: EventShape;
  Cursor: Scalars['Cursor']['output'];
  DateTime: Scalars['DateTime']['output'];
  Event: ResolversUnionTypes<ResolversParentTypes>['Event'];
  ID: Scalars['ID']['output'];
  Int: Scalars['Int']['output'];
  Limits: Limits;
  LogEvent: ResolversInterfaceTypes<ResolversParentTypes>['LogEvent'];
  Message: MessageShape;
  MessageAdded: EventShape;
  MessageDeleted: EventShape;
  MessageEdited: EventShape;
  MessagePage: MessagePageShape;
  Mutation: Record<PropertyKey, never>;
  PageInfo: PageInfo;
  ProbeResult: ProbeResult;
  Query: Record<PropertyKey, never>;
  Server: Server;
  Session: Omit<Session, 'me'> & { me: ResolversParentTypes['User'] };
  String: Scalars['String']['output'];
  Subscription: Record<PropertyKey, never>;
  User: UserShape;
  UserPage: Omit<UserPage, 'nodes'> & { nodes: Array<ResolversParentTypes['User']> };
};

export type CaughtUpResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CaughtUp'] = ResolversParentTypes['CaughtUp']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export interface CursorScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Cursor'], any> {
  name: 'Cursor';
}

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type EventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Event'] = ResolversParentTypes['Event']> = {
  __resolveType: TypeResolveFn<'CaughtUp' | 'MessageAdded' | 'MessageDeleted' | 'MessageEdited', ParentType, ContextType>;
};

export type LimitsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Limits'] = ResolversParentTypes['Limits']> = {
  messageBytes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  page?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
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

export type MutationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  deleteAccount?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, Partial<MutationDeleteAccountArgs>>;
  enter?: Resolver<ResolversTypes['Session'], ParentType, ContextType, RequireFields<MutationEnterArgs, 'username'>>;
  leave?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationLeaveArgs, 'everywhere'>>;
  sendMessage?: Resolver<ResolversTypes['Message'], ParentType, ContextType, RequireFields<MutationSendMessageArgs, 'plain' | 'text'>>;
  setPassword?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationSetPasswordArgs, 'password'>>;
};

export type PageInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ProbeResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ProbeResult'] = ResolversParentTypes['ProbeResult']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  connectMs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  messageMs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  url?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type QueryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  me?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  messages?: Resolver<ResolversTypes['MessagePage'], ParentType, ContextType, RequireFields<QueryMessagesArgs, 'limit' | 'scope'>>;
  probe?: Resolver<ResolversTypes['ProbeResult'], ParentType, ContextType>;
  server?: Resolver<ResolversTypes['Server'], ParentType, ContextType>;
  users?: Resolver<ResolversTypes['UserPage'], ParentType, ContextType, RequireFields<QueryUsersArgs, 'limit'>>;
};

export type ServerResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Server'] = ResolversParentTypes['Server']> = {
  epoch?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  limits?: Resolver<ResolversTypes['Limits'], ParentType, ContextType>;
  protocol?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type SessionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Session'] = ResolversParentTypes['Session']> = {
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  me?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  token?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  onEvent?: SubscriptionResolver<ResolversTypes['Event'], "onEvent", ParentType, ContextType, Partial<SubscriptionOnEventArgs>>;
  onMessage?: SubscriptionResolver<ResolversTypes['Message'], "onMessage", ParentType, ContextType, Partial<SubscriptionOnMessageArgs>>;
  onPresence?: SubscriptionResolver<Array<ResolversTypes['User']>, "onPresence", ParentType, ContextType>;
};

export type UserResolvers<ContextType = Context, ParentType extends ResolversParentTypes['User'] = ResolversParentTypes['User']> = {
  deletedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastSeenAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  online?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  username?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type UserPageResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UserPage'] = ResolversParentTypes['UserPage']> = {
  nodes?: Resolver<Array<ResolversTypes['User']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  CaughtUp?: CaughtUpResolvers<ContextType>;
  Cursor?: GraphQLScalarType;
  DateTime?: GraphQLScalarType;
  Event?: EventResolvers<ContextType>;
  Limits?: LimitsResolvers<ContextType>;
  LogEvent?: LogEventResolvers<ContextType>;
  Message?: MessageResolvers<ContextType>;
  MessageAdded?: MessageAddedResolvers<ContextType>;
  MessageDeleted?: MessageDeletedResolvers<ContextType>;
  MessageEdited?: MessageEditedResolvers<ContextType>;
  MessagePage?: MessagePageResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  ProbeResult?: ProbeResultResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Server?: ServerResolvers<ContextType>;
  Session?: SessionResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  User?: UserResolvers<ContextType>;
  UserPage?: UserPageResolvers<ContextType>;
};

