import { FACTS } from "../../images/facts.ts";
import { allow, att, ref, type Resources, serviceRole, sub, VERSION } from "./intrinsics.ts";

/** Gateways on Fargate behind one balancer, each able to die at any time; and what they may do. */
export function gateways(): Resources {
  const { gateway, user } = FACTS;
  const secrets = ["DatabaseUrl", "MetricsToken"];
  return {
    Cluster: {
      Type: "AWS::ECS::Cluster",
      Properties: { ClusterSettings: [{ Name: "containerInsights", Value: "enabled" }] },
    },
    GatewayLog: { Type: "AWS::Logs::LogGroup", Properties: { RetentionInDays: 30 } },
    // What starts a gateway: its image, its log, its secrets.
    StartRole: serviceRole("ecs-tasks.amazonaws.com", {
      start: [
        allow("Image", ["ecr:GetAuthorizationToken"], "*"),
        allow(
          "Layers",
          ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
          sub("arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/*"),
        ),
        allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], att("GatewayLog", "Arn")),
        allow("Secrets", ["secretsmanager:GetSecretValue"], secrets.map(ref)),
      ],
    }),
    // What a gateway may do: its own bucket, its own files, and to become the role that is narrowed to one studio.
    GatewayRole: serviceRole("ecs-tasks.amazonaws.com", {
      objects: [
        allow("Objects", objectActions(), [sub("${Bucket.Arn}/tenants/*"), sub("${Bucket.Arn}/selftest/*")]),
        allow("Lists", ["s3:ListBucket", "s3:ListBucketMultipartUploads"], att("Bucket", "Arn")),
      ],
      files: [
        allow(
          "Repositories",
          ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
          att("Files", "Arn"),
          { StringEquals: { "elasticfilesystem:AccessPointArn": att("Repositories", "Arn") } },
        ),
      ],
    }),
    // Assumed with the policy of one studio (gateway/objects/tenant_policy.ts), which leaves of this what is that studio's.
    TenantRole: {
      Type: "AWS::IAM::Role",
      Properties: {
        MaxSessionDuration: 3600,
        AssumeRolePolicyDocument: {
          Version: VERSION,
          Statement: [{
            Effect: "Allow",
            Principal: { AWS: att("GatewayRole", "Arn") },
            Action: "sts:AssumeRole",
          }],
        },
      },
    },
    // Apart from the roles, as each names the other.
    GatewayMayBecome: {
      Type: "AWS::IAM::Policy",
      Properties: {
        Roles: [ref("GatewayRole")],
        PolicyName: "one-studio",
        PolicyDocument: {
          Version: VERSION,
          Statement: [
            allow("OneStudio", ["sts:AssumeRole"], [
              att("TenantRole", "Arn"),
              // Of studios that bring a bucket in an account of their own (deno task studio store --keys role:…).
              sub("arn:${AWS::Partition}:iam::*:role/studio-store-*"),
            ]),
          ],
        },
      },
    },
    TenantRolePolicy: {
      Type: "AWS::IAM::Policy",
      Properties: {
        Roles: [ref("TenantRole")],
        PolicyName: "objects",
        PolicyDocument: {
          Version: VERSION,
          Statement: [
            allow("Objects", objectActions(), [
              sub("${Bucket.Arn}/tenants/*"),
              sub("${Bucket.Arn}/*/tenants/*"),
            ]),
            allow("Lists", ["s3:ListBucket", "s3:ListBucketMultipartUploads"], att("Bucket", "Arn")),
          ],
        },
      },
    },
    Gateway: {
      Type: "AWS::ECS::TaskDefinition",
      Properties: {
        Family: sub("${AWS::StackName}-gateway"),
        RequiresCompatibilities: ["FARGATE"],
        NetworkMode: "awsvpc",
        Cpu: "512",
        Memory: "2048",
        ExecutionRoleArn: att("StartRole", "Arn"),
        TaskRoleArn: att("GatewayRole", "Arn"),
        Volumes: [
          {
            Name: "repositories",
            EFSVolumeConfiguration: {
              FilesystemId: ref("Files"),
              TransitEncryption: "ENABLED",
              AuthorizationConfig: { AccessPointId: ref("Repositories"), IAM: "ENABLED" },
            },
          },
          { Name: "tmp" },
        ],
        ContainerDefinitions: [{
          Name: "gateway",
          Image: ref("GatewayImage"),
          Essential: true,
          User: `${user}:${user}`,
          ReadonlyRootFilesystem: true,
          StopTimeout: gateway.stopS,
          PortMappings: [{ ContainerPort: gateway.port }],
          MountPoints: [
            { SourceVolume: "repositories", ContainerPath: gateway.data },
            { SourceVolume: "tmp", ContainerPath: "/tmp" },
          ],
          Environment: [
            { Name: "PUBLIC_URL", Value: sub("https://${DomainName}") },
            { Name: "STUDIO_NAME", Value: ref("StudioName") },
            { Name: "S3_BUCKET", Value: ref("Bucket") },
            { Name: "S3_REGION", Value: ref("AWS::Region") },
          ],
          Secrets: [
            { Name: "DATABASE_URL", ValueFrom: ref("DatabaseUrl") },
            { Name: "METRICS_TOKEN", ValueFrom: ref("MetricsToken") },
          ],
          LogConfiguration: {
            LogDriver: "awslogs",
            Options: {
              "awslogs-group": ref("GatewayLog"),
              "awslogs-region": ref("AWS::Region"),
              "awslogs-stream-prefix": "gateway",
            },
          },
        }],
      },
    },
    Gateways: {
      Type: "AWS::ECS::Service",
      DependsOn: ["Https", "FilesIn1", "FilesIn2", "RouteOut"],
      Properties: {
        Cluster: ref("Cluster"),
        TaskDefinition: ref("Gateway"),
        DesiredCount: ref("GatewayCount"),
        LaunchType: "FARGATE",
        HealthCheckGracePeriodSeconds: 120,
        DeploymentConfiguration: {
          MinimumHealthyPercent: 100,
          MaximumPercent: 200,
          DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        },
        NetworkConfiguration: {
          AwsvpcConfiguration: {
            Subnets: [ref("Public1"), ref("Public2")],
            SecurityGroups: [att("GatewayGroup", "GroupId")],
            AssignPublicIp: "ENABLED",
          },
        },
        LoadBalancers: [{
          ContainerName: "gateway",
          ContainerPort: gateway.port,
          TargetGroupArn: ref("GatewayTargets"),
        }],
      },
    },
    Balancer: {
      Type: "AWS::ElasticLoadBalancingV2::LoadBalancer",
      DependsOn: "RouteOut",
      Properties: {
        Scheme: "internet-facing",
        Subnets: [ref("Public1"), ref("Public2")],
        SecurityGroups: [att("BalancerGroup", "GroupId")],
        LoadBalancerAttributes: [
          // Sockets are open as long as a canvas is, and long polls wait for half a minute.
          { Key: "idle_timeout.timeout_seconds", Value: "3600" },
          { Key: "routing.http.drop_invalid_header_fields.enabled", Value: "true" },
          { Key: "deletion_protection.enabled", Value: "true" },
        ],
      },
    },
    GatewayTargets: {
      Type: "AWS::ElasticLoadBalancingV2::TargetGroup",
      Properties: {
        VpcId: ref("Vpc"),
        TargetType: "ip",
        Protocol: "HTTP",
        Port: gateway.port,
        HealthCheckPath: gateway.ready,
        HealthCheckIntervalSeconds: 10,
        HealthCheckTimeoutSeconds: 6,
        HealthyThresholdCount: 2,
        UnhealthyThresholdCount: 2,
        TargetGroupAttributes: [
          { Key: "deregistration_delay.timeout_seconds", Value: String(gateway.stopS) },
          { Key: "load_balancing.algorithm.type", Value: "least_outstanding_requests" },
        ],
      },
    },
    Https: {
      Type: "AWS::ElasticLoadBalancingV2::Listener",
      Properties: {
        LoadBalancerArn: ref("Balancer"),
        Port: 443,
        Protocol: "HTTPS",
        SslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
        Certificates: [{ CertificateArn: ref("CertificateArn") }],
        DefaultActions: [{ Type: "forward", TargetGroupArn: ref("GatewayTargets") }],
      },
    },
    Http: {
      Type: "AWS::ElasticLoadBalancingV2::Listener",
      Properties: {
        LoadBalancerArn: ref("Balancer"),
        Port: 80,
        Protocol: "HTTP",
        DefaultActions: [{
          Type: "redirect",
          RedirectConfig: { Protocol: "HTTPS", Port: "443", StatusCode: "HTTP_301" },
        }],
      },
    },
  };
}

function objectActions(): string[] {
  return [
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
  ];
}
