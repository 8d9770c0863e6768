// What a device is called: by itself, and by its User-Agent.
import { describe, expect, it } from 'vitest'
import { deviceLabelOf, parseDevice } from '../../server/accounts/device-label.ts'
import { codeOf } from './support.ts'

describe('what a device says of itself', () => {
  it('is taken in NFC, with plain spaces and none at the ends', () => {
    expect(parseDevice('  Rádio da\u00a0cozinha 📻 ')).toBe('Rádio da cozinha 📻')
    expect(parseDevice('Cafe\u0301')).toBe('Café')
    expect(parseDevice('x'.repeat(64))).toHaveLength(64)
    expect(parseDevice('📻'.repeat(64))).toHaveLength(128)
    expect(parseDevice('<b>"\'&')).toBe('<b>"\'&')
  })

  it('is nothing where it says nothing', () => {
    expect(parseDevice(null)).toBeNull()
    expect(parseDevice(undefined)).toBeNull()
  })

  it.each([
    ['empty', ''],
    ['blank', ' \u3000 '],
    ['too long', 'x'.repeat(65)],
    ['much too long', 'x'.repeat(60_000)],
    ['with a line feed', 'a\nb'],
    ['with a NUL', 'a\0b'],
    ['with an escape', '\u001b[31mred'],
    ['that turns its line around', 'a\u202eb'],
    ['with an isolate', 'a\u2066b'],
    ['with a zero-width space', 'a\u200bb'],
    ['with a word joiner', 'a\u2060b'],
    ['with a line separator', 'a\u2028b'],
    ['with half of a character', 'a\ud800'],
    ['with a blank that is none', 'a\u2800'],
    ['with a filler', 'a\u3164'],
    ['of private use', 'a\ue000'],
    ['with a tag', 'a\u{e0041}'],
  ])('is refused: one %s', async (_, label) => {
    expect(await codeOf(() => parseDevice(label))).toBe('BAD_USER_INPUT')
  })
})

describe('what a User-Agent says', () => {
  const SAFARI = 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15'
  const CHROME = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

  it.each([
    [`Mozilla/5.0 (X11; Linux x86_64) ${CHROME}`, 'Chrome · Linux'],
    [`Mozilla/5.0 (X11; Linux x86_64) ${CHROME.replace('Chrome', 'HeadlessChrome')}`, 'Chrome · Linux'],
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Edg/140.0.0.0`, 'Edge · Windows'],
    [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${CHROME}`, 'Chrome · ChromeOS'],
    ['Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', 'Firefox · Android'],
    [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${SAFARI}`, 'Safari · macOS'],
    [`Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) ${SAFARI}`, 'Safari · iPhone'],
    [
      `Mozilla/5.0 (Linux; Android 14; SM-S921B) ${CHROME.replace('Safari', 'SamsungBrowser/27.0 Safari')}`,
      'Samsung Internet · Android',
    ],
    ['node', 'Node'],
    ['curl/8.5.0', 'curl'],
    ['PostmanRuntime/7.40.0', 'Postman'],
  ])('%s', (userAgent, device) => {
    expect(deviceLabelOf(userAgent)).toBe(device)
  })

  it('is never repeated: what is not known is a question mark', () => {
    for (const userAgent of [undefined, '', 'Evil\u202e Browser', 'x'.repeat(10_000)])
      expect(deviceLabelOf(userAgent)).toBe('?')
    expect(deviceLabelOf('<script> Firefox/1 (Linux)')).toBe('Firefox · Linux')
  })
})
