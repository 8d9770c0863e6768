// Codes that wait to be used, for two minutes: those that a device gives out (offers), and those of devices that want to be
// let in (requests). In go digests of codes, never codes. This is one node's book; several nodes share theirs
// (shared-code-book.ts). (PROTOCOL.md: DEVICE-6)
//
//   offer ──take──▶ (gone)          request ──approve──▶ approved ──collect──▶ (gone)
//     └── two minutes ──▶ (gone)       └──── two minutes ────┴──▶ (gone)
import type { AccountRef } from '../domain/entry.ts'

/** How long a code is good. */
export const LIFETIME_MS = 2 * 60 * 1000

/** The session on whose word somebody gets in. */
export interface Voucher {
  readonly account: AccountRef
  readonly sessionId: string
}

/** A device that wants to be let in. */
export interface DeviceRequest {
  /** Of the name that it asked for, whether or not somebody has it (domain/username.ts). */
  readonly nameKey: string
  /** What kind of device it says that it is. */
  readonly device: string
}

export type Collected =
  | { readonly status: 'unknown' }
  | { readonly status: 'pending' }
  | { readonly status: 'approved'; readonly device: string; readonly by: Voucher }

/** Each step is atomic, whichever nodes take part. Rejects with Refusal `STORAGE_UNAVAILABLE`. */
export interface CodeBook {
  offer(code: string, by: Voucher): Promise<void>
  /** Whose code it is, once; null: nobody's, any more. */
  take(code: string): Promise<Voucher | null>
  request(userCode: string, deviceCode: string, request: DeviceRequest): Promise<void>
  /**
   * Approves a request for this name, once; answers with what kind of device it is. Null: there is none (any more); one for
   * another name stays as it is.
   */
  approve(userCode: string, nameKey: string, by: Voucher): Promise<string | null>
  /** What has become of a request. An approved one is answered once. */
  collect(deviceCode: string): Promise<Collected>
}

export interface CodeBookOptions {
  /** Milliseconds that only rise. Default: the process's own clock. */
  readonly clock?: () => number
  /** Offers kept, and requests: when there are more the oldest goes. Default 20,000. */
  readonly most?: number
}

export function createCodeBook({ clock = () => performance.now(), most = 20_000 }: CodeBookOptions = {}): CodeBook {
  const offers = createShortLived<Voucher>(clock, most)
  const requests = createShortLived<{ readonly request: DeviceRequest; by: Voucher | null }>(clock, most)
  /** Digest of the device's code → digest of the user's code. */
  const userCodes = createShortLived<string>(clock, most)

  return {
    async offer(code, by) {
      offers.set(code, by)
    },
    async take(code) {
      const by = offers.get(code)
      offers.delete(code)
      return by ?? null
    },
    async request(userCode, deviceCode, request) {
      requests.set(userCode, { request, by: null })
      userCodes.set(deviceCode, userCode)
    },
    async approve(userCode, nameKey, by) {
      const found = requests.get(userCode)
      if (!found || found.by || found.request.nameKey !== nameKey) return null
      found.by = by
      return found.request.device
    },
    async collect(deviceCode) {
      const userCode = userCodes.get(deviceCode)
      const found = userCode === undefined ? undefined : requests.get(userCode)
      if (userCode === undefined || !found) return { status: 'unknown' }
      if (!found.by) return { status: 'pending' }
      userCodes.delete(deviceCode)
      requests.delete(userCode)
      return { status: 'approved', device: found.request.device, by: found.by }
    },
  }
}

/** Values that all last equally long: the oldest is always the first. */
function createShortLived<Value>(clock: () => number, most: number) {
  const kept = new Map<string, { readonly value: Value; readonly until: number }>()

  return {
    set(key: string, value: Value): void {
      const now = clock()
      for (const [oldest, { until }] of kept) {
        if (until > now && kept.size < most) break
        kept.delete(oldest)
      }
      kept.set(key, { value, until: now + LIFETIME_MS })
    },
    get(key: string): Value | undefined {
      const found = kept.get(key)
      return found && found.until > clock() ? found.value : undefined
    },
    delete(key: string): void {
      kept.delete(key)
    },
  }
}
