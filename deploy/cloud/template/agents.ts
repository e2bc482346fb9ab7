import { FACTS } from "../../images/facts.ts";
import { type Fleet, FLEETS } from "../../kubernetes/generate.ts";
import { userData } from "./machine.ts";
import { scaler, SPACE } from "./scaler.ts";
import { allow, att, ref, type Resources, serviceRole, sub } from "./intrinsics.ts";

/** Cards of Amazon's that a tier's models fit on, best first for a spot market; what cuts films needs none. */
export const MACHINES: Record<string, string[]> = {
  low: ["g4dn.xlarge", "g5.xlarge", "g6.xlarge"],
  standard: ["g4dn.2xlarge", "g5.2xlarge", "g6.2xlarge"],
  high: ["g5.4xlarge", "g6.4xlarge", "g6e.2xlarge"],
  cut: ["c7i.large", "c6i.large", "m7i.large"],
};

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
          allow("Files", ["elasticfilesystem:ClientMount"], att("Files", "Arn"), {
            StringEquals: {
              "elasticfilesystem:AccessPointArn": [att("AgentFiles", "Arn"), att("ModelFiles", "Arn")],
            },
          }),
          // Not the models: what one machine wrote there, all would run.
          allow("OwnFiles", ["elasticfilesystem:ClientWrite"], att("Files", "Arn"), {
            StringEquals: { "elasticfilesystem:AccessPointArn": att("AgentFiles", "Arn") },
          }),
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
