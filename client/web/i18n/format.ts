// Dates and times as the reader writes them, in the reader's time zone.
import { useEffect, useMemo, useState } from 'react'
import type { Catalogue } from './catalogue.ts'
import { useLanguage } from './language.tsx'

export interface Formats {
  /** `14:05` */
  time(instant: string | number): string
  /** In full, for those who point at a time. */
  full(instant: string | number): string
  /** `Hoje`, `Ontem`, `segunda-feira, 3 de março`; with the year when it is another one. */
  day(instant: string | number): string
  /** Date and time, briefly: `3 de mar., 14:05` */
  moment(instant: string | number): string
  /** What a list has room for: the time today, else the date. */
  brief(instant: string | number): string
}

/** Names the calendar day of an instant in this zone. */
export function dayOf(instant: string | number): string {
  const date = new Date(instant)
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`
}

export function createFormats(locale: string, words: Catalogue, now: number): Formats {
  // `9:26 AM`, and `09:26` where the day has 24 hours.
  const { hour12 } = new Intl.DateTimeFormat(locale, { hour: 'numeric' }).resolvedOptions()
  const clock = { hour: hour12 ? 'numeric' : '2-digit', minute: '2-digit' } as const
  const time = new Intl.DateTimeFormat(locale, clock)
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' })
  const day = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' })
  const dayOfYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' })
  const moment = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', ...clock })
  const brief = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
  const today = dayOf(now)
  const yesterdayNoon = new Date(now)
  yesterdayNoon.setDate(yesterdayNoon.getDate() - 1)
  const yesterday = dayOf(yesterdayNoon.getTime())
  return {
    time: instant => time.format(new Date(instant)),
    full: instant => full.format(new Date(instant)),
    day(instant) {
      const name = dayOf(instant)
      if (name === today) return words.thread.today
      if (name === yesterday) return words.thread.yesterday
      const date = new Date(instant)
      const text = (date.getFullYear() === new Date(now).getFullYear() ? day : dayOfYear).format(date)
      return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1)
    },
    moment: instant => moment.format(new Date(instant)),
    brief: instant => (dayOf(instant) === today ? time : brief).format(new Date(instant)),
  }
}

/** Milliseconds from now to the end of the day that this instant is in. */
function untilMidnight(instant: number): number {
  const midnight = new Date(instant)
  midnight.setHours(24, 0, 1, 0)
  return Math.max(0, midnight.getTime() - Date.now())
}

const MINUTE_MS = 60_000
const UNITS = [
  { unit: 'minute', ms: MINUTE_MS, below: 60 },
  { unit: 'hour', ms: 3_600_000, below: 24 },
  { unit: 'day', ms: 86_400_000, below: Number.POSITIVE_INFINITY },
] as const

/** How long before `now` that was: `há 5 min.`, `ontem`; less than a minute: the catalogue's word for just now. */
function createAgo(locale: string, words: Catalogue, now: number): (instant: string) => string {
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })
  return instant => {
    const past = now - Date.parse(instant)
    if (past < MINUTE_MS) return words.sidebar.justNow
    for (const { unit, ms, below } of UNITS) {
      const count = Math.floor(past / ms)
      if (count < below) return format.format(-count, unit)
    }
    return ''
  }
}

/** Goes on by itself. */
export function useAgo(): (instant: string) => string {
  const { words, formatLocale } = useLanguage()
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), MINUTE_MS / 2)
    return () => clearInterval(timer)
  }, [])
  // Whoever has just gone was not seen in the future.
  return useMemo(() => createAgo(formatLocale, words, now), [formatLocale, words, now])
}

/** Made anew at midnight, when today becomes yesterday. */
export function useFormats(): Formats {
  const { words, formatLocale } = useLanguage()
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setTimeout(() => setNow(Date.now()), untilMidnight(now))
    return () => clearTimeout(timer)
  }, [now])
  return useMemo(() => createFormats(formatLocale, words, now), [formatLocale, words, now])
}
