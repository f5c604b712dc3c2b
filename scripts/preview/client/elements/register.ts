/** Registers the built-in components and tells the engine which tags exist. */
import { addKnownTags } from '../engine/backend'
import { reportGap } from '../reports'
import { WxButton } from './button'
import { WxCanvas } from './canvas'
import { WxCheckbox, WxCheckboxGroup, WxRadio, WxRadioGroup, WxSwitch } from './choices'
import { WxForm, WxLabel } from './form'
import { WxInput, WxTextarea } from './input'
import { WxPicker } from './picker'
import { WxPickerView, WxPickerViewColumn } from './picker-view'
import { WxRichText, WxSlider } from './rich'
import { WxImage, WxNavigator, WxProgress } from './media'
import { WxMovableView } from './movable-view'
import { WxOpenData } from './open-data'
import { WxMatchMedia, WxRootPortal } from './placement'
import { WxScrollView } from './scroll-view'
import { WxSwiper } from './swiper'
import { WxVideo } from './video'
import { WxWebView } from './web-view'
import { WxElement } from './wx-element'

const active: Record<string, CustomElementConstructor> = {
  button: WxButton,
  canvas: WxCanvas,
  checkbox: WxCheckbox,
  'checkbox-group': WxCheckboxGroup,
  // An element class can be registered under one name only.
  'cover-image': class extends WxImage {},
  form: WxForm,
  image: WxImage,
  input: WxInput,
  label: WxLabel,
  'match-media': WxMatchMedia,
  'movable-view': WxMovableView,
  navigator: WxNavigator,
  progress: WxProgress,
  radio: WxRadio,
  'radio-group': WxRadioGroup,
  'open-data': WxOpenData,
  picker: WxPicker,
  'picker-view': WxPickerView,
  'picker-view-column': WxPickerViewColumn,
  'rich-text': WxRichText,
  'root-portal': WxRootPortal,
  'scroll-view': WxScrollView,
  slider: WxSlider,
  swiper: WxSwiper,
  switch: WxSwitch,
  textarea: WxTextarea,
  video: WxVideo,
  'web-view': WxWebView,
}

/** Built-ins without behaviour; styles/elements.css styles them. */
const passive = [
  'page',
  'view',
  'text',
  'block',
  'slot',
  'icon',
  'swiper-item',
  'cover-view',
  'movable-area',
]

/** Built-ins that only show their content and lack WeChat's behaviour; reported once. */
const incomplete = ['page-meta', 'share-element']

function createIncomplete(tag: string): CustomElementConstructor {
  return class extends WxElement {
    protected build(): void {
      reportGap(`<${tag}>`)
    }
  }
}

/** HTML tags have no meaning in WeChat but are tolerated. */
const meaningless = ['a', 'b', 'br', 'div', 'h1', 'h2', 'h3', 'i', 'img', 'li', 'p', 'span', 'ul']

/** Defines the elements; call it once, before any page is created. */
export function registerElements(): void {
  for (const [tag, constructor] of Object.entries(active)) {
    customElements.define(`wx-${tag}`, constructor)
  }
  for (const tag of incomplete) customElements.define(`wx-${tag}`, createIncomplete(tag))
  addKnownTags([...Object.keys(active), ...passive, ...incomplete, ...meaningless])
}
