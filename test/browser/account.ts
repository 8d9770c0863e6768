// What people do with the account's menu and dialogs, by their labels.
import type { Page } from 'playwright-core'
import { keepSecretsIn } from '../setup/gathered-logs.ts'
import type { Device } from './device.ts'

/** Chooses from the account's menu. */
export async function chooseInMenu({ page }: Device, name: string | RegExp): Promise<void> {
  await page.locator('.account-button').click()
  await page.locator('.menu').getByText(name).click()
}

export async function closeDialog(page: Page): Promise<void> {
  await page.keyboard.press('Escape')
  await page.locator('dialog').waitFor({ state: 'detached' })
}

/** The code that the dialog "add a device" shows. */
export async function codeShown(device: Device): Promise<string> {
  await chooseInMenu(device, 'Adicionar um aparelho…')
  const code = device.page.locator('dialog .code-shown')
  await code.waitFor()
  const shown = await code.innerText()
  keepSecretsIn({ code: shown })
  return shown
}
