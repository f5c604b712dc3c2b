/** docs/performance.md, written from the results: nobody copies figures by hand. */
import { format } from 'prettier'
import { judge, shareOf } from './results'
import type { Measured, Results } from './results'
import { OURS } from './targets'

const titleOf = ({ scenario: { kind, connections, upstreamDelayMs } }: Measured): string =>
  kind === 'me'
    ? `GET /v1/me，${connections} 个并发`
    : `登录，${connections} 个并发，微信延迟 ${upstreamDelayMs} ms`

function scenarioTable(measured: Measured): string {
  const rows = measured.rows.map((row) => {
    const name = row.name === OURS ? `**${row.name}**` : row.name
    const cpu = row.cpuUs === null ? '–' : row.cpuUs.toFixed(0)
    const share = shareOf(measured, row.name).toFixed(2)
    return `| ${name} | ${row.perSecond.toFixed(0)} | ${share} | ${row.p50Ms} | ${row.p99Ms} | ${cpu} |`
  })
  return [
    `### ${titleOf(measured)}`,
    '',
    '| | 次/秒 | 与地板之比 | p50 ms | p99 ms | CPU µs |',
    '| --- | --: | --: | --: | --: | --: |',
    ...rows,
  ].join('\n')
}

function goalTable(results: Results): string {
  const rows = judge(results).map(
    ({ what, goal, found, isMet }) =>
      `| ${what} | ${goal} | ${found} | ${isMet ? '达到' : '未达到'} |`,
  )
  return ['| | 目标 | 实测 | |', '| --- | --: | --: | --- |', ...rows].join('\n')
}

function growthTable({ growth }: Results): string {
  const cpu = (value: number | null) => (value === null ? '–' : value.toFixed(0))
  const rows = growth.map(
    ({ users, loginCpuUs, meCpuUs, readyMs }) =>
      `| ${users.toLocaleString('en')} | ${cpu(loginCpuUs)} | ${cpu(meCpuUs)} | ${readyMs.toFixed(0)} |`,
  )
  return [
    '| 用户数 | 登录 CPU µs | /v1/me CPU µs | 就绪 ms |',
    '| --: | --: | --: | --: |',
    ...rows,
  ].join('\n')
}

const INTRODUCTION = `
每次登录都已落盘（SQLite，\`synchronous=FULL\`，组提交），日志、限流、加密都开着，再和什么都不做的
\`node:http\` 比。绝对数字随机器变化，比值才有意义，所以下面都给出与「地板」之比：

- **proxy floor**：裸 \`node:http\` 读请求体，用 undici 调一次上游，回一段固定的 JSON，不校验也不保存。
- **static floor**：裸 \`node:http\` 直接回一段固定的 JSON。

其余几行是同样的功能（调上游、写库、签发令牌）按各自文档写成的样子，数据库不保证断电不丢。
`

