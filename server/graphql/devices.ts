// The fields about an account's devices: which there are, and how another one gets in. Whose they are is the token's to
// say. (PROTOCOL.md: DEVICE)

import type { Voucher } from '../accounts/code-book.ts'
import { parseDevice } from '../accounts/device-label.ts'
import type { Device, Devices } from '../accounts/devices.ts'
import type { Pairing } from '../accounts/pairing.ts'
import type { Sessions } from '../accounts/sessions.ts'
import { Refusal } from '../domain/errors.ts'
import { type Context, requireViewer, type Viewer } from './context.ts'
import type { DeviceSessionResolvers, MutationResolvers, QueryResolvers } from './generated/resolvers.ts'
import { type DeviceShape, dateTime } from './shapes.ts'

export interface DeviceResolverOptions {
  readonly devices: Pick<Devices, 'list'>
  readonly pairing: Pairing
  readonly sessions: Pick<Sessions, 'end'>
  /** Source of `onSessions` where it is not shared. */
  source(context: Context): Promise<AsyncIterable<readonly DeviceShape[]>>
}

export interface DeviceResolvers {
  readonly Query: Pick<QueryResolvers, 'sessions'>
  readonly Mutation: Pick<
    MutationResolvers,
    'pairDevice' | 'requestDevice' | 'approveDevice' | 'enterWithCode' | 'endSession'
  >
  readonly Subscription: {
    readonly onSessions: {
      subscribe(root: unknown, args: unknown, context: Context): Promise<AsyncIterable<readonly DeviceShape[]>>
      resolve(shapes: readonly DeviceShape[]): readonly DeviceShape[]
    }
  }
  readonly DeviceSession: DeviceSessionResolvers
}

export function createDeviceResolvers({ devices, pairing, sessions, source }: DeviceResolverOptions): DeviceResolvers {
  return {
    Query: {
      sessions: async (_, _args, context) => {
        const viewer = requireViewer(context)
        return deviceShapes(await devices.list(viewer.account.id), viewer)
      },
    },
    Mutation: {
      pairDevice: async (_, _args, context) => {
        const { code, expiresAt } = await pairing.offer(voucherOf(context))
        return { code, expiresAt: dateTime(expiresAt) }
      },
      requestDevice: async (_, { username, device }, context) => {
        const request = { username, device: parseDevice(device) ?? context.device, address: context.address }
        const { userCode, deviceCode, expiresAt } = await pairing.request(request)
        return { userCode, deviceCode, expiresAt: dateTime(expiresAt) }
      },
      approveDevice: (_, { userCode }, context) => pairing.approve(voucherOf(context), userCode),
      enterWithCode: async (_, { code, device }, { viewer, address, cookies, device: seeming }) => {
        // Before the code is looked at: it can still be used where it was meant to be.
        if (viewer?.via === 'cookie') throw new Refusal('ALREADY_ENTERED')
        const entered = await pairing.enter({ code, device: parseDevice(device) ?? seeming, address })
        cookies?.set(entered.token, entered.expiresAt)
        return { token: entered.token, expiresAt: dateTime(entered.expiresAt), me: entered.account }
      },
      endSession: async (_, { id }, context) => {
        const { account, sessionId } = requireViewer(context)
        const isEnded = await sessions.end(id, account.id)
        if (isEnded && id === sessionId) context.cookies?.clear()
        return isEnded
      },
    },
    Subscription: {
      onSessions: {
        subscribe: (_, _args, context) => source(context),
        resolve: shapes => shapes,
      },
    },
    DeviceSession: {
      createdAt: ({ createdAt }) => dateTime(createdAt),
      lastUsedAt: ({ lastUsedAt }) => dateTime(lastUsedAt),
    },
  }
}

/** The devices as one of them sees them. */
export function deviceShapes(devices: readonly Device[], { sessionId }: Pick<Viewer, 'sessionId'>): DeviceShape[] {
  return devices.map(device => ({ ...device, current: device.id === sessionId }))
}

function voucherOf(context: Context): Voucher {
  const { account, sessionId } = requireViewer(context)
  return { account, sessionId }
}
