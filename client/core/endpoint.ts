// From the address that a person writes to the two that GraphQL needs.

/**
 * Where GraphQL over HTTP lives: the URL itself, with `/graphql` where it has no path. In a browser it may be relative.
 *
 * @throws TypeError when it is not an http or https URL
 */
export function httpUrlOf(url: string): string {
  const parsed = new URL(url, typeof location === 'undefined' ? undefined : location.href)
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw new TypeError(`Expected an http: or https: URL, got ${JSON.stringify(url)}.`)
  }
  if (parsed.pathname === '/') parsed.pathname = '/graphql'
  parsed.hash = ''
  return parsed.href
}

/** The WebSocket of the same endpoint: `http:` becomes `ws:`, `https:` becomes `wss:`. */
export function webSocketUrlOf(httpUrl: string): string {
  return httpUrl.replace(/^http/, 'ws')
}
