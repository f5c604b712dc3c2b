/**
 * Every mechanism of WeChat login as a live experiment. `run` is called synchronously in the tap
 * handler, and an experiment that needs a tap calls WeChat before its first await. All use the same
 * library as the other pages, and none depends on the page.
 */

import type { SessionCheckAnswer, User } from '../../../typings/api'
import { auth } from '../../services/auth'
import { texts } from '../../texts'
import { beyondJson } from './beyond-json'
import { labTexts } from './texts'
import type { Experiment } from './experiment'
import type { Outcome } from './outcome'
import { observe, outcomeOf } from './outcome'
import { askFirst, findPhoneSideValidity, getSealedUserInfo } from './platform'

const o = labTexts.outcome

const profileLines = (user: User): Outcome =>
  outcomeOf([
    [o.profile, user.nickname ?? o.none],
    [o.avatar, user.avatarUrl ?? o.none],
  ])

const login: Experiment[] = [
  {
    id: 'silent-login',
    trigger: 'tap',
    since: '1.0.0',
    async run() {
      const { value: user, tookMs } = await observe(auth, () => auth.login())
      return outcomeOf([
        ['openid', user.openid ?? o.hidden],
        ['unionid', user.unionid ?? o.none],
        [o.userId, user.id],
        [o.took, `${tookMs} ${o.milliseconds}`],
      ])
    },
  },
  {
    id: 'check-session',
    trigger: 'tap',
    since: '1.0.0',
    api: 'checkSession',
    async run() {
      const phoneSide = await findPhoneSideValidity()
      const { sessionKeyValid } = await auth.request<SessionCheckAnswer>({
        path: '/v1/session/check',
      })
      return outcomeOf([
        [o.phoneSide, phoneSide ? o.valid : o.expired],
        [o.serverSide, sessionKeyValid ? o.valid : o.expired],
      ])
    },
  },
  {
    id: 'token-cache',
    trigger: 'tap',
    since: '1.0.0',
    async run() {
      const five = () => Promise.all([1, 2, 3, 4, 5].map(() => auth.ready()))
      const { tookMs, logins } = await observe(auth, five)
      return outcomeOf([
        [o.logins, logins],
        [o.took, `${tookMs} ${o.milliseconds}`],
      ])
    },
  },
  {
    id: 'renew',
    trigger: 'tap',
    since: '1.0.0',
    async run() {
      // Without telling the library: it still has the token, but the server does not.
      await auth.request({ path: '/v1/logout', method: 'POST' })
      const five = () =>
        Promise.all([1, 2, 3, 4, 5].map(() => auth.request<User>({ path: '/v1/me' })))
      const { tookMs, logins } = await observe(auth, five)
      return outcomeOf([
        [o.revoked, o.done],
        [o.replies, o.succeeded],
        [o.logins, logins],
        [o.took, `${tookMs} ${o.milliseconds}`],
      ])
    },
  },
]

const profile: Experiment[] = [
  {
    id: 'get-user-profile',
    trigger: 'tap',
    since: '2.10.4',
    api: 'getUserProfile',
    run: () => auth.profile.fromTap(texts.profile.desc).then(profileLines),
  },
  {
    id: 'modal-first',
    trigger: 'tap',
    since: '2.10.4',
    api: 'getUserProfile',
    run: () => askFirst(() => auth.profile.fromTap(texts.profile.desc).then(profileLines)),
  },
  {
    id: 'get-user-info',
    trigger: 'getUserInfo',
    since: '1.3.0',
    run: (detail) => auth.profile.fromButton(detail).then(profileLines),
  },
  {
    id: 'open-data',
    trigger: 'open-data',
    since: '1.4.0',
    run: () => Promise.resolve(outcomeOf([])),
  },
  {
    id: 'choose-avatar',
    trigger: 'chooseAvatar',
    since: '2.21.2',
    run: ({ avatarUrl = '' }) =>
      Promise.resolve(outcomeOf([[o.path, avatarUrl]], 'good', avatarUrl)),
  },
  {
    id: 'nickname',
    trigger: 'nickname',
    since: '2.21.2',
    run({ value }) {
      const submitted = value?.nickname ?? ''
      return Promise.resolve(outcomeOf([[o.submitted, submitted || o.empty]]))
    },
  },
]

const sealed: Experiment[] = [
  {
    id: 'phone',
    trigger: 'getPhoneNumber',
    since: '1.2.0',
    async run(detail) {
      const { phone } = await auth.phone.fromButton(detail)
      return outcomeOf([
        ['code', detail.code && `${detail.code.slice(0, 8)}…`],
        [o.phone, phone],
      ])
    },
  },
  {
    id: 'sealed',
    trigger: 'tap',
    since: '1.0.0',
    api: 'getUserInfo',
    async run() {
      await auth.ready()
      const data = await getSealedUserInfo()
      // Not sent with auth.request: after a 401 it would be replayed with data that is stale by
      // then.
      await auth.profile.fromButton(data)
      return outcomeOf([
        [o.result, o.opened],
        [o.sealedSize, `${data.encryptedData.length} ${o.characters}`],
        ['iv', data.iv],
        [o.signature, data.signature],
      ])
    },
  },
]

export const experiments: Experiment[] = [...login, ...profile, ...sealed, ...beyondJson]