/** From sampling both threads under 32 logins at once, and from builds with parts left out. */
const WHERE_TIME_GOES = `
两个线程的采样（32 个并发，机器空闲时）。主线程每次登录约 135 µs：

| 主线程 | µs |
| --- | --: |
| 两次系统调用：写出对微信的请求、写出响应 | 23 |
| Node 的 HTTP 解析、Express 的路由、读请求体、校验、响应头 | 20 |
| undici：排队、解析微信的回答 | 14 |
| 用 AES-256-GCM 封存 session_key | 9 |
| axios：合并配置 | 8 |
| 签发 JWT | 7 |
| 日志，含 openid 的散列 | 7 |
| 与写库线程互递消息 | 7 |
| 垃圾回收 | 7 |
| 记住用过的 code | 4 |
| 熔断、限流、Promise、事件循环与其余 | 29 |

写库线程每次登录约 80 µs（语句约 35，分摊的提交、检查点与 fsync 约 37，消息 8），与主线程并行；单核上两者相加。
裸 \`node:http\` 的整次登录约 45 µs，其中大半是同样的系统调用和解析。

采样看不出冷缓存和两核之间的争用，所以再反过来量：把一部分换成空操作，各构建一份，在同一台机器上每 0.3 秒换一份
来测（同一份的两个进程相差可达 5%）。与地板之比：

| 去掉的部分 | 32 个并发 | 256 个并发 |
| --- | --: | --: |
| 什么都不去掉 | 0.24 | 0.37 |
| axios（直接用 undici） | 0.27 | 0.40 |
| 日志 | 0.27 | 0.41 |
| 签发 JWT | 0.26 | 0.40 |
| 封存 session_key | 0.26 | 0.40 |
| 记住用过的 code | 0.26 | 0.39 |
| 熔断与排队 | 0.26 | 0.41 |
| 以上六项 | 0.36 | 0.60 |
| 写库 | 0.36 | 0.42 |
| 以上六项和写库：只剩 Express、校验、undici | 0.66 | 0.78 |
| Fastify，比较的框架里最快的 | 0.29 | 0.38 |

也就是说，32 个并发时，只校验、只问微信的本项目也到不了 0.70；256 个并发时，0.70 给写库、令牌、加密、日志和
axios 一共只留约 10 µs，只签 JWT 和封存 session_key 就用去 16 µs。Fastify 用 \`synchronous=NORMAL\`，提交时不等磁盘，
断电会丢已确认的登录；它不封存 session_key，不建会话，也不限流：少做的这些正是差距。

微信延迟 50 ms、32 个并发时，登录挤成一批到达，一轮是 50 ms 加上处理这一批的时间。机器大半空闲，缓存总是冷的，
每次登录用的处理器是满负荷时的两三倍，地板也一样（约 190 对 60 µs）。同样轮换（每次 1.5 秒），本项目
0.93，Fastify 0.925，不写库的本项目也只有 0.945。

\`GET /v1/me\` 约 41 µs，地板约 15 µs：写出响应 7，SQLite 的一次联合查询 9（其中文件锁 2），Express 4，日志 3，
响应头 2，其余是 Node 自己的流、解析与事件循环。同样的量法下，本项目 0.37，不记日志 0.42，不验令牌、不查库、只回
固定的对象 0.49，两样都去掉 0.62：0.70 比一个只回固定对象的 Express 还快。
每次写套接字都要唤醒等它的进程，在这里比处理请求还贵；同一轮事件循环的响应一起写出以后，唤醒只发生一次，
这一项从 76 µs 降到了 43 µs。

内存的峰值是引擎的：默认要等老一代的垃圾到活对象的四倍才全收一次。这里设为三分之一
（\`--heap-growing-percent=30\`），峰值少约 50 MB，满负荷时多用约 5% 的时间收集垃圾。

256 个并发时，一个请求等微信的时间比两次新生代收集的间隔还长，它持有的对象每个都要被复制一两次，引擎的四个
辅助线程为此每次登录另用 40 到 110 µs（两核都忙时）。所以等待中的请求持有得越少越好：从 260 个对象减到
170 个，256 个并发时每次登录少用 12% 的处理器。

做法见 [server/http/server.ts](../server/http/server.ts)、[transport.ts](../server/wechat/transport.ts)、
[group-commit.ts](../server/store/sqlite/group-commit.ts) 和
[决定 008](decisions/008-a-thread-that-writes.md)。
`

/** @returns the page, formatted as the project's own check wants it. */
export function toPage(results: Results): Promise<string> {
  const { machine, node, date, commit, rounds } = results
  const text = [
    '# 性能',
    `本页由 \`npm run bench\` 生成，请勿手改。${machine}，Node ${node}，${date}，提交 ${commit}；每个数字是轮流进行的 ${rounds} 轮的中位数。`,
    INTRODUCTION,
    '![与地板之比](images/performance.svg)',
    '## 目标与实测',
    goalTable(results),
    '## 时间花在哪里',
    WHERE_TIME_GOES,
    '## 吞吐与延迟',
    ...results.measured.map(scenarioTable),
    ...(results.growth.length === 0 ? [] : ['## 数据量增长', growthTable(results)]),
  ].join('\n\n')
  return format(text, { parser: 'markdown', printWidth: 100, proseWrap: 'preserve' })
}
