import { FACTS } from "../../images/facts.ts";
import cors from "../bucket-cors.json" with { type: "json" };
import lifecycle from "../bucket-lifecycle.json" with { type: "json" };
import { att, either, ref, type Resources, sub, VERSION } from "./intrinsics.ts";

/** The bucket with the rules of bucket-cors.json and bucket-lifecycle.json, the database, the shared files, the secrets. */
export function data(): Resources {
  const { user } = FACTS;
  const folder = (path: string) => ({
    Type: "AWS::EFS::AccessPoint",
    Properties: {
      FileSystemId: ref("Files"),
      PosixUser: { Uid: String(user), Gid: String(user) },
      RootDirectory: {
        Path: path,
        CreationInfo: { OwnerUid: String(user), OwnerGid: String(user), Permissions: "0700" },
      },
    },
  });
  const mount = (subnet: string) => ({
    Type: "AWS::EFS::MountTarget",
    Properties: {
      FileSystemId: ref("Files"),
      SubnetId: ref(subnet),
      SecurityGroups: [att("FilesGroup", "GroupId")],
    },
  });
  // No sign of these needs escaping in an address or in JSON.
  const random = { PasswordLength: 40, ExcludePunctuation: true };
  return {
    Bucket: {
      Type: "AWS::S3::Bucket",
      // What artists made outlives the stack.
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
        VersioningConfiguration: { Status: "Enabled" },
        CorsConfiguration: {
          CorsRules: cors.CORSRules.map((rule) => ({
            AllowedOrigins: [sub("https://${DomainName}")],
            AllowedMethods: rule.AllowedMethods,
            AllowedHeaders: rule.AllowedHeaders,
            ExposedHeaders: rule.ExposeHeaders,
            MaxAge: rule.MaxAgeSeconds,
          })),
        },
        LifecycleConfiguration: {
          Rules: lifecycle.Rules.map((rule) => ({
            Id: rule.ID,
            Status: rule.Status,
            Prefix: rule.Filter.Prefix,
            AbortIncompleteMultipartUpload: rule.AbortIncompleteMultipartUpload,
            NoncurrentVersionExpiration: rule.NoncurrentVersionExpiration,
            ExpiredObjectDeleteMarker: rule.Expiration?.ExpiredObjectDeleteMarker,
          })),
        },
      },
    },
    BucketPolicy: {
      Type: "AWS::S3::BucketPolicy",
      Properties: {
        Bucket: ref("Bucket"),
        PolicyDocument: {
          Version: VERSION,
          Statement: [{
            Sid: "NothingInTheClear",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: [att("Bucket", "Arn"), sub("${Bucket.Arn}/*")],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          }],
        },
      },
    },
    DatabasePassword: {
      Type: "AWS::SecretsManager::Secret",
      Properties: {
        GenerateSecretString: {
          ...random,
          SecretStringTemplate: '{"username":"studio"}',
          GenerateStringKey: "password",
        },
      },
    },
    MetricsToken: { Type: "AWS::SecretsManager::Secret", Properties: { GenerateSecretString: random } },
    DatabaseUrl: {
      Type: "AWS::SecretsManager::Secret",
      Properties: {
        SecretString: sub(
          "postgres://studio:{{resolve:secretsmanager:${DatabasePassword}:SecretString:password}}@${Database.Endpoint.Address}:5432/studio?sslmode=require",
        ),
      },
    },
    DatabaseSubnets: {
      Type: "AWS::RDS::DBSubnetGroup",
      Properties: {
        DBSubnetGroupDescription: "Private",
        SubnetIds: [ref("Private1"), ref("Private2")],
      },
    },
    Database: {
      Type: "AWS::RDS::DBInstance",
      DeletionPolicy: "Snapshot",
      UpdateReplacePolicy: "Snapshot",
      Properties: {
        Engine: "postgres",
        EngineVersion: "17.6",
        DBInstanceClass: ref("DatabaseClass"),
        DBName: "studio",
        MasterUsername: "studio",
        MasterUserPassword: sub("{{resolve:secretsmanager:${DatabasePassword}:SecretString:password}}"),
        AllocatedStorage: "20",
        MaxAllocatedStorage: 200,
        StorageType: "gp3",
        StorageEncrypted: true,
        MultiAZ: either("TwoZones", true, false),
        BackupRetentionPeriod: 14,
        DeletionProtection: true,
        CopyTagsToSnapshot: true,
        AutoMinorVersionUpgrade: true,
        PubliclyAccessible: false,
        DBSubnetGroupName: ref("DatabaseSubnets"),
        VPCSecurityGroups: [att("DatabaseGroup", "GroupId")],
      },
    },
    Files: {
      Type: "AWS::EFS::FileSystem",
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
        Encrypted: true,
        ThroughputMode: "elastic",
        BackupPolicy: { Status: "ENABLED" },
        FileSystemTags: [{ Key: "Name", Value: ref("AWS::StackName") }],
      },
    },
    FilesIn1: mount("Private1"),
    FilesIn2: mount("Private2"),
    Repositories: folder("/repositories"),
    AgentFiles: folder("/agents"),
    ModelFiles: folder("/models"),
  };
}
