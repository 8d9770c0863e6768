// A message as a line: for a person, with the private ones marked, or for a program, as one JSON object.
import { styleText } from 'node:util'
import type { Event, Message } from '../core/types.ts'
import { harmlessLine, harmlessText, jsonLine } from './harmless.ts'
import type { Texts } from './texts.ts'

export type Style = Parameters<typeof styleText>[0]

/** Colours only where standard output is a terminal that wants them (NO_COLOR). */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

/**
 * What this program says, as opposed to people. This colour and `ALARM` are the two of the sixteen that have a contrast of 3:1
 * or more both on black and on white, in every usual palette (test/terminal/contrast). Bold would change them: many terminals
 * brighten what is bold. Dim is for lines that nobody reads: on the Linux console it is 2.8:1.
 */
export const OWN_WORDS = 'magenta'
export const ALARM = 'redBright'

const NAME_STYLES = ['bold', OWN_WORDS, ALARM] as const

/** The same for the same account, everywhere. */
export function nameStyle(id: string): Style {
  let sum = 0
  for (const character of id) sum += character.codePointAt(0) ?? 0
  return NAME_STYLES[sum % NAME_STYLES.length] ?? 'bold'
}

function paintName({ id, username }: Message['from']): string {
  return paint(nameStyle(id), harmlessLine(username))
}

/** `21:04 maria → joao (private): oi`. Further lines of a text are indented. */
export function messageLine(message: Message, texts: Texts, now = new Date()): string {
  const { from, to, text, sentAt, editedAt, deletedAt } = message
  const marks = [
    ...(to === null ? [] : [texts.chat.private]),
    ...(deletedAt != null ? [texts.chat.deleted] : editedAt != null ? [texts.chat.edited] : []),
  ]
  const who = to === null ? paintName(from) : `${paintName(from)} → ${paintName(to)}`
  const mark = marks.length === 0 ? '' : paint(OWN_WORDS, ` (${marks.join(', ')})`)
  return `${timeOf(new Date(sentAt), texts.locale, now)} ${who}${mark}: ${harmlessText(text)}`
}

/** The time alone for today, else with the date. */
function timeOf(at: Date, locale: string, now: Date): string {
  const isToday = at.toDateString() === now.toDateString()
  const format = new Intl.DateTimeFormat(locale, {
    ...(isToday ? {} : { dateStyle: 'short' }),
    timeStyle: 'short',
    hourCycle: 'h23',
  })
  return format.format(at)
}

const TYPES = { MessageAdded: 'message', MessageEdited: 'edited', MessageDeleted: 'deleted' } as const

/** One line of JSON. `cursor` is where to go on (`--since`); names can change hands, ids can't. */
export function eventJson(event: Exclude<Event, { __typename: 'CaughtUp' }>): string {
  const { id, from, to, text, sentAt, editedAt, deletedAt } = event.message
  return jsonLine({
    type: TYPES[event.__typename],
    cursor: event.cursor,
    id,
    from: from.username,
    fromId: from.id,
    to: to?.username ?? null,
    toId: to?.id ?? null,
    text,
    sentAt,
    ...(editedAt == null ? {} : { editedAt }),
    ...(deletedAt == null ? {} : { deletedAt }),
  })
}

/** A message of a page, as the event that brought it. */
export function messageJson(message: Message): string {
  return eventJson({ __typename: 'MessageAdded', cursor: message.cursor, message })
}
