/** Only pictures that WeChat itself hosts. */
const WECHAT_PICTURE = /^https?:\/\/([a-z0-9-]+\.)*(qlogo|qpic)\.cn\/[\x21-\x7e]*$/

/** @returns the URL of a person's picture over HTTPS (old answers have `http:` for the same picture), or null. */
export const parsePictureUrl = (text: string): string | null =>
  WECHAT_PICTURE.test(text) ? text.replace(/^http:/, 'https:') : null
