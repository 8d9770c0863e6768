// The page begins here: the appearance before the first paint, then React.
import './style/token.css'
import './style/base.css'
import './style/control.css'
import './style/enter.css'
import './style/chat.css'
import './style/sidebar.css'
import './style/thread.css'
import './style/composer.css'
import './style/comfort.css'
import './style/motion.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { startInstall } from './comfort/install.ts'
import { warmUp } from './engine/open-engine.ts'
import { startCodeLink } from './enter/code-link.ts'
import { startInvitationLink } from './enter/invitation-link.ts'
import { LanguageProvider, loadWords } from './i18n/language.tsx'
import { startMotion } from './parts/motion.ts'
import { startTheme } from './parts/theme.ts'
import { createAccount } from './state/account.ts'

// Before anything reads the address, and before the first paint.
startCodeLink()
startInvitationLink()
startTheme()
startMotion()
startInstall()
const account = createAccount()
if (!account.isTabsOwn) warmUp()
void account.start()

const root = document.querySelector('#root')
if (!root) throw new Error('index.html has no #root')
const words = await loadWords()
createRoot(root).render(
  <StrictMode>
    <LanguageProvider first={words}>
      <App account={account} />
    </LanguageProvider>
  </StrictMode>,
)
