import { userMessage } from '../../../../miniprogram/auth/index'
import { draftMessageFor, saveProfileDraft } from '../../../../miniprogram/services/profile-draft'
import { authError, createFakeAuth, someUser } from '../components/fake-auth'

function record(failing?: 'nickname') {
  const calls: string[] = []
  const auth = createFakeAuth(
    { ...someUser, nickname: '小明' },
    {
      profile: {
        setNickname(nickname) {
          calls.push(`nickname ${nickname}`)
          return failing ? Promise.reject(authError('api')) : Promise.resolve(someUser)
        },
        setAvatar(path, onProgress) {
          calls.push(`avatar ${path}`)
          onProgress?.(100)
          return Promise.resolve(someUser)
        },
      },
    },
  )
  return { auth, calls }
}

describe('saveProfileDraft', () => {
  it('saves the name before the picture and reports the progress', async () => {
    const { auth, calls } = record()
    const progress: number[] = []
    await saveProfileDraft(auth, { nickname: ' 小红 ', avatarPath: 'a.png' }, (percent) =>
      progress.push(percent),
    )
    expect(calls).toEqual(['nickname 小红', 'avatar a.png'])
    expect(progress).toEqual([100])
  })

  it.each([
    [{ nickname: '小明', avatarPath: '' }, []],
    [{ nickname: '', avatarPath: 'a.png' }, ['avatar a.png']],
    [{ nickname: '小红', avatarPath: '' }, ['nickname 小红']],
  ])('of %j it sends only the changes', async (draft, expected) => {
    const { auth, calls } = record()
    await saveProfileDraft(auth, draft, jest.fn())
    expect(calls).toEqual(expected)
  })

  it('uploads nothing when the name was rejected', async () => {
    const { auth, calls } = record('nickname')
    const draft = { nickname: '坏', avatarPath: 'a.png' }
    await expect(saveProfileDraft(auth, draft, jest.fn())).rejects.toMatchObject({ kind: 'api' })
    expect(calls).toEqual(['nickname 坏'])
  })
})

describe('draftMessageFor', () => {
  it.each([
    ['INVALID_REQUEST', '1 到 32'],
    ['CONTENT_REJECTED', '安全检查'],
    ['IMAGE_REJECTED', '图片'],
    ['BODY_TOO_LARGE', '2 MB'],
  ])('explains %s in terms of the form', (code, words) => {
    expect(draftMessageFor(authError('api', { code }))).toContain(words)
  })

  it('uses the message of the library for the rest, and has one for any value', () => {
    const limited = authError('api', { code: 'RATE_LIMITED' })
    expect(draftMessageFor(limited)).toBe(userMessage(limited))
    expect(draftMessageFor('?')).toBe('出了点问题，请再试一次')
  })
})
