// Pictures of every state of the page: `node docs/screenshots/take-states.ts`, after a build. Each is one sheet: a
// laptop and a phone, light and dark. Needs Chromium.
import { mkdirSync } from 'node:fs'
import type { BrowserContextOptions } from 'playwright-core'
import { LAPTOP, launchBrowser, PHONE } from '../../test/browser/browser.ts'
import { walkStates } from './states.ts'

const FOLDER = `${import.meta.dirname}/states`
const GAP = 16
const LOOKS: readonly BrowserContextOptions[] = [
  { ...LAPTOP, viewport: { width: 1000, height: 720 }, colorScheme: 'light' },
  { ...LAPTOP, viewport: { width: 1000, height: 720 }, colorScheme: 'dark' },
  { ...PHONE, deviceScaleFactor: 1, viewport: { width: 375, height: 720 }, colorScheme: 'light' },
  { ...PHONE, deviceScaleFactor: 1, viewport: { width: 375, height: 720 }, colorScheme: 'dark' },
]

mkdirSync(FOLDER, { recursive: true })
const browser = await launchBrowser()
try {
  const picturesByState = new Map<string, string[]>()
  for (const look of LOOKS) {
    for await (const { name, page } of walkStates(browser, look)) {
      // Without a blinking caret, so that a picture changes only when the page does.
      const picture = await page.screenshot({ caret: 'hide' })
      picturesByState.set(name, [...(picturesByState.get(name) ?? []), picture.toString('base64')])
    }
  }
  const width = LOOKS.reduce((sum, { viewport }) => sum + (viewport?.width ?? 0) + GAP, GAP)
  const sheet = await browser.newPage({ viewport: { width, height: 720 + 2 * GAP } })
  for (const [name, pictures] of picturesByState) {
    const images = pictures.map(picture => `<img src="data:image/png;base64,${picture}">`).join('')
    await sheet.setContent(
      `<style>
        body { margin: 0; padding: ${GAP}px; display: flex; gap: ${GAP}px; background: #8d8d8d }
        img { height: 720px; border-radius: 6px }
      </style>${images}`,
    )
    await sheet.locator('body').screenshot({ path: `${FOLDER}/${name}.png` })
  }
} finally {
  await browser.close()
}
