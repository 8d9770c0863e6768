// docs/reference/settings.md from the table of settings, with what each accepts.
import { SETTINGS } from '../../../server/config.ts'
import type { Setting } from '../../../server/setting.ts'
import { opening, page, table } from './markdown.ts'

export function settingsPage(): string {
  const rows = Object.entries<Setting<unknown>>(SETTINGS).map(([name, setting]) => [
    `\`${name}\``,
    setting.default === '' ? '–' : `\`${setting.default}\``,
    setting.expected,
    setting.unit,
    setting.isSecret ? `${setting.description} A secret: it is never shown.` : setting.description,
  ])
  return page([
    ...opening('Settings', '[server/config.ts](../../server/config.ts)'),
    'Environment variables, read once when the server starts. A value that is not accepted keeps it from starting, and it',
    'says which and why. `recado serve --help` prints the same table.',
    '',
    ...table(['setting', 'default', 'accepts', 'unit', 'what it does'], rows),
  ])
}
