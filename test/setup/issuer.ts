// A system with accounts of its own, as far as Recado sees it: it publishes keys over HTTP and signs JSON Web Tokens.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

export interface Issuer {
  /** Its `iss`, and where its discovery document is. */
  readonly url: string
  /** How often its keys were read. */
  readonly reads: number
  /** False: it answers with status 500. */
  isUp: boolean
  /** Adds a key, with which it signs from now on, and publishes no other. */
  rotate(): Promise<void>
  /** A key that is never published. */
  readonly stranger: CryptoKey
  sign(claims: Record<string, unknown>, options?: SignOptions): Promise<string>
  close(): Promise<void>
}

export interface SignOptions {
  /** Default: its newest key. */
  readonly key?: CryptoKey | Uint8Array
  readonly alg?: string
  readonly kid?: string
  /** Seconds from now. Default 300; null: no `exp`. */
  readonly expiresIn?: number | null
}

export async function startIssuer(audience = 'recado'): Promise<Issuer> {
  let keys: JWK[] = []
  let current: { readonly key: CryptoKey; readonly kid: string } | null = null
  let count = 0
  const stranger = (await generateKeyPair('ES256')).privateKey

  const server = createServer((request, response) => {
    const answer = (status: number, value: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(value))
    }
    if (!issuer.isUp) return answer(500, { error: 'down' })
    if (request.url === '/.well-known/openid-configuration') {
      return answer(200, { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` })
    }
    if (request.url !== '/keys') return answer(404, {})
    reads++
    answer(200, { keys })
  })
  let reads = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const issuer: Issuer = {
    url: `http://127.0.0.1:${port}`,
    get reads() {
      return reads
    },
    isUp: true,
    stranger,
    async rotate() {
      const { publicKey, privateKey } = await generateKeyPair('ES256')
      const kid = `key${++count}`
      keys = [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }]
      current = { key: privateKey, kid }
    },
    async sign(claims, { key, alg = 'ES256', kid, expiresIn = 300 } = {}) {
      if (!current) throw new Error('the issuer has no key')
      const now = Math.floor(Date.now() / 1000)
      const payload = {
        iss: issuer.url,
        aud: audience,
        ...(expiresIn === null ? {} : { exp: now + expiresIn }),
        ...claims,
      }
      return new SignJWT(payload).setProtectedHeader({ alg, kid: kid ?? current.kid }).sign(key ?? current.key)
    },
    async close() {
      server.closeAllConnections()
      await new Promise(done => server.close(done))
    },
  }
  await issuer.rotate()
  return issuer
}
