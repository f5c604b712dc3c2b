/**
 * The privacy terms (base library 2.32.3 and newer): APIs that use personal data wait until the
 * person has agreed, in the mini-program's own popup if it registered one, else in WeChat's.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/user-privacy/PrivacyAuthorize.html
 */
import { addOpenType } from '../elements/button'
import { changeSetting, settings } from '../settings'
import { hasVersion } from '../versions'
import { ApiFailure, createApi } from './call'
import type { ApiGroup, WxContext } from './context'

interface Resolution {
  event: 'exposureAuthorization' | 'agree' | 'disagree'
  buttonId?: string
}
type Resolve = (resolution: Resolution) => void
type Listener = (resolve: Resolve, event: { referrer: string }) => void

const CONTRACT_NAME = '《用户隐私保护指引》'
/** For this long after a refusal, further calls fail without asking. */
const QUIET_MS = 10_000

let listener: Listener | null = null
let context: WxContext | null = null
let refusedAtMs = 0
const tappedButtons = new Set<string>()

const isNeeded = (): boolean => hasVersion('2.32.3') && settings.privacy === 'needed'

function askMiniProgram(ask: Listener, referrer: string): Promise<boolean> {
  return new Promise((settle) => {
    const resolve: Resolve = ({ event, buttonId }) => {
      if (event === 'disagree') settle(false)
      // Only a real tap on the button proves that the person agreed.
      if (event === 'agree' && tappedButtons.has(buttonId ?? '')) settle(true)
    }
    ask(resolve, { referrer })
  })
}

async function askPerson(referrer: string): Promise<boolean> {
  if (listener !== null) return askMiniProgram(listener, referrer)
  const sheet = {
    title: '用户隐私保护提示',
    purpose: `在你使用服务之前，请仔细阅读${CONTRACT_NAME}。如你同意，请点击“允许”开始使用。`,
    rows: [],
  }
  return (await context?.overlays.askConsent(sheet)) ?? false
}

/** Resolves when personal data may be used; throws errno 104 when the person refuses. */
export async function requirePrivacy(referrer: string): Promise<void> {
  if (!isNeeded()) return
  const isQuiet = Date.now() - refusedAtMs < QUIET_MS
  if (!isQuiet && (await askPerson(referrer))) {
    changeSetting('privacy', 'agreed')
    return
  }
  if (!isQuiet) refusedAtMs = Date.now()
  throw new ApiFailure('privacy permission is not authorized', 104)
}

/** Whether `input type="nickname"` may offer the nickname: it never asks for the terms itself. */
export function isPrivacyAgreed(): boolean {
  return !isNeeded()
}

function addAgreeButton(): void {
  addOpenType('agreePrivacyAuthorization', (button, send) => {
    tappedButtons.add(button.id)
    if (settings.privacy === 'needed') changeSetting('privacy', 'agreed')
    refusedAtMs = 0
    send('agreeprivacyauthorization', {})
  })
}

/** The privacy APIs; `createWx` omits them in older libraries. */
export function createPrivacyApis(given: WxContext): ApiGroup {
  context = given
  addAgreeButton()
  return {
    getPrivacySetting: createApi('getPrivacySetting', () => ({
      needAuthorization: isNeeded(),
      privacyContractName: CONTRACT_NAME,
    })),
    openPrivacyContract: createApi('openPrivacyContract', () =>
      given.overlays.showDocument(
        CONTRACT_NAME,
        '预览中的示例文本：这里会显示小程序的隐私保护指引。',
      ),
    ),
    requirePrivacyAuthorize: createApi(
      'requirePrivacyAuthorize',
      async () => {
        await requirePrivacy('requirePrivacyAuthorize')
        return undefined
      },
      { hasPromise: false },
    ),
    onNeedPrivacyAuthorization: (ask: Listener) => {
      listener = ask
    },
    offNeedPrivacyAuthorization: () => {
      listener = null
    },
  }
}
