/**
 * `<rich-text>` and `<slider>`. The HTML of a rich-text is sanitised: only plain formatting stays,
 * so that no script and no external URL gets into the page.
 * https://developers.weixin.qq.com/miniprogram/dev/component/rich-text.html
 */
import { convertLengths } from '../../build/lengths'
import { resolvePicture } from '../pictures'
import { WxElement, type FormControl } from './wx-element'

const keptTags =
  /^(a|abbr|b|blockquote|br|code|dd|div|dl|dt|em|h[1-6]|hr|i|img|li|ol|p|pre|s|small|span|strong|sub|sup|table|tbody|td|tfoot|th|thead|tr|u|ul)$/

interface RichNode {
  name?: string
  type?: string
  text?: string
  attrs?: Record<string, string>
  children?: RichNode[]
}

function copyAttributes(from: Record<string, string>, to: HTMLElement): void {
  if (from['class'] !== undefined) to.className = from['class']
  if (from['style'] !== undefined) to.style.cssText = convertLengths(from['style'])
  if (to instanceof HTMLImageElement) to.src = resolvePicture(from['src'] ?? '')
}

function fromNode(node: RichNode): Node | null {
  if (node.type === 'text') return document.createTextNode(node.text ?? '')
  const name = node.name?.toLowerCase() ?? ''
  if (!keptTags.test(name)) return null
  const element = document.createElement(name)
  copyAttributes(node.attrs ?? {}, element)
  const children = (node.children ?? []).map(fromNode).filter((child) => child !== null)
  element.append(...children)
  return element
}

function toNode(node: Node): RichNode {
  if (!(node instanceof Element)) return { type: 'text', text: node.textContent ?? '' }
  const attrs = Object.fromEntries([...node.attributes].map(({ name, value }) => [name, value]))
  return { name: node.localName, attrs, children: [...node.childNodes].map(toNode) }
}

/** Parsed outside of the page, so that nothing in it runs or loads. */
function parseHtml(html: string): RichNode[] {
  const parsed = new DOMParser().parseFromString(html, 'text/html')
  return [...parsed.body.childNodes].map(toNode)
}

export class WxRichText extends WxElement {
  static readonly observedAttributes = ['nodes']

  protected build(): void {
    this.update()
  }

  protected override update(): void {
    const nodes = this.value('nodes')
    const list = Array.isArray(nodes) ? (nodes as RichNode[]) : parseHtml(this.text('nodes'))
    this.replaceChildren(...list.map(fromNode).filter((child) => child !== null))
  }
}

export class WxSlider extends WxElement implements FormControl {
  static readonly observedAttributes = ['value', 'min', 'max', 'step', 'disabled']
  private readonly field = document.createElement('input')

  formValue(): number {
    return Number(this.field.value)
  }

  reset(): void {
    this.field.value = this.field.min
  }

  protected build(): void {
    const { field } = this
    field.type = 'range'
    const send = (type: string) => (event: Event) => {
      event.stopPropagation()
      this.write('value', this.formValue())
      this.emit(type, { value: this.formValue() })
    }
    field.addEventListener('input', send('changing'))
    field.addEventListener('change', send('change'))
    this.append(field)
    this.update()
  }

  protected override update(): void {
    this.field.min = this.text('min') || '0'
    this.field.max = this.text('max') || '100'
    this.field.step = this.text('step') || '1'
    this.field.disabled = this.flag('disabled')
    this.field.value = this.text('value') || '0'
  }
}
