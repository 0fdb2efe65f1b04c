/** What a new lab is made of: a small lab that works, with something of everything in it. */
export function labTemplate({ id, track }: { readonly id: string; readonly track: string }): Readonly<Record<string, string>> {
  return {
    'lab.ts': module(id, track),
    'README.md': BRIEF.replace('TITLE', englishTitle(id)),
    'README.zh.md': CHINESE_BRIEF.replace('TITLE', chineseTitle(id)),
    'start/10-page.yaml': PAGE,
    'solution/claim.yaml': claim('nfs-client'),
    'wrong/other-class.yaml': claim('nfs-client-retained'),
  }
}

function englishTitle(id: string): string {
  const words = id.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function chineseTitle(id: string): string {
  return `实验 ${id}`
}

function module(id: string, track: string): string {
  return `import { defineLab, exportFile, not, objectHas, pvcBound } from 'statelab/lab'

const greeting = exportFile({ claim: 'data', file: 'greeting.txt', contains: 'hello' })

export default defineLab({
  id: '${id}',
  track: '${track}',
  minutes: 10,
  kubernetes: '>=1.27',
  title: { en: '${englishTitle(id)}', zh: '${chineseTitle(id)}' },
  tasks: [
    {
      id: 'claim',
      title: { en: 'PVC data is bound to a volume of class nfs-client', zh: 'PVC data 已绑定到 nfs-client 存储类的卷' },
      checks: [pvcBound('data', { storageClass: 'nfs-client', accessMode: 'ReadWriteMany', request: '10Mi' })],
      hints: [
        {
          when: not(objectHas('PersistentVolumeClaim', 'data')),
          text: { en: 'Pod page waits for a PVC named data, and there is none yet.', zh: 'Pod page 在等名为 data 的 PVC，它还不存在。' },
        },
        {
          text: {
            en: 'Compare the claim with the brief: \`kubectl get pvc data -o yaml\`.',
            zh: '把 PVC 和任务说明比对：\`kubectl get pvc data -o yaml\`。',
          },
        },
      ],
    },
    {
      id: 'greeting',
      title: { en: 'The greeting is on the NFS server', zh: '问候语已经写到 NFS 服务器上' },
      checks: [greeting],
      hints: [
        {
          text: {
            en: 'Write a file in the Pod: \`kubectl exec page -- sh -c "…"\`. Where is the volume mounted?',
            zh: '在 Pod 里写一个文件：\`kubectl exec page -- sh -c "…"\`。卷挂载在哪里？',
          },
        },
      ],
    },
  ],
  solution: [
    {
      task: 'claim',
      apply: 'claim.yaml',
      why: { en: 'The claim that the Pod waits for', zh: 'Pod 等待的 PVC' },
      until: pvcBound('data'),
    },
    {
      task: 'greeting',
      exec: { pod: 'page', command: ['sh', '-c', 'echo hello > /data/greeting.txt'] },
      why: { en: 'A file on the volume', zh: '在卷上写一个文件' },
      until: greeting,
    },
  ],
  wrong: [
    {
      id: 'other-class',
      refusedBy: 'claim',
      steps: [{ apply: 'other-class.yaml', why: { en: 'A claim of another class', zh: '用了另一个存储类的 PVC' }, until: pvcBound('data') }],
    },
  ],
})
`
}

const PAGE = `apiVersion: v1
kind: Pod
metadata:
  name: page
spec:
  containers:
    - name: page
      image: nginx:1.22
      volumeMounts:
        - name: data
          mountPath: /data
  volumes:
    - name: data
      persistentVolumeClaim:
        claimName: data
`

function claim(storageClass: string): string {
  return `apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
spec:
  storageClassName: ${storageClass}
  accessModes:
    - ReadWriteMany
  resources:
    requests:
      storage: 10Mi
`
}

const BRIEF = `# TITLE

What this lab is about, and why it matters: two or three sentences.

## What is given

- The Pod \`page\`. It waits for a claim named \`data\`, which it mounts at \`/data\`.

## What to do

1. Make the PersistentVolumeClaim \`data\`: class \`nfs-client\`, access mode \`ReadWriteMany\`, 10Mi.
2. Write a greeting in the Pod:

   \`\`\`sh
   kubectl exec page -- sh -c 'echo hello > /data/greeting.txt'
   \`\`\`

## What to look at

- \`kubectl get pv\`: who made this volume?
- \`kubectl describe pod page\` before there was a claim, and after.

## Read more

In the Kubernetes documentation: *Persistent Volumes*, *Dynamic Volume Provisioning*.
`

const CHINESE_BRIEF = `# TITLE

用两三句话说明这个实验讲什么、为什么重要。

## 已经准备好的

- Pod \`page\`。它在等名为 \`data\` 的 PVC，并会把它挂载到 \`/data\`。

## 要做的事

1. 创建 PersistentVolumeClaim \`data\`：存储类 \`nfs-client\`，访问模式 \`ReadWriteMany\`，10Mi。
2. 在 Pod 里写一句问候：

   \`\`\`sh
   kubectl exec page -- sh -c 'echo hello > /data/greeting.txt'
   \`\`\`

## 值得看一看

- \`kubectl get pv\`：这个卷是谁创建的？
- 创建 PVC 之前和之后，分别执行 \`kubectl describe pod page\`。

## 延伸阅读

Kubernetes 文档：*Persistent Volumes*、*Dynamic Volume Provisioning*。
`
