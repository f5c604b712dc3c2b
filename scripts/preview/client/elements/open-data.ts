/**
 * `<open-data>` as WeChat has shown it to everybody since 2022-02-21: the nickname 微信用户, a grey
 * head, and nothing for other types. The group name is empty too, because the preview has no
 * groups.
 * https://developers.weixin.qq.com/miniprogram/dev/component/open-data.html
 */
import { ANONYMOUS_AVATAR, ANONYMOUS_NICKNAME, resolvePicture } from '../pictures'
import { WxElement } from './wx-element'

export class WxOpenData extends WxElement {
  static readonly observedAttributes = ['type']

  protected build(): void {
    this.update()
  }

  protected override update(): void {
    const type = this.text('type')
    if (type === 'userAvatarUrl') {
      const head = document.createElement('img')
      head.src = resolvePicture(ANONYMOUS_AVATAR)
      head.alt = ''
      this.replaceChildren(head)
    } else {
      this.textContent = type === 'userNickName' ? ANONYMOUS_NICKNAME : ''
    }
  }
}
