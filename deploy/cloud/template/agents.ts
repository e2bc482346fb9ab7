import { FACTS } from "../../images/facts.ts";
import { type Fleet, FLEETS } from "../../kubernetes/generate.ts";
import { allow, att, ref, type Resources, serviceRole, sub } from "./intrinsics.ts";

/** Cards of Amazon's that a tier's models fit on, best first for a spot market; what cuts films needs none. */
export const MACHINES: Record<string, string[]> = {
  low: ["g4dn.xlarge", "g5.xlarge", "g6.xlarge"],
  standard: ["g4dn.2xlarge", "g5.2xlarge", "g6.2xlarge"],
  high: ["g5.4xlarge", "g6.4xlarge", "g6e.2xlarge"],
  cut: ["c7i.large", "c6i.large", "m7i.large"],
};

/** CloudWatch's name space of what the scaler tells. */
const SPACE = "GenerativeMediaStudio";

export function title({ name }: Fleet): string {
  return name[0]!.toUpperCase() + name.slice(1);
}

/**
 * Spot machines, a group a fleet. They are added while work waits, and taken away only when a fleet has had none at all for ten minutes, so
 * that nobody's render is cut off; Amazon's own two minutes' notice is heard by the agent (SPOT=aws).
 */
export function agents(): Resources {
  return {
    JoinCode: {
      Type: "AWS::SecretsManager::Secret",
      Condition: "AnyAgents",
      Properties: {
        Description: 'From the canvas, under Fleet, "Add a GPU"',
        SecretString: ref("JoinCodeText"),
      },
    },
    AgentLog: { Type: "AWS::Logs::LogGroup", Condition: "AnyAgents", Properties: { RetentionInDays: 14 } },
    AgentRole: {
      Condition: "AnyAgents",
      ...serviceRole("ec2.amazonaws.com", {
        agent: [
          allow("Code", ["secretsmanager:GetSecretValue"], ref("JoinCode")),
          allow("Login", ["ecr:GetAuthorizationToken"], "*"),
          allow(
            "Image",
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            sub("arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/*"),
          ),
          allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], att("AgentLog", "Arn")),
          allow(
            "Files",
            ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
            att("Files", "Arn"),
            {
              StringEquals: {
                "elasticfilesystem:AccessPointArn": [att("AgentFiles", "Arn"), att("ModelFiles", "Arn")],
              },
            },
          ),
        ],
      }),
    },
    AgentProfile: {
      Type: "AWS::IAM::InstanceProfile",
      Condition: "AnyAgents",
      Properties: { Roles: [ref("AgentRole")] },
    },
    ScalerRole: {
      Condition: "AnyAgents",
      ...serviceRole("lambda.amazonaws.com", {
        scaler: [
          allow("Token", ["secretsmanager:GetSecretValue"], ref("MetricsToken")),
          allow("Figures", ["cloudwatch:PutMetricData"], "*", {
            StringEquals: { "cloudwatch:namespace": SPACE },
          }),
          allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], att("ScalerLog", "Arn")),
        ],
      }),
    },
    ScalerLog: { Type: "AWS::Logs::LogGroup", Condition: "AnyAgents", Properties: { RetentionInDays: 14 } },
    Scaler: {
      Type: "AWS::Lambda::Function",
      Condition: "AnyAgents",
      Properties: {
        Description: "Tells CloudWatch once a minute how much work waits and runs, by fleet",
        Runtime: "python3.13",
        Handler: "index.handler",
        Timeout: 30,
        ReservedConcurrentExecutions: 1,
        Role: att("ScalerRole", "Arn"),
        LoggingConfig: { LogGroup: ref("ScalerLog") },
        Environment: {
          Variables: {
            METRICS_URL: sub(`https://\${DomainName}${FACTS.gateway.metrics}`),
            METRICS_TOKEN: ref("MetricsToken"),
            STACK: ref("AWS::StackName"),
          },
        },
        Code: { ZipFile: scaler() },
      },
    },
    EveryMinute: {
      Type: "AWS::Events::Rule",
      Condition: "AnyAgents",
      Properties: {
        ScheduleExpression: "rate(1 minute)",
        Targets: [{ Id: "scaler", Arn: att("Scaler", "Arn") }],
      },
    },
    EveryMinuteMay: {
      Type: "AWS::Lambda::Permission",
      Condition: "AnyAgents",
      Properties: {
        FunctionName: ref("Scaler"),
        Action: "lambda:InvokeFunction",
        Principal: "events.amazonaws.com",
        SourceArn: att("EveryMinute", "Arn"),
      },
    },
    ...Object.assign({}, ...FLEETS.map(fleetResources)),
  };
}

