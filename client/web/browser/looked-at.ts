/** Whether somebody looks at this page now: it is in front, in a window that has the focus. */
export const isLookedAt = (): boolean => document.visibilityState === 'visible' && document.hasFocus()
