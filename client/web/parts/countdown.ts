// How many seconds are left until an instant, as React state.
import { useEffect, useState } from 'react'

/** @param until RFC 3339; null: nothing is waited for @returns whole seconds, 0 once it is over */
export function useSecondsLeft(until: string | null): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (until === null) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [until])
  return until === null ? 0 : Math.max(0, Math.ceil((Date.parse(until) - now) / 1_000))
}
