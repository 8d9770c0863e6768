// What somebody wants to be notified of in this browser, and how much a notification says.
import { createChoice } from '../parts/choice.ts'

/** `mine`: private messages and mentions. */
export const notifyOf = createChoice('notify', ['mine', 'all', 'none'])

export const hideContent = createChoice('notify.hide', ['no', 'yes'])

/** Whether it was asked already if notifications are wanted; it is not asked twice. */
export const offered = createChoice('notify.offered', ['no', 'yes'])
