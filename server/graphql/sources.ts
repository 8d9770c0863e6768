// What the resolvers' own `subscribe` functions yield, for subscriptions that the fan-out can't share.
import type { Context } from './context.ts'
import type { DeviceShape, EventShape, MessageShape, ReadPositionShape, TypingShape, UserShape } from './shapes.ts'

/** `since` is as the client gave it. */
export interface Sources {
  messages(context: Context, since: string | null): Promise<AsyncIterable<MessageShape>>
  events(context: Context, since: string | null): Promise<AsyncIterable<EventShape>>
  presence(context: Context): Promise<AsyncIterable<readonly UserShape[]>>
  sessions(context: Context): Promise<AsyncIterable<readonly DeviceShape[]>>
  readPositions(context: Context): Promise<AsyncIterable<readonly ReadPositionShape[]>>
  typing(context: Context): Promise<AsyncIterable<readonly TypingShape[]>>
}
