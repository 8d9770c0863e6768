// Opens many sockets, some at a time. They are not bound to addresses of their own: a bound socket needs a port that is
// free for every destination, and among thousands that are closing the search for one took 2 ms of system time each.

/** Handshakes under way at once: below the backlog of a Node server (511), above which the kernel drops SYNs. */
const AT_ONCE = 200

/** @param open opens the socket of this index */
export async function openMany<T>(count: number, open: (index: number) => Promise<T>, atOnce = AT_ONCE): Promise<T[]> {
  const opened: T[] = new Array(count)
  let next = 0
  const work = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) opened[index] = await open(index)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, work))
  return opened
}
