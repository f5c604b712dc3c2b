/** The words that count as risky: enough to try every verdict, but no real filter. */
export interface Verdict {
  readonly suggest: 'pass' | 'review' | 'risky'
  readonly label: number
  readonly keyword?: string
}

const RISKY: readonly (readonly [label: number, words: readonly string[]])[] = [
  [10001, ['代开发票', '刷单兼职', '加微信领红包']],
  [20001, ['涉政', '法轮功', '完2347全dfji试3726测asad感3847知qwez到']],
  [20002, ['色情', '黄片', '裸聊', 'porn', '特3456书yuuo莞6543李zxcz蒜7782法fgnv级']],
  [20003, ['傻逼', '操你妈', 'fuck']],
  [20006, ['赌博', '博彩', '毒品', '枪支', 'gambling']],
  [20008, ['诈骗', '洗钱']],
  [21000, ['违禁', '违规', '敏感词', 'risky']],
]
const DOUBTFUL: readonly string[] = ['加微信', '代购', 'review']
const LABEL_OK = 100
const LABEL_AD = 10001

/** Ignores case, width and blanks. */
export function judgeText(text: string): Verdict {
  const plain = text.normalize('NFKC').toLowerCase().replace(/\s/g, '')
  for (const [label, words] of RISKY) {
    const keyword = words.find((word) => plain.includes(word))
    if (keyword !== undefined) return { suggest: 'risky', label, keyword }
  }
  const keyword = DOUBTFUL.find((word) => plain.includes(word))
  return keyword === undefined
    ? { suggest: 'pass', label: LABEL_OK }
    : { suggest: 'review', label: LABEL_AD, keyword }
}
