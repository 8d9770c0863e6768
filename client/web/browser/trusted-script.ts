// The addresses of the workers' scripts, as browsers with Trusted Types ask for them: the page's policy lets no text become
// a script, but for what this gives out (server/transport/security-headers.ts names it).

/** What of Trusted Types is used here; not every browser has them, and TypeScript has no types of them. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(address: string): string },
  ): { createScriptURL(address: string): string }
}

function sameOrigin(address: string): string {
  const { origin, href } = new URL(address, location.href)
  if (origin !== location.origin) throw new TypeError(`A script of another origin: ${origin}`)
  return href
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }
const policy = trustedTypes?.createPolicy('recado', { createScriptURL: sameOrigin })

/**
 * The address of one of our own scripts, for `SharedWorker` and the service worker. (Where there are Trusted Types it is an
 * object of theirs, which browsers take wherever they take an address.)
 * @param address relative to the page
 * @throws TypeError for one of another origin
 */
export const trustedScript = (address: string): string => policy?.createScriptURL(address) ?? sameOrigin(address)
