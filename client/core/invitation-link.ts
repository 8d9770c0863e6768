// What a link to the page that lets somebody new in ends with: the secret is behind the `#`, so in no server's log.
// (PROTOCOL.md: INVITE-3)

/** The address of the page, this, and the secret. */
export const INVITATION_FRAGMENT = '#convite='

/** The secret in what somebody pasted: a whole link, or the end of it. Empty: there is none. */
export function invitationIn(pasted: string): string {
  return pasted.trim().split(INVITATION_FRAGMENT).at(-1)?.trim() ?? ''
}
