// What times have in common, wherever they are kept: milliseconds since 1970.

export const DAY_MS = 24 * 60 * 60 * 1000

/** The last day that RFC 3339 can write: when something ends that never does. */
export const LAST_DAY = Date.UTC(9999, 11, 31)
