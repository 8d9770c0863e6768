// What a browser keeps of its account's conversations, read as any script of the page could read it.
import type { Device } from './device.ts'

/** Every record of one store of the device's copy. */
function readKept(device: Device, store: 'accounts' | 'conversations'): Promise<unknown[]> {
  return device.page.evaluate(
    name =>
      new Promise<unknown[]>((resolve, reject) => {
        const request = indexedDB.open('recado-copy')
        request.onerror = () => reject(request.error)
        request.onsuccess = () => {
          const database = request.result
          if (!database.objectStoreNames.contains(name)) {
            database.close()
            return resolve([])
          }
          const all = database.transaction(name).objectStore(name).getAll()
          all.onsuccess = () => {
            database.close()
            resolve(all.result)
          }
        }
      }),
    store,
  )
}

/** The accounts of which there is a copy. */
export async function keptAccounts(device: Device): Promise<string[]> {
  return (await readKept(device, 'accounts')).map(row => (row as { account: string }).account)
}

/** All that is kept of conversations, as text: to look for what should, or should not, be there. */
export async function keptText(device: Device): Promise<string> {
  return JSON.stringify(await readKept(device, 'conversations'))
}
