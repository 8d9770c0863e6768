// What kind of device a session is on, as a few words for people: as it says of itself, checked, or from its User-Agent
// by a small table, so that nothing of an unknown program's own text is ever shown. (PROTOCOL.md: DEVICE-2)
import { LRUCache } from 'lru-cache'
import { Refusal } from '../domain/errors.ts'
import { countCodePoints, hasVisible, INVISIBLE } from '../domain/text.ts'

/** What nobody knows anything about. Clients may show words of their own in its place. */
export const UNKNOWN_DEVICE = '?'

/** In code points. */
const LONGEST = 64
/** What could hide, turn round or break the line that it is shown in. The plain space is none of it. */
const HARMFUL = new RegExp(`[${INVISIBLE}\\p{C}\\p{Zl}\\p{Zp}]`, 'u')
const SPACES = /\p{Zs}/gu

/**
 * What a device says of itself, in NFC, every space the plain one and none at the ends; null where it says nothing.
 * @throws Refusal `BAD_USER_INPUT` unless it is 1 to 64 harmless characters
 */
export function parseDevice(label: string | null | undefined): string | null {
  if (label === null || label === undefined) return null
  // Normalising makes no more than three of one: nothing longer is worth it.
  const text = label.length > LONGEST * 4 ? label : label.replace(SPACES, ' ').trim().normalize('NFC')
  const length = countCodePoints(text)
  if (length > LONGEST || !hasVisible(text)) {
    throw new Refusal('BAD_USER_INPUT', `A device is described by 1 to ${LONGEST} visible characters.`)
  }
  if (HARMFUL.test(text.replaceAll(' ', ''))) {
    throw new Refusal('BAD_USER_INPUT', 'The description of a device has no control or invisible characters.')
  }
  return text
}

type Row = readonly [pattern: RegExp, name: string]

/** The first that matches counts: nearly all browsers also say that they are Safari, and many that they are Chrome. */
const BROWSERS: readonly Row[] = [
  [/\bEdg(?:A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\bHeadlessChrome\//, 'Chrome'],
  [/\b(?:Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]
const SYSTEMS: readonly Row[] = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b|\bX11\b/, 'Linux'],
]
const PROGRAMS: readonly Row[] = [
  [/^(?:node|undici)\b/i, 'Node'],
  [/^Deno\//, 'Deno'],
  [/^Bun\//, 'Bun'],
  [/^curl\//i, 'curl'],
  [/^PostmanRuntime\//, 'Postman'],
  [/^insomnia\//i, 'Insomnia'],
  [/^Apidog\//i, 'Apidog'],
  [/^(?:python|aiohttp)/i, 'Python'],
  [/^Go-http-client\//, 'Go'],
  [/^okhttp\//, 'Android'],
  [/^Dart\//, 'Dart'],
]

/** Of a User-Agent this much is read. */
const READ = 512
/** One string for all who have the same: sockets keep it, and there may be many thousands. */
const known = new LRUCache<string, string>({ max: 500 })

/** What a User-Agent says: "Chrome · Linux", "Firefox · Android", "Node", or `?`. */
export function deviceLabelOf(userAgent: string | undefined): string {
  if (!userAgent) return UNKNOWN_DEVICE
  const text = userAgent.slice(0, READ)
  let device = known.get(text)
  if (device === undefined) {
    const name = (rows: readonly Row[]) => rows.find(([pattern]) => pattern.test(text))?.[1]
    const parts = [name(BROWSERS), name(SYSTEMS)].filter(part => part !== undefined)
    device = name(PROGRAMS) ?? (parts.length > 0 ? parts.join(' · ') : UNKNOWN_DEVICE)
    known.set(text, device)
  }
  return device
}