function fleetResources(fleet: Fleet): Resources {
  const name = title(fleet);
  const Condition = `Any${name}`;
  const dimensions = [{ Name: "Stack", Value: ref("AWS::StackName") }, { Name: "Fleet", Value: fleet.name }];
  const alarm = (metric: string, minutes: number, compare: string, policy: string) => ({
    Type: "AWS::CloudWatch::Alarm",
    Condition,
    Properties: {
      Namespace: SPACE,
      MetricName: metric,
      Dimensions: dimensions,
      Statistic: "Maximum",
      Period: 60,
      EvaluationPeriods: minutes,
      Threshold: 1,
      ComparisonOperator: compare,
      // Without figures nothing is known, so nothing is done.
      TreatMissingData: "missing",
      AlarmActions: [ref(policy)],
    },
  });
  return {
    [`${name}Launch`]: {
      Type: "AWS::EC2::LaunchTemplate",
      Condition,
      Properties: {
        LaunchTemplateData: {
          ImageId: ref(fleet.gpu ? "GpuMachineImage" : "MachineImage"),
          IamInstanceProfile: { Arn: att("AgentProfile", "Arn") },
          SecurityGroupIds: [att("AgentGroup", "GroupId")],
          // The agent's container asks for the notice from its own network.
          MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 2 },
          BlockDeviceMappings: [{
            DeviceName: "/dev/xvda",
            Ebs: {
              VolumeSize: fleet.gpu ? 120 : 60,
              VolumeType: "gp3",
              Encrypted: true,
              DeleteOnTermination: true,
            },
          }],
          UserData: { "Fn::Base64": sub(userData(fleet)) },
        },
      },
    },
    [`${name}Agents`]: {
      Type: "AWS::AutoScaling::AutoScalingGroup",
      Condition,
      DependsOn: ["FilesIn1", "FilesIn2", "RouteOut"],
      Properties: {
        MinSize: "0",
        MaxSize: ref(`Most${name}`),
        VPCZoneIdentifier: [ref("Public1"), ref("Public2")],
        CapacityRebalance: false,
        MixedInstancesPolicy: {
          InstancesDistribution: {
            OnDemandBaseCapacity: 0,
            OnDemandPercentageAboveBaseCapacity: 0,
            SpotAllocationStrategy: "price-capacity-optimized",
          },
          LaunchTemplate: {
            LaunchTemplateSpecification: {
              LaunchTemplateId: ref(`${name}Launch`),
              Version: att(`${name}Launch`, "LatestVersionNumber"),
            },
            Overrides: MACHINES[fleet.name]!.map((InstanceType) => ({ InstanceType })),
          },
        },
        Tags: [{
          Key: "Name",
          Value: sub(`\${AWS::StackName}-agent-${fleet.name}`),
          PropagateAtLaunch: true,
        }],
      },
    },
    [`${name}More`]: {
      Type: "AWS::AutoScaling::ScalingPolicy",
      Condition,
      Properties: {
        AutoScalingGroupName: ref(`${name}Agents`),
        PolicyType: "StepScaling",
        AdjustmentType: "ChangeInCapacity",
        EstimatedInstanceWarmup: 300,
        StepAdjustments: [
          { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 1, ScalingAdjustment: 1 },
          { MetricIntervalLowerBound: 1, MetricIntervalUpperBound: 7, ScalingAdjustment: 2 },
          { MetricIntervalLowerBound: 7, ScalingAdjustment: 4 },
        ],
      },
    },
    [`${name}None`]: {
      Type: "AWS::AutoScaling::ScalingPolicy",
      Condition,
      Properties: {
        AutoScalingGroupName: ref(`${name}Agents`),
        PolicyType: "StepScaling",
        AdjustmentType: "ExactCapacity",
        StepAdjustments: [{ MetricIntervalUpperBound: 0, ScalingAdjustment: 0 }],
      },
    },
    [`${name}Waits`]: alarm("JobsWaiting", 1, "GreaterThanOrEqualToThreshold", `${name}More`),
    [`${name}Rests`]: alarm("JobsWaitingOrRunning", 10, "LessThanThreshold", `${name}None`),
  };
}

