// Who counts as one address for limits: an IPv4 address, or an IPv6 network of 64 bits, which is what one household or
// host gets and can choose its addresses from. In goes what a socket or a trusted proxy said.
import { BlockList, isIP, SocketAddress } from 'node:net'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** `::ffff:192.0.2.1`, as a socket that listens on both families gives it, is 192.0.2.1. */
export function plainAddress(address: string): string {
  const zoneless = address.replace(/%.*$/, '')
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(zoneless)?.[1] ?? zoneless
}

/** Whether it is this machine itself. */
export function isLoopback(address: string): boolean {
  const known = plainAddress(address)
  const family = isIP(known)
  return family !== 0 && loopback.check(known, family === 6 ? 'ipv6' : 'ipv4')
}

/** The part of the address that limits are counted by; anything that is no address is itself. */
export function networkOf(address: string): string {
  const known = plainAddress(address)
  if (isIP(known) !== 6) return known
  const [head = '', tail] = new SocketAddress({ address: known, family: 'ipv6' }).address.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const rest = tail === '' ? [] : tail.split(':')
    while (groups.length + rest.length < 8) groups.push('0')
    groups.push(...rest)
  }
  return `${groups.slice(0, 4).join(':')}::/64`
}
