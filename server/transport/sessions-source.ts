// An account's devices as state to watch: the list, and the list again when one enters or ends, told to each session in
// its own words, since each is told which one it is.
import type { Device, Devices } from '../accounts/devices.ts'
import type { Viewer } from '../graphql/context.ts'
import { deviceShapes } from '../graphql/devices.ts'
import type { DeviceShape } from '../graphql/shapes.ts'
import type { StateSource } from './state-watch.ts'

/** One source for each watcher: it keeps the newest list. */
export function sessionsSource(devices: Pick<Devices, 'watch'>, viewer: Viewer): StateSource<readonly DeviceShape[]> {
  let newest: readonly Device[] | null = null
  return {
    current: () => deviceShapes(newest ?? [], viewer),
    watch: listener =>
      new Promise(resolve => {
        const stop = devices.watch(viewer.account.id, list => {
          const isFirst = newest === null
          newest = list
          if (isFirst) resolve(stop)
          else listener(deviceShapes(list, viewer))
        })
      }),
  }
}
