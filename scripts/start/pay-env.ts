/** The variables of payment that `npm start` gives the BFF: those of the sandbox's own merchant. */
import { join } from 'node:path'

/** Two things to buy. */
const CATALOGUE = join(__dirname, 'catalogue.json')

/**
 * @param bffPort where the sandbox sends its notices.
 * @throws Error when the sandbox does not answer.
 */
export async function sandboxPayEnv(
  sandboxUrl: string,
  bffPort: number,
): Promise<NodeJS.ProcessEnv> {
  const answer = await fetch(`${sandboxUrl}/__sandbox/pay/keys`)
  const { env } = (await answer.json()) as { env: NodeJS.ProcessEnv }
  return {
    ...env,
    // The sandbox's key comes as text: a file that .env names is for a real merchant.
    PAY_PRIVATE_KEY_FILE: undefined,
    PAY_API_BASE: sandboxUrl,
    PAY_NOTIFY_URL: `http://127.0.0.1:${bffPort}/v1/pay`,
    PAY_CATALOGUE: CATALOGUE,
  }
}
