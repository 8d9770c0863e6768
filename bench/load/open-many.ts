// Opens many sockets, some at a time, from several addresses of the loopback so that ports last.

/** Handshakes under way at once: below the backlog of a Node server (511), above which the kernel drops SYNs. */
const AT_ONCE = 200
/** Connections from one address. */
const PER_ADDRESS = 4_000

/** @param open opens the socket of this index from this address */
export async function openMany<T>(
  count: number,
  open: (index: number, localAddress: string) => Promise<T>,
  atOnce = AT_ONCE,
): Promise<T[]> {
  const opened: T[] = new Array(count)
  let next = 0
  const work = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      opened[index] = await open(index, `127.0.0.${2 + Math.floor(index / PER_ADDRESS)}`)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, work))
  return opened
}
