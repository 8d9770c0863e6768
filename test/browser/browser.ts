// A real Chromium for a test file, with the page that was built. Each device is a browser context of its own: nothing
// is shared between two, as between a laptop and a phone.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
]

const CLIENT = fileURLToPath(new URL('../../client', import.meta.url))
const BUILT = `${CLIENT}/web/dist/index.html`

export const LAPTOP: BrowserContextOptions = { locale: 'pt-BR', viewport: { width: 1200, height: 800 } }
export const PHONE: BrowserContextOptions = {
  locale: 'pt-BR',
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
}

export interface LaunchOptions {
  /** The page may be older than its source, or not be there: it is not what is looked at. */
  readonly anyAge?: boolean
}

/**
 * @param flags beside those that every test has
 * @throws Error that says what to install, or to build
 */
export async function launchBrowser(
  flags: readonly string[] = [],
  { anyAge = false }: LaunchOptions = {},
): Promise<Browser> {
  const executablePath = findChromium()
  if (!anyAge && !existsSync(BUILT)) throw new Error('The page is not built: npm run build.')
  if (!anyAge && newestChange() > statSync(BUILT).mtimeMs)
    throw new Error('The page is older than its source: npm run build.')
  return chromium.launch({ executablePath, args: [...FLAGS, ...flags] })
}

function findChromium(): string {
  const found = process.env.CHROMIUM_PATH ?? PLACES.find(place => existsSync(place))
  if (found !== undefined) return found
  throw new Error(
    `No Chromium in ${PLACES.join(', ')}. Install it (Debian: apt-get install chromium) or set CHROMIUM_PATH.`,
  )
}

/** When a file that the page is built from was changed last, in milliseconds since 1970. */
function newestChange(): number {
  const sources = ['core', 'web'].flatMap(room =>
    readdirSync(`${CLIENT}/${room}`, { recursive: true, encoding: 'utf8' })
      .filter(file => /\.(tsx?|css|html|svg)$/.test(file) && !file.startsWith('dist'))
      .map(file => `${CLIENT}/${room}/${file}`),
  )
  return Math.max(...sources.map(file => statSync(file).mtimeMs))
}
