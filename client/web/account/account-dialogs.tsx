// The account's dialogs. They come when somebody opens them: not needed to read and to write.
import { late } from '../parts/late.tsx'
import type { Account } from '../state/account.ts'
import type { Chat } from '../state/chat.ts'
import type { ChatView } from '../state/chat-view.ts'
import { closeAccountDialog, openAccountDialog, useAccountDialog } from './account-dialog.ts'

const closes = ({ onClose }: { readonly onClose: () => void }) => onClose

const SettingsDialog = late(async () => (await import('./settings-dialog.tsx')).SettingsDialog, closes)
const DevicesDialog = late(async () => (await import('./devices-dialog.tsx')).DevicesDialog, closes)
const AddDeviceDialog = late(async () => (await import('./add-device-dialog.tsx')).AddDeviceDialog, closes)
const PasswordDialog = late(async () => (await import('./password-dialog.tsx')).PasswordDialog, closes)
const InviteDialog = late(async () => (await import('./invite-dialog.tsx')).InviteDialog, closes)
const DeleteDialog = late(async () => (await import('./delete-dialog.tsx')).DeleteDialog, closes)
const LeaveDialog = late(async () => (await import('./leave-dialog.tsx')).LeaveDialog, closes)

interface AccountDialogsProps {
  readonly chat: Chat
  readonly account: Account
  readonly view: ChatView
}

export function AccountDialogs({ chat, account, view }: AccountDialogsProps) {
  const dialog = useAccountDialog()
  if (dialog === null) return null
  return (
    <>
      {dialog === 'settings' && (
        <SettingsDialog onDelete={() => openAccountDialog('delete')} onClose={closeAccountDialog} />
      )}
      {dialog === 'devices' && (
        <DevicesDialog
          chat={chat}
          devices={view.devices}
          onAdd={() => openAccountDialog('add-device')}
          onClose={closeAccountDialog}
        />
      )}
      {dialog === 'add-device' && <AddDeviceDialog chat={chat} devices={view.devices} onClose={closeAccountDialog} />}
      {dialog === 'password' && <PasswordDialog account={account} me={chat.me} onClose={closeAccountDialog} />}
      {dialog === 'invite' && <InviteDialog chat={chat} onClose={closeAccountDialog} />}
      {dialog === 'delete' && <DeleteDialog account={account} chat={chat} view={view} onClose={closeAccountDialog} />}
      {dialog === 'leave' && (
        <LeaveDialog
          account={account}
          chat={chat}
          view={view}
          onPassword={() => openAccountDialog('password')}
          onClose={closeAccountDialog}
        />
      )}
    </>
  )
}
