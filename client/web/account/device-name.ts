// What a device is called, and which others there are.
import type { Catalogue } from '../i18n/catalogue.ts'
import type { Device } from '../model/device.ts'
import type { IconName } from '../parts/icon.tsx'

/** The server's own words for a browser it knows; it says `?` for the rest. */
export function deviceName({ device }: Pick<Device, 'device'>, words: Catalogue): string {
  return device === '?' ? words.devices.unknown : device
}

/** By the server's words for what it runs on. */
export const deviceIcon = ({ device }: Pick<Device, 'device'>): IconName =>
  /Android|iPhone|iPad/.test(device) ? 'device' : 'laptop'

export const othersOf = (devices: readonly Device[]) => devices.filter(({ current }) => !current)
