// The codes of several nodes, in Redis: one that was given out by one node is good at every other, once. Redis lets them
// go after two minutes by its own clock. (PROTOCOL.md: DEVICE-6)
//
// Keys, after `{SPACE}:code:` and ending in a digest: `offer:` → the voucher, `request:` → name, device and, once it was
// approved, the voucher, `device:` → the digest that its request is under. All JSON.
import type { Cluster, Redis } from 'ioredis'
import { Refusal } from '../domain/errors.ts'
import { type CodeBook, type Collected, LIFETIME_MS, type Voucher } from './code-book.ts'

// KEYS: request. ARGV: key of the name, voucher. Answer: the device, or nil.
const APPROVE = `local json = redis.call('GET', KEYS[1])
if not json then return false end
local request = cjson.decode(json)
if request.nameKey ~= ARGV[1] or request.by then return false end
request.by = cjson.decode(ARGV[2])
redis.call('SET', KEYS[1], cjson.encode(request), 'KEEPTTL')
return request.device`

// KEYS: device, request. Answer: nil, or the request, which is gone if it was approved.
const COLLECT = `local json = redis.call('GET', KEYS[2])
if json and cjson.decode(json).by then redis.call('UNLINK', KEYS[1], KEYS[2]) end
return json`

export interface SharedCodeBookOptions {
  readonly client: Redis | Cluster
  readonly space: string
  /** For tests. Default: two minutes. */
  readonly lifetimeMs?: number
}

interface Scripts {
  recadoApproveDevice(request: string, nameKey: string, voucher: string): Promise<string | null>
  recadoCollectDevice(device: string, request: string): Promise<string | null>
}

interface Stored {
  readonly nameKey: string
  readonly device: string
  readonly by?: Voucher
}

export function createSharedCodeBook(options: SharedCodeBookOptions): CodeBook {
  const { client, space, lifetimeMs = LIFETIME_MS } = options
  client.defineCommand('recadoApproveDevice', { numberOfKeys: 1, lua: APPROVE })
  client.defineCommand('recadoCollectDevice', { numberOfKeys: 2, lua: COLLECT })
  const scripts = client as unknown as Scripts
  const key = (kind: 'offer' | 'request' | 'device', digest: string): string => `{${space}}:code:${kind}:${digest}`
  const put = (name: string, value: string) => client.set(name, value, 'PX', lifetimeMs)

  return {
    offer: (code, by) => known(() => put(key('offer', code), JSON.stringify(by))).then(() => {}),

    take: code =>
      known(async () => {
        const voucher = await client.getdel(key('offer', code))
        return voucher === null ? null : (JSON.parse(voucher) as Voucher)
      }),

    request: (userCode, deviceCode, { nameKey, device }) =>
      known(async () => {
        const request: Stored = { nameKey, device }
        await Promise.all([
          put(key('request', userCode), JSON.stringify(request)),
          put(key('device', deviceCode), JSON.stringify(userCode)),
        ])
      }),

    approve: (userCode, nameKey, by) =>
      known(() => scripts.recadoApproveDevice(key('request', userCode), nameKey, JSON.stringify(by))),

    collect: deviceCode =>
      known(async (): Promise<Collected> => {
        const device = key('device', deviceCode)
        const userCode = await client.get(device)
        if (userCode === null) return { status: 'unknown' }
        const json = await scripts.recadoCollectDevice(device, key('request', JSON.parse(userCode) as string))
        if (json === null) return { status: 'unknown' }
        const request = JSON.parse(json) as Stored
        return request.by ? { status: 'approved', device: request.device, by: request.by } : { status: 'pending' }
      }),
  }
}

/** Whether a step was taken is unknown when Redis does not say: its codes may be used up. */
async function known<Result>(step: () => Promise<Result>): Promise<Result> {
  try {
    return await step()
  } catch {
    throw new Refusal('STORAGE_UNAVAILABLE', 'Codes can not be looked up at the moment: try again, or ask for another.')
  }
}
