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

/** A subscription's place in the group of its operation. */
export interface Seat {
  readonly group: Group
  /** Leaves the group. Calling twice is harmless. */
  release(): void
}

export interface Groups {
  /** @throws Refusal SUBSCRIPTION_LIMIT */
  join(operation: FeedOperation, address: string): Seat
  /** Drops everything that was encoded: the log is another history. */
  forget(): void
  readonly size: number
}

/** Encoded results that all groups together keep for replays. */
const PAYLOAD_BYTES = 32 * 1024 * 1024
const PAYLOAD_BYTES_LEAST = 64 * 1024

export function createGroups({ schema, masking, context, cursors, most, mostPerAddress }: GroupsOptions): Groups {
  const groupsByKey = new Map<string, Group>()
  /** How often each address uses each group. */
  const usesByAddress = new Map<string, Map<Group, number>>()

  function payloadBudget(): number {
    return Math.max(PAYLOAD_BYTES_LEAST, PAYLOAD_BYTES / Math.max(1, groupsByKey.size))
  }

  /** A class, since each of many thousand subscriptions has one: a closure would weigh twice as much. */
  class TakenSeat implements Seat {
    readonly group: Group
    #address: string | null

    constructor(group: Group, address: string) {
      this.group = group
      this.#address = address
    }

    release(): void {
      const address = this.#address
      if (address === null) return
      this.#address = null
      const { group } = this
      if (--group.users === 0) groupsByKey.delete(group.operation.key)
      const uses = usesByAddress.get(address)
      const left = (uses?.get(group) ?? 1) - 1
      if (left > 0) uses?.set(group, left)
      else uses?.delete(group)
      if (uses?.size === 0) usesByAddress.delete(address)
    }
  }

  return {
    join(operation, address) {
      let group = groupsByKey.get(operation.key)
      const uses = usesByAddress.get(address) ?? new Map<Group, number>()
      const isNewHere = !group || !uses.has(group)
      if (isNewHere && mostPerAddress > 0 && uses.size >= mostPerAddress) {
        throw new Refusal('SUBSCRIPTION_LIMIT', 'Too many different subscriptions from this address.')
      }
      if (!group) {
        if (most > 0 && groupsByKey.size >= most) {
          throw new Refusal('SUBSCRIPTION_LIMIT', 'Too many different subscriptions on this server.')
        }
        group = new Group({ schema, operation, masking, context, cursors, payloadBudget })
        groupsByKey.set(operation.key, group)
      }
      group.users++
      uses.set(group, (uses.get(group) ?? 0) + 1)
      usesByAddress.set(address, uses)
      return new TakenSeat(group, address)
    },
    forget() {
      for (const group of groupsByKey.values()) group.forget()
    },
    get size() {
      return groupsByKey.size
    },
  }
}
