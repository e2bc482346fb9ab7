/**
 * What the images promise and every way to run them relies on: Kubernetes and Amazon's template are generated from it, and
 * deployment_test.ts holds the Dockerfiles and the compose file against it.
 */
export const FACTS = {
  /** User and group that everything runs as. */
  user: 10001,
  names: {
    gateway: "generative-media-studio/gateway",
    agent: "generative-media-studio/agent",
    "agent-cuda": "generative-media-studio/agent-cuda",
  },
  gateway: {
    port: 8000,
    /** It can work: asked by whoever sends it requests. */
    ready: "/readyz",
    /** It lives: asked by whoever would start it again. */
    alive: "/healthz",
    metrics: "/metrics",
    /** Repositories, which all gateways share. */
    data: "/data",
    /** Seconds that it is given to end. */
    stopS: 30,
  },
  agent: {
    /** Its token and finished work. */
    data: "/agent",
    /** ComfyUI's models, read only. */
    models: "/models",
    /** Seconds: ten minutes to finish what runs, then it is handed back. */
    stopS: 660,
  },
  /** Names of the variables that a deployment has to fill in. */
  env: {
    gateway: ["DATABASE_URL", "METRICS_TOKEN", "PUBLIC_URL", "S3_BUCKET", "S3_REGION", "STUDIO_NAME"],
    agent: ["GATEWAY_URL", "JOIN_CODE", "AGENT_NAME", "SPOT"],
  },
} as const;
