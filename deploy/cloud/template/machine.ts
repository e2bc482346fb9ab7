import { FACTS } from "../../images/facts.ts";
import type { Fleet } from "../../kubernetes/generate.ts";

/**
 * A machine comes without memory, and an agent's token and finished work must outlive it: so each takes the first folder of its fleet that
 * no other holds, and is the agent that joined from there for as long as it lives.
 */
export function userData(fleet: Fleet): string {
  const { agent, user } = FACTS;
  const image = fleet.image === "agent-cuda" ? "${AgentCudaImage}" : "${AgentImage}";
  const mounts = fleet.gpu
    ? `mkdir -p ${agent.models}\nmount -t efs -o tls,iam,ro,accesspoint=\${ModelFiles} \${Files}:/ ${agent.models}\n`
    : "";
  return `#!/bin/bash
set -euo pipefail
dnf install --assumeyes --quiet amazon-efs-utils awscli-2
mkdir -p /agents
mount -t efs -o tls,iam,accesspoint=\${AgentFiles} \${Files}:/ /agents
${mounts}slot=0
while true; do
  slot=$((slot + 1))
  mkdir -p "/agents/${fleet.name}/$slot"
  exec 9> "/agents/${fleet.name}/$slot/machine.lock"
  if flock --nonblock 9; then break; fi
done
code="$(aws secretsmanager get-secret-value --region \${AWS::Region} --secret-id \${JoinCode} --query SecretString --output text)"
registry="$(echo ${image} | cut -d/ -f1)"
case "$registry" in
  *.dkr.ecr.*) aws ecr get-login-password --region \${AWS::Region} | docker login --username AWS --password-stdin "$registry" ;;
esac
systemctl stop ecs || true
# Not by Docker's --restart: its client ends with the agent's first life, and with it the lock would.
while true; do
  docker rm --force agent > /dev/null 2>&1 || true
  docker run --name agent --stop-timeout ${agent.stopS} \\
    --user ${user}:${user} --read-only --cap-drop ALL --security-opt no-new-privileges --tmpfs /tmp:size=4g \\
    --env GATEWAY_URL=https://\${DomainName} --env JOIN_CODE="$code" --env SPOT=aws \\
    --env AGENT_NAME="\${AWS::StackName}-${fleet.name}-$slot" \\
    --volume "/agents/${fleet.name}/$slot:${agent.data}"${
    fleet.gpu ? ` --volume ${agent.models}:${agent.models}:ro --gpus all` : ""
  } \\
    --log-driver awslogs --log-opt awslogs-region=\${AWS::Region} --log-opt awslogs-group=\${AgentLog} \\
    ${image} || true
  sleep 10
done
`;
}
