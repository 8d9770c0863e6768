// Whether things move: as the system says, or not at all. style/motion.css reads the mark on the page.
import { createChoice } from './choice.ts'

export const motion = createChoice('motion', ['auto', 'reduced'])

/** Before the first paint, and again when it is changed, here or in another tab. */
export function startMotion(): void {
  const apply = () => {
    document.documentElement.dataset.motion = motion.get()
  }
  apply()
  motion.subscribe(apply)
}
