import { join } from "@std/path";
import { FACTS } from "../images/facts.ts";

/** `deno run -A deploy/kubernetes/generate.ts` writes agents.yaml and scaling.yaml from the table below. */

export interface Fleet {
  name: string;
  image: "agent" | "agent-cuda";
  /** Capabilities that it is scaled by, as a regular expression of Prometheus. */
  capability: string;
  /** Agents at most. */
  most: number;
  gpu: boolean;
  cpu: string;
  /** A tier that offloads weights needs the system's memory, too. */
  memory: string;
  disk: string;
}

/** One fleet for each tier, by the memory of its cards, and one without cards that cuts films. */
export const FLEETS: readonly Fleet[] = [
  gpu("low", "24Gi", 8),
  gpu("standard", "32Gi", 8),
  gpu("high", "48Gi", 4),
  {
    name: "cut",
    image: "agent",
    capability: "assemble",
    most: 4,
    gpu: false,
    cpu: "2",
    memory: "2Gi",
    disk: "50Gi",
  },
];

function gpu(tier: string, memory: string, most: number): Fleet {
  return {
    ...{ name: tier, image: "agent-cuda", capability: `.+@${tier}`, most, gpu: true },
    ...{ cpu: "4", memory, disk: "50Gi" },
  } as const;
}

/** Jobs that wait or run: an agent at work is not taken away. Every gateway tells the same figures, hence `max`. */
export function scalingQuery({ capability }: Fleet): string {
  return `sum(max by (state, capability) (studio_jobs{state=~"queued|leased",capability=~"${capability}"}))`;
}

/**
 * A StatefulSet, not a Deployment: an agent's token and finished work outlive its pod, and it is the same agent when it
 * comes back.
 */
export function statefulSet(fleet: Fleet): string {
  return `apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: agent-${fleet.name}
  labels: { app: agent, fleet: ${fleet.name} }
spec:
  serviceName: agent-${fleet.name}
  podManagementPolicy: Parallel
  persistentVolumeClaimRetentionPolicy: { whenDeleted: Delete, whenScaled: Retain }
  selector:
    matchLabels: { app: agent, fleet: ${fleet.name} }
  template:
    metadata:
      labels: { app: agent, fleet: ${fleet.name} }
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      # What runs is finished first: ten minutes, then it is handed back.
      terminationGracePeriodSeconds: ${FACTS.agent.stopS}
      securityContext:
        runAsNonRoot: true
        runAsUser: ${FACTS.user}
        runAsGroup: ${FACTS.user}
        fsGroup: ${FACTS.user}
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile: { type: RuntimeDefault }
${
    fleet.gpu
      ? `      nodeSelector: { studio-tier: ${fleet.name} }
      tolerations:
        - { key: nvidia.com/gpu, operator: Exists, effect: NoSchedule }
`
      : ""
  }      containers:
        - name: agent
          image: ${FACTS.names[fleet.image]}
          env:
            - name: GATEWAY_URL
              valueFrom:
                configMapKeyRef: { name: studio, key: PUBLIC_URL }
          envFrom:
            - secretRef: { name: join }
          resources:
            requests: { cpu: "${fleet.cpu}", memory: ${fleet.memory} }
            limits: { memory: ${fleet.memory}${fleet.gpu ? `, nvidia.com/gpu: "1"` : ""} }
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
          volumeMounts:
            - { name: agent, mountPath: ${FACTS.agent.data} }
            - { name: tmp, mountPath: /tmp }
${
    fleet.gpu
      ? `            - { name: models, mountPath: ${FACTS.agent.models}, readOnly: true }
`
      : ""
  }      volumes:
        - name: tmp
          emptyDir: { sizeLimit: 4Gi }
${
    fleet.gpu
      ? `        - name: models
          persistentVolumeClaim: { claimName: models, readOnly: true }
`
      : ""
  }  volumeClaimTemplates:
    - metadata:
        name: agent
      spec:
        accessModes: [ReadWriteOnce]
        resources:
          requests: { storage: ${fleet.disk} }
`;
}

export function scaledObject(fleet: Fleet): string {
  return `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: agent-${fleet.name}
spec:
  scaleTargetRef:
    kind: StatefulSet
    name: agent-${fleet.name}
  minReplicaCount: 0
  maxReplicaCount: ${fleet.most}
  pollingInterval: 15
  cooldownPeriod: 600
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        scaleDown:
          stabilizationWindowSeconds: 600
  triggers:
    - type: prometheus
      metadata:
        serverAddress: http://prometheus-operated.monitoring.svc:9090
        query: ${scalingQuery(fleet)}
        threshold: "1"
        ignoreNullValues: "true"
`;
}

/** Nodes are drained one agent of a fleet at a time, and each is waited for while it finishes what runs. */
export function disruptionBudget({ name }: Fleet): string {
  return `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: agent-${name}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: { app: agent, fleet: ${name} }
`;
}

const MODELS = `# ComfyUI's models, filled once by hand: agents only read them.
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: models
spec:
  accessModes: [ReadOnlyMany]
  resources:
    requests: { storage: 500Gi }
`;

/** Contents by file name. */
export function manifests(): Record<string, string> {
  const head = "# Made by generate.ts; change that.\n";
  return {
    "agents.yaml": head +
      [MODELS, ...FLEETS.flatMap((fleet) => [statefulSet(fleet), disruptionBudget(fleet)])].join("---\n"),
    "scaling.yaml": head + FLEETS.map(scaledObject).join("---\n"),
  };
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(manifests())) {
    await Deno.writeTextFile(join(import.meta.dirname!, name), text);
  }
}
