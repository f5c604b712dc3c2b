/** Saves the changes from the profile form; nothing is saved before 保存. */

import type { Auth } from '../auth/index'
import { isAuthError } from '../auth/index'
import { texts } from '../texts'
import { messageFor } from './failure'

export interface ProfileDraft {
  nickname: string
  /** A temporary local path from chooseAvatar; empty when the avatar is unchanged. */
  avatarPath: string
}

/**
 * The nickname goes first, because it is small and more often rejected: a retry after a correction
 * then never uploads the picture twice.
 */
export async function saveProfileDraft(
  auth: Auth,
  draft: ProfileDraft,
  onProgress: (percent: number) => void,
): Promise<void> {
  const nickname = draft.nickname.trim()
  if (nickname !== '' && nickname !== auth.user?.nickname) await auth.profile.setNickname(nickname)
  if (draft.avatarPath !== '') await auth.profile.setAvatar(draft.avatarPath, onProgress)
}

const draftMessages: Record<string, string | undefined> = {
  INVALID_REQUEST: texts.form.nicknameLength,
  CONTENT_REJECTED: texts.form.contentRejected,
  IMAGE_REJECTED: texts.form.imageRejected,
  BODY_TOO_LARGE: texts.form.imageRejected,
}

/** The error message for the form. */
export function draftMessageFor(error: unknown): string {
  const code = isAuthError(error) ? error.code : undefined
  return draftMessages[code ?? ''] ?? messageFor(error)
}
