// The registry of groups: finds the group of an operation, and bounds how many distinct operations an address, and
// everybody together, may keep (each costs an execution for each message).
import type { GraphQLSchema } from 'graphql'
import type { CursorCodec } from '../../domain/cursor.ts'
import { Refusal } from '../../domain/errors.ts'
import type { Masking } from '../../graphql/masking.ts'
import { Group } from './group.ts'
import type { FeedOperation } from './operation.ts'

export interface GroupsOptions {
  readonly schema: GraphQLSchema
  readonly masking: Masking
  readonly context: unknown
  readonly cursors: CursorCodec
  /** Distinct operations in all, and of one address; 0: no limit. */
  readonly most: number
  readonly mostPerAddress: number
}

export interface Groups {
  /**
   * The operation's group, which whoever joined it has to leave again, once.
   * @throws Refusal SUBSCRIPTION_LIMIT
   */
  join(operation: FeedOperation, address: string): Group
  /**
   * Counts an operation that can't be shared as one of its own. Answers with what has to be called once it has ended.
   * @throws Refusal SUBSCRIPTION_LIMIT
   */
  alone(address: string): () => void
  /** Drops everything that was encoded: the log is another history. */
  forget(): void
  /** Distinct operations that run. */
  readonly size: number
}

/** Encoded results that all groups together keep for replays. */
const PAYLOAD_BYTES = 32 * 1024 * 1024
const PAYLOAD_BYTES_LEAST = 64 * 1024

export function createGroups({ schema, masking, context, cursors, most, mostPerAddress }: GroupsOptions): Groups {
  const groupsByKey = new Map<string, Group>()
  /** How often each address uses each group; an operation that can't be shared stands for itself. */
  const usesByAddress = new Map<string, Map<Group | symbol, number>>()
  let aloneCount = 0

  function payloadBudget(): number {
    return Math.max(PAYLOAD_BYTES_LEAST, PAYLOAD_BYTES / Math.max(1, groupsByKey.size))
  }

  function leave(group: Group, address: string): void {
    if (--group.users === 0) groupsByKey.delete(group.operation.key)
    release(group, address)
  }

  function use(group: Group | symbol, address: string): void {
    const uses = usesByAddress.get(address) ?? new Map<Group | symbol, number>()
    uses.set(group, (uses.get(group) ?? 0) + 1)
    usesByAddress.set(address, uses)
  }

  function release(group: Group | symbol, address: string): void {
    const uses = usesByAddress.get(address)
    const left = (uses?.get(group) ?? 1) - 1
    if (left > 0) uses?.set(group, left)
    else uses?.delete(group)
    if (uses?.size === 0) usesByAddress.delete(address)
  }

  /** @throws Refusal SUBSCRIPTION_LIMIT */
  function checkAddress(address: string): void {
    if (mostPerAddress === 0 || (usesByAddress.get(address)?.size ?? 0) < mostPerAddress) return
    throw new Refusal('SUBSCRIPTION_LIMIT', 'Too many different subscriptions from this address.')
  }

  /** @throws Refusal SUBSCRIPTION_LIMIT */
  function checkAll(): void {
    if (most === 0 || groupsByKey.size + aloneCount < most) return
    throw new Refusal('SUBSCRIPTION_LIMIT', 'Too many different subscriptions on this server.')
  }

  return {
    join(operation, address) {
      let group = groupsByKey.get(operation.key)
      if (!group || !usesByAddress.get(address)?.has(group)) checkAddress(address)
      if (!group) {
        checkAll()
        group = new Group({ schema, operation, masking, context, cursors, payloadBudget, onLeft: leave })
        groupsByKey.set(operation.key, group)
      }
      group.users++
      use(group, address)
      return group
    },
    alone(address) {
      checkAddress(address)
      checkAll()
      const itself = Symbol()
      use(itself, address)
      aloneCount++
      let isRunning = true
      return () => {
        if (!isRunning) return
        isRunning = false
        aloneCount--
        release(itself, address)
      }
    },
    forget() {
      for (const group of groupsByKey.values()) group.forget()
    },
    get size() {
      return groupsByKey.size + aloneCount
    },
  }
}
