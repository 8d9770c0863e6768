// What axe objects to on a page as it is now. Its half a megabyte of script is given to each document once, and it runs in
// the page itself: the way it goes by default, by a blank page for each look, is for frames of other sites.
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'

export interface Objection {
  /** Of axe's rule. */
  readonly id: string
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[]
}

/** Evaluated instead of the script where that is there already. */
const NOTHING = '0'

export async function objectionsTo(page: Page): Promise<readonly Objection[]> {
  const isThere = await page.evaluate(() => 'axe' in window)
  const axe = new AxeBuilder({ page, ...(isThere ? { axeSource: NOTHING } : {}) }).setLegacyMode()
  // What passes is counted all the same; its places are not sent over.
  // Nor are style sheets made anew to be read, which the page's policy would not have: no rule that matters needs it.
  const { violations } = await axe.options({ resultTypes: ['violations'], preload: false }).analyze()
  return violations
}
