/**
 * `<video>`, shown by the browser's own player, and its `VideoContext`. Not supported: bullet
 * comments, casting and WeChat's additional buttons.
 * https://developers.weixin.qq.com/miniprogram/dev/component/video.html
 */
import { offerNodeApi } from '../engine/node-api'
import { resolvePicture } from '../pictures'
import { WxElement } from './wx-element'

/** DOM events that have the same name in WeChat and no detail. */
const plainEvents = ['play', 'pause', 'ended', 'waiting'] as const

export class WxVideo extends WxElement {
  static readonly observedAttributes = ['src', 'poster', 'controls', 'loop', 'muted', 'object-fit']
  private readonly player = document.createElement('video')

  protected build(): void {
    const { player } = this
    player.className = 'pv-video'
    player.playsInline = true
    player.autoplay = this.flag('autoplay')
    this.sendEvents()
    this.offerContext()
    this.prepend(player)
    for (const name of WxVideo.observedAttributes) this.update(name)
  }

  protected override update(name: string): void {
    const { player } = this
    const text = this.text(name)
    if (name === 'src' && text === '') player.removeAttribute('src')
    else if (name === 'src') player.src = resolvePicture(text, this.ownerPath())
    else if (name === 'poster' && text !== '')
      player.poster = resolvePicture(text, this.ownerPath())
    else if (name === 'object-fit') player.style.objectFit = text
    else if (name === 'controls') player.controls = !this.isOff(name)
    else if (name === 'loop') player.loop = this.flag(name)
    else if (name === 'muted') player.muted = this.flag(name)
  }

  /** The DOM's own events must not bubble, or a handler would receive them twice. */
  private listen(type: string, tell: () => void): void {
    this.player.addEventListener(type, (event) => {
      event.stopPropagation()
      tell()
    })
  }

  private sendEvents(): void {
    const { player } = this
    for (const type of plainEvents) this.listen(type, () => this.emit(type))
    this.listen('timeupdate', () => {
      this.emit('timeupdate', { currentTime: player.currentTime, duration: player.duration })
    })
    this.listen('loadedmetadata', () => {
      const { videoWidth: width, videoHeight: height, duration } = player
      player.currentTime = Number.parseFloat(this.text('initial-time')) || 0
      this.emit('loadedmetadata', { width, height, duration })
    })
    this.listen('error', () => this.emit('error', { errMsg: `cannot play ${this.text('src')}` }))
    this.listen('fullscreenchange', () => {
      this.emit('fullscreenchange', { fullScreen: document.fullscreenElement === player })
    })
  }

  private offerContext(): void {
    const { player } = this
    offerNodeApi(this, {
      // A browser may forbid playback with sound before the user has interacted with the page.
      play: () => void player.play().catch(() => undefined),
      pause: () => player.pause(),
      stop: () => {
        player.pause()
        player.currentTime = 0
      },
      seek: (seconds: number) => {
        player.currentTime = seconds
      },
      playbackRate: (rate: number) => {
        player.playbackRate = rate
      },
      requestFullScreen: () => void player.requestFullscreen().catch(() => undefined),
      exitFullScreen: () => void document.exitFullscreen().catch(() => undefined),
    })
  }
}
