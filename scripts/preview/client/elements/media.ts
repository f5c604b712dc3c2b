/**
 * `<image>`, `<progress>` and `<navigator>`. Pictures are loaded from this computer only; WeChat's
 * own avatar URLs are drawn locally.
 */
import { resolvePicture } from '../pictures'
import { reportGap } from '../reports'
import { WxElement } from './wx-element'

export class WxImage extends WxElement {
  static readonly observedAttributes = ['src', 'mode', 'aria-label']
  private readonly picture = document.createElement('img')

  protected build(): void {
    this.picture.addEventListener('load', (event) => {
      event.stopPropagation()
      this.removeAttribute('pv-failed')
      const { naturalWidth: width, naturalHeight: height } = this.picture
      this.emit('load', { width, height })
    })
    this.picture.addEventListener('error', (event) => {
      event.stopPropagation()
      this.toggleAttribute('pv-failed', true)
      this.emit('error', { errMsg: `GET ${this.text('src')} failed` })
    })
    this.picture.draggable = false
    this.append(this.picture)
    this.update()
  }

  protected override update(): void {
    const source = this.text('src')
    this.picture.alt = this.ariaLabel ?? ''
    if (source === '') this.picture.removeAttribute('src')
    else this.picture.src = resolvePicture(source, this.ownerPath())
  }
}

export class WxProgress extends WxElement {
  static readonly observedAttributes = ['percent']
  private readonly bar = document.createElement('i')

  protected build(): void {
    this.setAttribute('role', 'progressbar')
    this.append(this.bar)
    this.update()
  }

  protected override update(): void {
    const percent = Math.min(100, Math.max(0, Number(this.text('percent')) || 0))
    this.ariaValueNow = String(percent)
    this.bar.style.width = `${percent}%`
    const color = this.text('active-color') || this.text('color')
    if (color !== '') this.bar.style.background = color
  }
}

let openUrl: (openType: string, url: string, delta: number) => void = () => undefined

/** How `<navigator>` navigates. */
export function setNavigator(navigate: typeof openUrl): void {
  openUrl = navigate
}

export class WxNavigator extends WxElement {
  protected build(): void {
    this.setAttribute('role', 'link')
    this.tabIndex = 0
    this.addEventListener('pv-tap', () => {
      const openType = this.text('open-type') || 'navigate'
      // In WeChat it does nothing then.
      if (openType === 'exit' && this.text('target') !== 'miniProgram')
        reportGap('<navigator open-type="exit"> without target="miniProgram"')
      else openUrl(openType, this.text('url'), Number(this.text('delta')) || 1)
    })
  }
}
