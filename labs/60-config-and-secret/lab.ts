import { configChangeArrives, defineLab, envFromKey, fileFromKey, not, objectHas, podReady } from 'statelab/lab'

const MESSAGE = { configMap: 'app-config', key: 'message' } as const
const PASSWORD = { secret: 'app-secret', key: 'password' } as const
/** `s3cret`, as the API keeps it. */
const ENCODED = 'czNjcmV0'

const config = {
  apply: 'app-config.yaml',
  why: {
    en: 'Settings and passwords outside of the Pod: what everyone may read, and what not',
    zh: '把配置和密码放到 Pod 之外：一份谁都可以看，一份不可以',
  },
  until: objectHas('Secret', 'app-secret'),
} as const

export default defineLab({
  id: 'config-and-secret',
  track: 'operate',
  minutes: 15,
  kubernetes: '>=1.27',
  title: { en: 'Settings as files and as environment', zh: '用文件和环境变量传递配置' },
  tasks: [
    {
      id: 'objects',
      title: { en: 'The settings are in a ConfigMap, the password is in a Secret', zh: '配置在 ConfigMap 里，密码在 Secret 里' },
      checks: [
        objectHas('ConfigMap', 'app-config'),
        objectHas('ConfigMap', 'app-config', { 'data.password': undefined }),
        objectHas('Secret', 'app-secret', { 'data.password': ENCODED }),
      ],
      hints: [
        {
          when: not(objectHas('ConfigMap', 'app-config')),
          text: {
            en: 'There is no ConfigMap app-config. `kubectl create configmap --help` shows how to make one from the command line; add `-o yaml --dry-run=client` to see it as a manifest.',
            zh: '还没有 ConfigMap app-config。`kubectl create configmap --help` 说明怎样从命令行创建；加上 `-o yaml --dry-run=client` 可以看到对应的清单。',
          },
        },
        {
          when: not(objectHas('ConfigMap', 'app-config', { 'data.password': undefined })),
          text: {
            en: 'The password is in the ConfigMap. Who may read Pods can usually read ConfigMaps as well, and they are shown in full by `kubectl describe`: a password belongs into a Secret.',
            zh: '密码写进了 ConfigMap。能看 Pod 的人通常也能看 ConfigMap，`kubectl describe` 还会把它完整显示出来：密码要放进 Secret。',
          },
        },
        {
          when: objectHas('Secret', 'app-secret', { 'data.password': 'czNjcmV0Cg==' }),
          text: {
            en: 'The Secret ends with a line break: `echo s3cret | base64` encodes that as well. Use `echo -n`, or write the password in plain under `stringData`.',
            zh: 'Secret 的值末尾多了一个换行：`echo s3cret | base64` 会把换行也编码进去。请用 `echo -n`，或者在 `stringData` 里直接写明文。',
          },
        },
        {
          when: objectHas('Secret', 'app-secret', { 'data.password': 'Y3pOamNtVjA=' }),
          text: {
            en: 'The password is encoded twice: under `stringData` (and with `--from-literal`) it is written in plain, only `data` wants base64.',
            zh: '密码被编码了两次：`stringData`（以及 `--from-literal`）写的是明文，只有 `data` 才需要 base64。',
          },
        },
        {
          text: {
            en: 'A Secret is written like a ConfigMap, with `stringData` for plain text. `kubectl get secret app-secret -o jsonpath={.data.password} | base64 -d` shows what is in it.',
            zh: 'Secret 的写法像 ConfigMap，明文写在 `stringData` 里。`kubectl get secret app-secret -o jsonpath={.data.password} | base64 -d` 可以看到它的内容。',
          },
        },
      ],
      learned: {
        en: 'base64 is no encryption: a Secret is a place with rights of its own, not a safe. Who may make Pods in a namespace can read every Secret of it.',
        zh: 'base64 不是加密：Secret 只是权限单独控制的地方，不是保险箱。能在一个命名空间里创建 Pod 的人，就能读到其中所有的 Secret。',
      },
    },
    {
      id: 'reads',
      title: { en: 'Pod app gets both as files and as environment', zh: 'Pod app 以文件和环境变量两种方式得到它们' },
      checks: [
        podReady('app'),
        envFromKey('app', 'MESSAGE', MESSAGE),
        envFromKey('app', 'PASSWORD', PASSWORD),
        fileFromKey('app', '/etc/app/message', MESSAGE),
        fileFromKey('app', '/etc/app-secret/password', PASSWORD, { mode: '400' }),
      ],
      hints: [
        {
          when: not(objectHas('Pod', 'app')),
          text: {
            en: 'There is no Pod app yet. `env[].valueFrom` takes one key of a ConfigMap or Secret; `volumes[].configMap` and `volumes[].secret` turn every key into a file.',
            zh: '还没有 Pod app。`env[].valueFrom` 取 ConfigMap 或 Secret 的一个键；`volumes[].configMap` 和 `volumes[].secret` 把每个键变成一个文件。',
          },
        },
        {
          when: not(podReady('app')),
          text: {
            en: 'The Pod does not start. CreateContainerConfigError means that a ConfigMap, a Secret or a key in it does not exist by that name; `kubectl describe pod app` names it. The Pod starts by itself once it is there.',
            zh: 'Pod 没有启动。CreateContainerConfigError 表示某个 ConfigMap、Secret 或其中的键不存在；`kubectl describe pod app` 会说是哪一个。补上之后 Pod 会自己启动。',
          },
        },
        {
          when: not(fileFromKey('app', '/etc/app-secret/password', PASSWORD, { mode: '400' })),
          text: {
            en: 'Look at `kubectl exec app -- ls -lL /etc/app-secret`. Files of a Secret are readable by every user of the container unless `defaultMode` says otherwise: `defaultMode: 0400` (in JSON, which knows no octal numbers, 256).',
            zh: '看看 `kubectl exec app -- ls -lL /etc/app-secret`。除非 `defaultMode` 另有规定，容器里的任何用户都能读 Secret 的文件：写 `defaultMode: 0400`（JSON 没有八进制，写 256）。',
          },
        },
        {
          text: {
            en: 'A Pod’s environment and volumes cannot be changed in place: delete the Pod and apply it again. `kubectl exec app -- env` and `kubectl exec app -- ls /etc/app /etc/app-secret` show what it has.',
            zh: 'Pod 的环境变量和卷不能就地修改：删除 Pod 再重新 apply。`kubectl exec app -- env` 和 `kubectl exec app -- ls /etc/app /etc/app-secret` 可以看到它有什么。',
          },
        },
      ],
      learned: {
        en: 'The program needs to know nothing of Kubernetes: it reads a file or a variable, and the same image runs with other settings elsewhere.',
        zh: '程序完全不需要了解 Kubernetes：它只是读文件或读变量，同一个镜像换个地方就用另一份配置。',
      },
    },
    {
      id: 'changes',
      title: { en: 'A change reaches the file, and does not reach the environment', zh: '改动会到达文件，不会到达环境变量' },
      checks: [configChangeArrives('app', { ...MESSAGE, path: '/etc/app/message', variable: 'MESSAGE' })],
      hints: [
        {
          text: {
            en: 'Change the value with `kubectl edit configmap app-config`, and read file and variable again and again: the kubelet looks at a Pod about once a minute. Changing an annotation of the Pod makes it look at once. A file that never changes was mounted with `subPath`: it is a copy.',
            zh: '用 `kubectl edit configmap app-config` 改掉这个值，然后反复读文件和变量：kubelet 大约每分钟查看一次 Pod。改一下 Pod 的 annotation 会让它立刻查看。如果文件一直不变，说明挂载时用了 `subPath`：那只是一份拷贝。',
          },
        },
      ],
      learned: {
        en: 'A file follows within a minute or so, and the program has to read it again. A variable is fixed when the container starts: for Pods of a Deployment or StatefulSet, `kubectl rollout restart` brings the new value.',
        zh: '文件大约一分钟之内会更新，但程序要自己重新读取。环境变量在容器启动时就定下来了：对于 Deployment 或 StatefulSet 的 Pod，用 `kubectl rollout restart` 换上新的值。',
      },
    },
  ],
  solution: [
    { task: 'objects', ...config },
    {
      task: 'reads',
      apply: 'app.yaml',
      why: { en: 'Each setting twice: as a variable and as a file', zh: '每项配置用两次：作为变量，也作为文件' },
      until: podReady('app'),
    },
    {
      task: 'changes',
      patch: { kind: 'ConfigMap', name: 'app-config', patch: { data: { message: 'hello again' } } },
      why: { en: 'Another value, while the Pod runs', zh: '在 Pod 运行时换一个值' },
    },
    {
      patch: { kind: 'Pod', name: 'app', patch: { metadata: { annotations: { 'example.com/looked-at': 'now' } } } },
      why: {
        en: 'Any change of the Pod makes its kubelet look at once, instead of within a minute',
        zh: 'Pod 有任何改动，kubelet 就会立刻查看，不必等上一分钟',
      },
      until: fileFromKey('app', '/etc/app/message', MESSAGE),
    },
  ],
  wrong: [
    {
      id: 'password-in-config',
      refusedBy: 'objects',
      steps: [
        config,
        {
          apply: 'password-in-config.yaml',
          why: { en: 'The password lies in the open', zh: '密码放在了谁都能看到的地方' },
        },
      ],
    },
    {
      id: 'readable-secret',
      refusedBy: 'reads',
      steps: [
        config,
        {
          apply: 'readable-secret.yaml',
          why: { en: 'Every user of the container can read the password', zh: '容器里的任何用户都能读到密码' },
          until: podReady('app'),
        },
      ],
    },
    {
      id: 'literal',
      refusedBy: 'reads',
      steps: [
        config,
        {
          apply: 'literal.yaml',
          why: { en: 'The same value, written into the Pod', zh: '值是一样的，但直接写在了 Pod 里' },
          until: podReady('app'),
        },
      ],
    },
    {
      id: 'sub-path',
      refusedBy: 'changes',
      steps: [
        config,
        {
          apply: 'sub-path.yaml',
          why: {
            en: 'One file of the ConfigMap, by subPath: a copy that is never refreshed',
            zh: '用 subPath 只挂一个文件：一份永远不会更新的拷贝',
          },
          until: podReady('app'),
        },
      ],
    },
  ],
})
