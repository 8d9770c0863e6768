// The client's address: the socket's, unless that is a proxy that TRUST_PROXY names; then the last address in
// X-Forwarded-For that no trusted proxy wrote about itself. A header from anybody else is a claim, and ignored.
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'
import { plainAddress } from '../accounts/address.ts'
import type { Network } from '../setting.ts'

export function createAddressReader(trusted: readonly Network[]): (request: IncomingMessage) => string {
  const proxies = new BlockList()
  for (const { address, prefix, family } of trusted) proxies.addSubnet(address, prefix, family)
  const isProxy = (address: string): boolean =>
    isIP(address) !== 0 && proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

  return request => {
    let address = plainAddress(request.socket.remoteAddress ?? '')
    if (trusted.length === 0) return address
    const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',')
    while (isProxy(address)) {
      const before = plainAddress(forwarded.pop()?.trim() ?? '')
      if (isIP(before) === 0) break
      address = before
    }
    return address
  }
}
