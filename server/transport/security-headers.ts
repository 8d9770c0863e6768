// The headers of every answer that keep other people's scripts, frames and windows out (PROTOCOL.md: ORIGIN-4;
// docs/security.md). What a browser may do with an answer depends on what the answer is: the page and its files, data, or
// GraphiQL's page.
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface SecurityHeadersOptions {
  /** PUBLIC_URL: where people reach the server when a proxy stands before it. */
  readonly publicUrl: string | null
}

export interface SecurityHeaders {
  /** For any answer; `/graphql`, health and metrics are data, all else is the page or one of its files. */
  set(request: IncomingMessage, response: ServerResponse, path: string): void
  /** GraphiQL's page, over what `set` has set. @param scripts hashes of the scripts inside it: `sha256-…` */
  setGraphiql(request: IncomingMessage, response: ServerResponse, scripts: readonly string[]): void
}

/** The one policy by which the page makes addresses of workers: client/web/browser/trusted-script.ts. */
const TRUSTED_TYPES = ["require-trusted-types-for 'script'", 'trusted-types recado']

/** What no answer of ours is ever for. */
const NOWHERE = ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "object-src 'none'"]

/** Data: whoever opens it by itself runs and loads nothing. */
const DATA_POLICY = ["default-src 'none'", ...NOWHERE].join('; ')

/** What browsers can do and this page does not: no script that got in would either. It writes into the clipboard. */
const PERMISSIONS = [
  ...['accelerometer', 'autoplay', 'camera', 'clipboard-read', 'display-capture', 'encrypted-media', 'fullscreen'],
  ...['gamepad', 'geolocation', 'gyroscope', 'hid', 'idle-detection', 'local-fonts', 'magnetometer', 'microphone'],
  ...['midi', 'payment', 'picture-in-picture', 'publickey-credentials-create', 'publickey-credentials-get'],
  ...['screen-wake-lock', 'serial', 'storage-access', 'usb', 'xr-spatial-tracking'],
]
  .map(feature => `${feature}=()`)
  .join(', ')

const FOR_ALL = {
  'X-Content-Type-Options': 'nosniff',
  // For browsers that don't know frame-ancestors.
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const

/** They mean something for what a window shows, and half a kilobyte each time for nothing else. */
const FOR_PAGES = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Origin-Agent-Cluster': '?1',
  'Permissions-Policy': PERMISSIONS,
} as const
/** Scripts, styles, images, the manifest. */
const FILE = /\.[a-z0-9]+$/

/** A year, of this host alone: others below its name may not be ours. */
const STRICT_TRANSPORT = 'max-age=31536000'

const DATA_PATHS: ReadonlySet<string> = new Set(['/graphql', '/health/live', '/health/ready', '/metrics'])
/** A host as browsers send it; nothing else gets into a header. */
const HOST = /^(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?$/i

export function createSecurityHeaders({ publicUrl }: SecurityHeadersOptions): SecurityHeaders {
  const publicHost = publicUrl === null ? null : new URL(publicUrl)

  /** 'self' has WebSockets in it, says the standard; Safari learned that late, so they are named. */
  function connections(request: IncomingMessage): string {
    if (publicHost) return `connect-src 'self' ${publicHost.protocol === 'https:' ? 'wss' : 'ws'}://${publicHost.host}`
    const host = request.headers.host ?? ''
    // Whether a proxy of which nothing is known speaks TLS is not known either.
    return HOST.test(host) ? `connect-src 'self' ws://${host} wss://${host}` : "connect-src 'self'"
  }

  function pagePolicy(request: IncomingMessage): string {
    return [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "manifest-src 'self'",
      "worker-src 'self'",
      connections(request),
      ...NOWHERE,
      ...TRUSTED_TYPES,
    ].join('; ')
  }

  function setAll(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  }

  return {
    set(request, response, path) {
      const isData = DATA_PATHS.has(path)
      response.setHeader('Content-Security-Policy', isData ? DATA_POLICY : pagePolicy(request))
      setAll(response, FOR_ALL)
      if (!isData && !FILE.test(path)) setAll(response, FOR_PAGES)
      if (publicHost?.protocol === 'https:') response.setHeader('Strict-Transport-Security', STRICT_TRANSPORT)
      // Somebody's, or of this moment: nobody keeps it, no proxy and no browser. The page's files say for themselves.
      if (isData) response.setHeader('Cache-Control', 'no-store')
    },

    setGraphiql(request, response, scripts) {
      setAll(response, FOR_PAGES)
      const policy = [
        "default-src 'none'",
        `script-src ${scripts.map(hash => `'${hash}'`).join(' ')}`,
        // Its editor writes style attributes and elements.
        "style-src 'unsafe-inline'",
        "img-src 'self' data:",
        'font-src data:',
        'worker-src blob:',
        connections(request),
        ...NOWHERE,
      ]
      response.setHeader('Content-Security-Policy', policy.join('; '))
    },
  }
}