/**
 * A machine comes without memory, and an agent's token and finished work must outlive it: so each takes the first folder of its fleet that
 * no other holds, and is the agent that joined from there.
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
# Its lock is the machine's: it ends with it.
exec docker run --name agent --restart unless-stopped --stop-timeout ${agent.stopS} \\
  --user ${user}:${user} --read-only --cap-drop ALL --security-opt no-new-privileges --tmpfs /tmp:size=4g \\
  --env GATEWAY_URL=https://\${DomainName} --env JOIN_CODE="$code" --env SPOT=aws \\
  --env AGENT_NAME="\${AWS::StackName}-${fleet.name}-$slot" \\
  --volume "/agents/${fleet.name}/$slot:${agent.data}"${
    fleet.gpu ? ` --volume ${agent.models}:${agent.models}:ro --gpus all` : ""
  } \\
  --log-driver awslogs --log-opt awslogs-region=\${AWS::Region} --log-opt awslogs-group=\${AgentLog} \\
  ${image}
`;
}

/** Reads the gateway's own figures, as Prometheus would; the fleets' capabilities are those of kubernetes/generate.ts. */
export function scaler(): string {
  const fleets = Object.fromEntries(FLEETS.map(({ name, capability }) => [name, capability]));
  return `import os, re, urllib.request
import boto3

FLEETS = ${JSON.stringify(fleets)}
LINE = re.compile(r'^studio_jobs\\{(.*)\\} (\\S+)$')
LABEL = re.compile(r'(\\w+)="((?:[^"\\\\]|\\\\.)*)"')


def counts(text):
    """Jobs by fleet and state; every gateway tells the same, so one is asked."""
    found = {name: {"queued": 0.0, "leased": 0.0} for name in FLEETS}
    for line in text.splitlines():
        match = LINE.match(line)
        if not match:
            continue
        labels = dict(LABEL.findall(match[1]))
        for name, capability in FLEETS.items():
            if labels.get("state") in found[name] and re.fullmatch(capability, labels.get("capability", "")):
                found[name][labels["state"]] += float(match[2])
    return found


def handler(event, context):
    token = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["METRICS_TOKEN"])["SecretString"]
    request = urllib.request.Request(os.environ["METRICS_URL"], headers={"Authorization": "Bearer " + token})
    with urllib.request.urlopen(request, timeout=20) as answer:
        found = counts(answer.read().decode())
    data = []
    for name, jobs in found.items():
        where = [{"Name": "Stack", "Value": os.environ["STACK"]}, {"Name": "Fleet", "Value": name}]
        data.append({"MetricName": "JobsWaiting", "Dimensions": where, "Value": jobs["queued"]})
        data.append({"MetricName": "JobsWaitingOrRunning", "Dimensions": where, "Value": sum(jobs.values())})
    boto3.client("cloudwatch").put_metric_data(Namespace=${JSON.stringify(SPACE)}, MetricData=data)
    return found
`;
}
