// Draws the installed app's icons from the page's own mark: `node docs/generate/icons.ts`. Needs Chromium. The pictures
// are committed, so that a build needs no browser.
import { mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { launchBrowser } from '../../test/browser/browser.ts'

const PUBLIC = fileURLToPath(new URL('../../client/web/public', import.meta.url))
const PAPER = '#f5f1e8'

/** `mark`: how much of the width the mark takes. A maskable icon may be cut to a circle of 80 % of its width. */
const ICONS = [
  { name: '180', size: 180, mark: 0.72, ground: PAPER },
  { name: '192', size: 192, mark: 0.94, ground: 'transparent' },
  { name: '512', size: 512, mark: 0.94, ground: 'transparent' },
  { name: 'maskable', size: 512, mark: 0.56, ground: PAPER },
]

const svg = readFileSync(`${PUBLIC}/favicon.svg`, 'utf8')
mkdirSync(`${PUBLIC}/icons`, { recursive: true })
const browser = await launchBrowser([], { anyAge: true })
try {
  for (const { name, size, mark, ground } of ICONS) {
    const page = await browser.newPage({ viewport: { width: size, height: size } })
    await page.setContent(
      `<style>
        html, body { margin: 0; height: 100%; background: ${ground} }
        body { display: grid; place-items: center }
        svg { width: ${mark * 100}%; height: auto }
      </style>${svg}`,
    )
    await page.screenshot({ path: `${PUBLIC}/icons/${name}.png`, omitBackground: true })
    await page.close()
  }
} finally {
  await browser.close()
}
