// A device that has entered as this account, as the server tells of it.
import type { DeviceSessionFieldsFragment } from '../../core/generated/graphql.ts'

export type Device = DeviceSessionFieldsFragment
