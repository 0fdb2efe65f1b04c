import type { V1ConfigMap } from '@kubernetes/client-node'
import type { Text } from '../text.ts'
import { type Check, say } from './check.ts'
import { conclude, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'

/**
 * The learner has answered a question, as a value in a ConfigMap. What is right is not told: neither by the title nor by
 * the finding.
 * @param question what is to be answered, as a phrase: "the object that made the Pod".
 * @param right matches every way to write the right answer.
 */
export function answered(
  { configMap, key }: { readonly configMap: string; readonly key: string },
  question: Text,
  right: RegExp,
): Check {
  return {
    id: `answered/${configMap}/${key}`,
    kind: 'observe',
    title: {
      en: `ConfigMap ${configMap} tells under ${key}: ${question.en}`,
      zh: `ConfigMap ${configMap} 的 ${key} 写着：${question.zh}`,
    },
    async run(context) {
      const found = await context.kube.get<V1ConfigMap>(refOf('ConfigMap', configMap, context.namespace), context.signal)
      const answer = found?.data?.[key]?.trim()
      const none = say(context, { en: 'no answer', zh: '没有答案' })
      const command = kubectl(context, 'get', 'configmap', configMap, '-o', 'yaml')
      return conclude(context, `ConfigMap ${configMap}`, [
        fact(say(context, question), answer || none, command, answer !== undefined && right.test(answer)),
      ])
    },
  }
}
